package io.diffkeeper.oci;

import io.diffkeeper.Quantity;

/**
 * The state that a container holds, and the image it runs. Immutable.
 *
 * @param namespace {@code podman}, a user's name, or {@code k8s/NAMESPACE}
 * @param name the state's name in it; see {@link OptIn#isStateName}
 * @param named whether an annotation chose the name: then the image may have, and the state's
 *     repository has to agree
 * @param image the image as the engine names it, with its id where the engine tells that; or empty
 * @param imageRepository the image without tag and digest, or empty
 */
public record Identity(
    String namespace, String name, boolean named, String image, String imageRepository) {

  /**
   * The annotation's name, or by default the container's (Podman), {@code POD_CONTAINER} (CRI) or
   * the container's id (no engine that we know).
   *
   * @throws io.diffkeeper.DiffKeeperException ({@code BAD_INPUT}) if the default cannot name a
   *     state
   */
  public static Identity of(Origin origin, OptIn optIn) {
    String name = optIn.name().orElse(origin.name());
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
        origin.image(),
        origin.imageRepository());
  }

  /** Whether the CRI supplied the namespace. */
  public boolean kubernetes() {
    return namespace.startsWith("k8s/");
  }
}
