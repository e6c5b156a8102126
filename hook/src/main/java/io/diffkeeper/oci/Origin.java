package io.diffkeeper.oci;

import io.diffkeeper.Quantity;
import io.diffkeeper.User;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Who runs a container and what it is called there, by the engine's own word. Immutable.
 *
 * <p>Images set annotations too, the CRI's and {@code io.container.manager} among them, and Podman
 * passes them on and uses {@code io.kubernetes.cri-o.*} itself. So a bundle in Podman's storage is
 * Podman's, and one among Docker's is Docker's, whatever the annotations say; only then are those
 * of a CRI runtime believed, which overwrites what a pod or image put there.
 *
 * @param namespace {@code podman} or {@code docker} for root, {@code k8s/NAMESPACE} for the CRI,
 *     else the user's name
 * @param name the container's default state name; may be too long to be one, see {@link Identity}
 * @param image the image as the engine names it, with its id where the engine tells that; or empty
 * @param imageRepository the image without tag and digest, or {@code sha256:ID} for one without a
 *     name; empty if the engine does not say
 * @param criContainer the container's name in its pod; only for the CRI
 * @param sandbox whether this is a pod's own container, which has nothing to keep
 */
public record Origin(
    String namespace,
    String name,
    String image,
    String imageRepository,
    Optional<String> criContainer,
    boolean sandbox) {

  private static final String CRI = "io.kubernetes.cri.";
  private static final String CRIO = "io.kubernetes.cri-o.";
  private static final String TASKS = "io.containerd.runtime.v2.task";
  private static final String DNS = "[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?";

  /**
   * Finds out.
   *
   * @param user the user that the engine runs as
   * @throws io.diffkeeper.DiffKeeperException ({@code BAD_INPUT}) if the engine's records or
   *     annotations are malformed
   */
  public static Origin of(ContainerState state, ContainerSpec spec, User user) {
    Optional<ContainersStorage.Entry> stored = ContainersStorage.find(state.bundle(), state.id());
    boolean podman = stored.isPresent() && stored.get().pod().isEmpty();
    Map<String, String> annotations = spec.annotations();
    if (isDockers(state.bundle())) {
      return new Origin(
          user.isRoot() ? "docker" : user.name(), state.id(), "", "", Optional.empty(), false);
    }
    if (!podman && annotations.containsKey(CRI + "container-type")) {
      return containerd(annotations);
    }
    if (!podman && annotations.containsKey(CRIO + "ContainerType")) {
      return crio(annotations);
    }
    ContainersStorage.Entry entry = stored.orElse(ContainersStorage.Entry.UNKNOWN);
    return new Origin(
        user.isRoot() ? "podman" : user.name(),
        entry.name().isEmpty() ? state.id() : entry.name(),
        entry.pinnedImage(),
        entry.repository(),
        Optional.empty(),
        false);
  }

  /** Docker has containerd keep its bundles in a folder that is named after its namespace there. */
  private static boolean isDockers(Path bundle) {
    Path namespace = bundle.getParent();
    Path tasks = namespace == null ? null : namespace.getParent();
    return tasks != null && namespace.endsWith("moby") && tasks.endsWith(TASKS);
  }

  /** The pod's name; empty outside the CRI. */
  public Optional<String> pod() {
    return criContainer.map(c -> name.substring(0, name.length() - c.length() - 1));
  }

  private static Origin containerd(Map<String, String> annotations) {
    if (annotations.get(CRI + "container-type").equals("sandbox")) {
      return SANDBOX;
    }
    return cri(
        dns(annotations, CRI + "sandbox-namespace"),
        dns(annotations, CRI + "sandbox-name"),
        dns(annotations, CRI + "container-name"),
        annotations.getOrDefault(CRI + "image-name", ""));
  }

  private static Origin crio(Map<String, String> annotations) {
    if (annotations.get(CRIO + "ContainerType").equals("sandbox")) {
      return SANDBOX;
    }
    // CRI-O's own name: k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT, after any annotation of the pod.
    String[] part = annotations.getOrDefault(CRIO + "Name", "").split("_", -1);
    if (part.length != 6
        || !part[0].equals("k8s")
        || !part[1].matches(DNS)
        || !part[2].matches(DNS)
        || !part[3].matches(DNS)) {
      throw Json.bad("annotation " + CRIO + "Name: missing or malformed", null);
    }
    String image = annotations.getOrDefault(CRIO + "ImageName", "");
    return cri(part[3], part[2], part[1], image);
  }

  /** Neither a pod's nor a container's name can hold an underscore, so no two share a name. */
  private static Origin cri(String namespace, String pod, String container, String image) {
    return new Origin(
        "k8s/" + namespace,
        pod + "_" + container,
        image,
        ImageReference.parse(image).repository(),
        Optional.of(container),
        false);
  }

  private static final Origin SANDBOX = new Origin("k8s", "", "", "", Optional.empty(), true);

  private static String dns(Map<String, String> annotations, String key) {
    String value = annotations.getOrDefault(key, "");
    if (!value.matches(DNS)) {
      throw Json.bad(
          "annotation " + key + ": missing or malformed: '" + Quantity.shown(value) + "'", null);
    }
    return value;
  }
}
