package io.diffkeeper.store;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import java.util.regex.Pattern;

/**
 * The name of a state: {@code podman/web}, {@code k8s/shop/redis}.
 *
 * @param namespace 1 to 4 components of {@code [A-Za-z0-9._-]{1,128}}, joined by slashes
 * @param name one such component; like those of the namespace never "." or ".."
 */
public record StateName(String namespace, String name) implements Comparable<StateName> {
  private static final Pattern COMPONENT = Pattern.compile("(?!\\.{1,2}\\z)[A-Za-z0-9._-]{1,128}");
  private static final int NAMESPACE_COMPONENTS_MAX = 4;

  /**
   * Checks both parts.
   *
   * @throws DiffKeeperException BAD_INPUT if one is malformed
   */
  public StateName {
    String[] components = namespace.split("/", -1);
    boolean valid = components.length <= NAMESPACE_COMPONENTS_MAX;
    for (String component : components) {
      valid &= COMPONENT.matcher(component).matches();
    }
    if (!valid) {
      throw new DiffKeeperException(ExitCode.BAD_INPUT, "malformed namespace: " + namespace);
    }
    if (!COMPONENT.matcher(name).matches()) {
      throw new DiffKeeperException(ExitCode.BAD_INPUT, "malformed state name: " + name);
    }
  }

  /**
   * Reads {@code NAME} or {@code NAMESPACE/NAME}.
   *
   * @param defaultNamespace the namespace of a text without one
   * @throws DiffKeeperException BAD_INPUT if it is malformed
   */
  public static StateName parse(String text, String defaultNamespace) {
    int slash = text.lastIndexOf('/');
    return slash < 0
        ? new StateName(defaultNamespace, text)
        : new StateName(text.substring(0, slash), text.substring(slash + 1));
  }

  @Override
  public int compareTo(StateName other) {
    int order = namespace.compareTo(other.namespace);
    return order != 0 ? order : name.compareTo(other.name);
  }

  // Written out, as they are part of every start: a record's own are put together at run time.
  @Override
  public boolean equals(Object other) {
    return other instanceof StateName that
        && namespace.equals(that.namespace)
        && name.equals(that.name);
  }

  @Override
  public int hashCode() {
    return 31 * namespace.hashCode() + name.hashCode();
  }

  /** Namespace, slash, name. */
  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
