package io.diffkeeper.system;

import io.diffkeeper.system.cri.ContainerConfig;
import io.diffkeeper.system.cri.ContainerMetadata;
import io.diffkeeper.system.cri.ContainerState;
import io.diffkeeper.system.cri.ContainerStatus;
import io.diffkeeper.system.cri.ContainerStatusRequest;
import io.diffkeeper.system.cri.ContainerStatusResponse;
import io.diffkeeper.system.cri.CreateContainerRequest;
import io.diffkeeper.system.cri.ExecSyncRequest;
import io.diffkeeper.system.cri.ExecSyncResponse;
import io.diffkeeper.system.cri.ImageSpec;
import io.diffkeeper.system.cri.LinuxContainerConfig;
import io.diffkeeper.system.cri.LinuxContainerResources;
import io.diffkeeper.system.cri.LinuxContainerSecurityContext;
import io.diffkeeper.system.cri.NamespaceMode;
import io.diffkeeper.system.cri.NamespaceOption;
import io.diffkeeper.system.cri.RemoveContainerRequest;
import io.diffkeeper.system.cri.StartContainerRequest;
import io.diffkeeper.system.cri.StopContainerRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A container of a {@link Pod}. */
final class PodContainer {
  private static final Pattern PID = Pattern.compile("\"pid\":\\s*(\\d+)");

  /** {@code TIME stdout|stderr F|P TEXT}. */
  private static final Pattern LOG_LINE = Pattern.compile("\\S+ \\S+ \\S+ (.*)");

  private static final AtomicInteger ATTEMPTS = new AtomicInteger();

  private final Pod pod;
  private final Path log;
  private final String id;

  /** With a limit of memory; 0 for none. */
  PodContainer(Pod pod, String name, String image, long memoryBytes, String... command) {
    this.pod = pod;
    int attempt = ATTEMPTS.incrementAndGet();
    String file = name + "." + attempt;
    this.log = Path.of(pod.config().getLogDirectory(), file);
    ContainerConfig config =
        ContainerConfig.newBuilder()
            .setMetadata(ContainerMetadata.newBuilder().setName(name).setAttempt(attempt))
            .setImage(ImageSpec.newBuilder().setImage(image))
            .addAllCommand(List.of(command))
            .setLogPath(file)
            .setLinux(
                LinuxContainerConfig.newBuilder()
                    .setResources(
                        LinuxContainerResources.newBuilder().setMemoryLimitInBytes(memoryBytes))
                    .setSecurityContext(
                        LinuxContainerSecurityContext.newBuilder()
                            .setNamespaceOptions(
                                NamespaceOption.newBuilder().setNetwork(NamespaceMode.NODE))))
            .build();
    this.id =
        pod.cri()
            .runtime()
            .createContainer(
                CreateContainerRequest.newBuilder()
                    .setPodSandboxId(pod.id())
                    .setConfig(config)
                    .setSandboxConfig(pod.config())
                    .build())
            .getContainerId();
  }

  String id() {
    return id;
  }

  void start() {
    pod.cri()
        .runtime()
        .startContainer(StartContainerRequest.newBuilder().setContainerId(id).build());
  }

  /** TERM, then KILL. */
  void stop(int seconds) {
    pod.cri()
        .runtime()
        .stopContainer(
            StopContainerRequest.newBuilder().setContainerId(id).setTimeout(seconds).build());
  }

  void remove() {
    pod.cri()
        .runtime()
        .removeContainer(RemoveContainerRequest.newBuilder().setContainerId(id).build());
  }

  private ContainerStatusResponse verbose() {
    return pod.cri()
        .runtime()
        .containerStatus(
            ContainerStatusRequest.newBuilder().setContainerId(id).setVerbose(true).build());
  }

  ContainerStatus status() {
    return verbose().getStatus();
  }

  /** Its first process, on the host. */
  long pid() {
    Matcher pid = PID.matcher(verbose().getInfoOrDefault("info", ""));
    if (!pid.find()) {
      throw new AssertionError("no pid in " + verbose());
    }
    return Long.parseLong(pid.group(1));
  }

  /** SIGKILL from outside, and waits until the engine knows. */
  PodContainer kill() {
    ProcessHandle.of(pid()).orElseThrow().destroyForcibly();
    return awaitExit();
  }

  /** Waits until it has ended. */
  PodContainer awaitExit() {
    Await.until(
        "the container has ended",
        () -> status().getState() == ContainerState.CONTAINER_EXITED,
        this::status);
    return this;
  }

  /** Runs a program in it; fails unless that exits with 0. */
  String exec(String... command) {
    ExecSyncResponse answer =
        pod.cri()
            .runtime()
            .execSync(
                ExecSyncRequest.newBuilder()
                    .setContainerId(id)
                    .addAllCmd(List.of(command))
                    .setTimeout(60)
                    .build());
    if (answer.getExitCode() != 0) {
      throw new AssertionError(answer.getExitCode() + ": " + answer.getStderr().toStringUtf8());
    }
    return answer.getStdout().toStringUtf8();
  }

  /** The complete lines of its output so far. */
  List<String> lines() {
    if (!Files.exists(log)) {
      return List.of();
    }
    String text = Host.read(log);
    return LOG_LINE
        .matcher(text.substring(0, text.lastIndexOf('\n') + 1))
        .results()
        .map(line -> line.group(1))
        .toList();
  }

  /** Waits until it has printed a line; returns all. */
  List<String> await(String line) {
    Await.until("it says " + line, () -> lines().contains(line), () -> lines() + "\n" + status());
    return lines();
  }
}
