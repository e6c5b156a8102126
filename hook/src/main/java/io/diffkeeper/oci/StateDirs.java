package io.diffkeeper.oci;

import io.diffkeeper.Quantity;
import io.diffkeeper.tree.Name;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads a list of directories to keep. */
public final class StateDirs {
  /** Most state-dirs of one container. */
  public static final int MAX = 256;

  /** PATH_MAX of Linux, without its NUL. */
  private static final int PATH_BYTES_MAX = 4095;

  private StateDirs() {}

  /**
   * Reads comma-separated absolute directories; repeated and trailing slashes are dropped.
   *
   * @throws IllegalArgumentException if one is empty, relative, {@code /}, has a component that is
   *     {@code .}, {@code ..}, over 255 bytes or holds a NUL, if one lies in another or is there
   *     twice, or if there are more than {@link #MAX}
   */
  public static List<Name> parse(String list) {
    String[] texts = list.split(",", MAX + 1);
    if (texts.length > MAX) {
      throw new IllegalArgumentException("more than " + MAX + " directories");
    }
    List<Name> dirs = new ArrayList<>();
    for (String text : texts) {
      Name dir = normalize(text);
      for (Name other : dirs) {
        if (contains(dir, other) || contains(other, dir)) {
          throw new IllegalArgumentException(
              Quantity.shown(dir + " and " + other) + " are one in the other");
        }
      }
      dirs.add(dir);
    }
    return List.copyOf(dirs);
  }

  private static Name normalize(String text) {
    if (!text.startsWith("/")) {
      throw new IllegalArgumentException("not an absolute path: '" + Quantity.shown(text) + "'");
    }
    // A lone surrogate has no bytes of its own and would silently become a question mark.
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new IllegalArgumentException("not a text: " + Quantity.shown(text));
    }
    StringBuilder path = new StringBuilder();
    for (String component : text.split("/")) {
      if (component.isEmpty()) {
        continue;
      }
      if (!Name.of(component).isComponent()) {
        throw new IllegalArgumentException("no plain path: " + Quantity.shown(text));
      }
      path.append('/').append(component);
    }
    Name dir = Name.of(path.toString());
    if (dir.length() == 0) {
      throw new IllegalArgumentException("the whole root cannot be kept: /");
    }
    if (dir.length() > PATH_BYTES_MAX) {
      throw new IllegalArgumentException("longer than " + PATH_BYTES_MAX + " bytes");
    }
    return dir;
  }

  private static boolean contains(Name outer, Name inner) {
    if (inner.length() < outer.length()
        || (inner.length() > outer.length() && inner.at(outer.length()) != '/')) {
      return false;
    }
    for (int i = 0; i < outer.length(); i++) {
      if (outer.at(i) != inner.at(i)) {
        return false;
      }
    }
    return true;
  }
}
