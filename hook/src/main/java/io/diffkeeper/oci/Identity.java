package io.diffkeeper.oci;

import io.diffkeeper.Quantity;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The state that a container holds, and the image it runs. Immutable.
 *
 * @param namespace {@code podman}, {@code docker}, a user's name, or {@code k8s/NAMESPACE}
 * @param name the state's name in it; see {@link OptIn#isStateName}. With a claimant, that of a set
 *     of states, which have a number behind it
 * @param named whether an annotation chose the name: then the image may have, and the state's
 *     repository has to agree
 * @param claimant the pod that takes one state of a set; empty if there is no set
 * @param image the image as the engine names it, with its id where the engine tells that; or empty
 * @param imageRepository the image without tag and digest, or empty
 */
public record Identity(
    String namespace,
    String name,
    boolean named,
    Optional<String> claimant,
    String image,
    String imageRepository) {

  /** What Kubernetes makes generated names of: no vowels, and nothing that looks like one. */
  private static final String SAFE = "[bcdfghjklmnpqrstvwxz2456789]";

  /** A Deployment's pod: the hash of its template and a suffix. */
  private static final Pattern OF_DEPLOYMENT =
      Pattern.compile("(.+)-" + SAFE + "{6,10}-" + SAFE + "{5}");

  /** A ReplicaSet's, Job's or DaemonSet's pod: a suffix. */
  private static final Pattern GENERATED = Pattern.compile("(.+)-" + SAFE + "{5}");

  /**
   * The annotation's name, or by default the container's (Podman), {@code POD_CONTAINER} (CRI) or
   * the container's id (no engine that we know); {@code OWNER_CONTAINER} if the annotation says
   * that the state is the owner's.
   *
   * @throws io.diffkeeper.DiffKeeperException ({@code BAD_INPUT}) if the default cannot name a
   *     state, or the owner cannot be told
   */
  public static Identity of(Origin origin, OptIn optIn) {
    boolean pods = optIn.sharing() == OptIn.Sharing.POD;
    String name = pods ? optIn.name().orElse(origin.name()) : ofOwner(origin, optIn);
    if (!OptIn.isStateName(name)) {
      throw Json.bad(
          "container name cannot name a state, set annotation "
              + OptIn.PREFIX
              + "name: "
              + Quantity.shown(name),
          null);
    }
    return new Identity(
        origin.namespace(),
        name,
        optIn.name().isPresent(),
        optIn.sharing() == OptIn.Sharing.CLAIM ? origin.pod() : Optional.empty(),
        origin.image(),
        origin.imageRepository());
  }

  private static String ofOwner(Origin origin, OptIn optIn) {
    String annotation = "annotation " + OptIn.PREFIX + "identity: ";
    if (optIn.name().isPresent()) {
      throw Json.bad(annotation + "there is a name already, by " + OptIn.PREFIX + "name", null);
    }
    String pod = origin.pod().orElse("");
    for (Pattern pattern : List.of(OF_DEPLOYMENT, GENERATED)) {
      Matcher generated = pattern.matcher(pod);
      if (generated.matches()) {
        return generated.group(1) + "_" + origin.criContainer().orElseThrow();
      }
    }
    throw Json.bad(
        annotation + "no pod of a Deployment or the like: '" + Quantity.shown(pod) + "'", null);
  }

  /** Whether the CRI supplied the namespace. */
  public boolean kubernetes() {
    return namespace.startsWith("k8s/");
  }
}
