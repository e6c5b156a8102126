package io.diffkeeper.system;

import io.diffkeeper.system.cri.LinuxPodSandboxConfig;
import io.diffkeeper.system.cri.LinuxSandboxSecurityContext;
import io.diffkeeper.system.cri.NamespaceMode;
import io.diffkeeper.system.cri.NamespaceOption;
import io.diffkeeper.system.cri.PodSandboxConfig;
import io.diffkeeper.system.cri.PodSandboxMetadata;
import io.diffkeeper.system.cri.RemovePodSandboxRequest;
import io.diffkeeper.system.cri.RunPodSandboxRequest;
import io.diffkeeper.system.cri.StopPodSandboxRequest;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;

/** A pod as the kubelet makes it: on the host's network, so that no CNI plugin is needed. */
final class Pod {
  private static final NamespaceOption NAMESPACES =
      NamespaceOption.newBuilder().setNetwork(NamespaceMode.NODE).build();

  private final Cri cri;
  private final PodSandboxConfig config;
  private final String id;

  /**
   * Runs it, without containers.
   *
   * @param handler the runtime handler; empty for the engine's default
   * @param name in the namespace {@code default}
   * @param logs the folder for its containers' output
   */
  Pod(Cri cri, String handler, String name, Map<String, String> annotations, Path logs) {
    this.cri = cri;
    String uid = UUID.randomUUID().toString();
    this.config =
        PodSandboxConfig.newBuilder()
            .setMetadata(
                PodSandboxMetadata.newBuilder().setName(name).setNamespace("default").setUid(uid))
            .setLogDirectory(logs.resolve(uid).toString())
            .putAllAnnotations(annotations)
            .setLinux(
                LinuxPodSandboxConfig.newBuilder()
                    .setSecurityContext(
                        LinuxSandboxSecurityContext.newBuilder().setNamespaceOptions(NAMESPACES)))
            .build();
    this.id =
        cri.runtime()
            .runPodSandbox(
                RunPodSandboxRequest.newBuilder()
                    .setConfig(config)
                    .setRuntimeHandler(handler)
                    .build())
            .getPodSandboxId();
  }

  String id() {
    return id;
  }

  Cri cri() {
    return cri;
  }

  PodSandboxConfig config() {
    return config;
  }

  /** Creates and starts a container of the first image. */
  PodContainer start(String container, String... command) {
    PodContainer started = create(container, Images.FIRST, command);
    started.start();
    return started;
  }

  /** Creates a container. */
  PodContainer create(String container, String image, String... command) {
    return new PodContainer(this, container, image, 0, command);
  }

  /** Creates a container with a limit of memory. */
  PodContainer create(String container, String image, long memoryBytes, String script) {
    return new PodContainer(this, container, image, memoryBytes, "sh", "-c", script);
  }

  /** Ends its containers and removes all of it. */
  void remove() {
    cri.runtime().stopPodSandbox(StopPodSandboxRequest.newBuilder().setPodSandboxId(id).build());
    cri.runtime()
        .removePodSandbox(RemovePodSandboxRequest.newBuilder().setPodSandboxId(id).build());
  }
}
