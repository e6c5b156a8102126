package io.diffkeeper.system;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** A host with containerd, which runs pods as a node of Kubernetes does, driven over the CRI. */
final class Node extends Host {
  static final String PAUSE = "localhost/diffkeeper/pause:1";
  static final String HANDLER = "diffkeeper";

  private static final String CRI = "[plugins.\"io.containerd.grpc.v1.cri\"";
  private static boolean built;

  private final Installed installed;
  private final Containerd containerd;
  private final List<Pod> pods = new CopyOnWriteArrayList<>();

  private Node(Path programs) throws IOException {
    super(NO_SPARES);
    assumeTrue(
        Files.isExecutable(programs.resolve("containerd")),
        "no containerd in " + programs + ": .ci/deps, .ci/containerd");
    buildPause();
    this.installed = new Installed(this);
    this.containerd = new Containerd(programs, scratch);
  }

  /**
   * A node on a containerd with a short configuration.
   *
   * @param programs the folder of containerd, see {@link #containerds}
   * @param config further lines of containerd's configuration, version 2
   */
  static Node of(Path programs, String... config) throws IOException {
    Node node = new Node(programs);
    List<String> lines = new ArrayList<>(node.ours());
    lines.addAll(List.of(config));
    node.containerd.configure(lines);
    node.start();
    return node;
  }

  /** A node on a containerd with its default configuration, to be started when that was changed. */
  static Node byDefault(Path programs) throws IOException {
    Node node = new Node(programs);
    node.containerd.configureByDefault(PAUSE);
    return node;
  }

  /** Starts containerd, and gives it images. */
  void start() throws IOException {
    containerd.start();
    containerd.load(PAUSE);
    containerd.load(Images.FIRST);
  }

  /**
   * Folders of programs: of the host's containerd, and of those that .ci/containerd has fetched.
   */
  static List<Path> containerds() {
    List<Path> found = new ArrayList<>(List.of(Path.of("/usr/bin")));
    for (String suite : List.of("trixie", "sid")) {
      found.add(root().resolve("target/containerd").resolve(suite).resolve("usr/bin"));
    }
    return found;
  }

  private List<String> ours() {
    return List.of(
        CRI + "]",
        "sandbox_image = \"" + PAUSE + "\"",
        // Not for users' nodes: test machines are containers themselves.
        "restrict_oom_score_adj = true",
        "disable_apparmor = true",
        CRI + ".containerd.runtimes.runc]",
        "runtime_type = \"io.containerd.runc.v2\"",
        CRI + ".containerd.runtimes." + HANDLER + "]",
        "runtime_type = \"io.containerd.runc.v2\"",
        "pod_annotations = [\"io.diffkeeper.*\"]",
        CRI + ".containerd.runtimes." + HANDLER + ".options]",
        "BinaryName = \"" + installed.wrapper() + "\"");
  }

  /** The sandbox's only process. */
  private static synchronized void buildPause() throws IOException {
    if (built) {
      return;
    }
    Path work = Files.createTempDirectory("dk-pause");
    Files.writeString(
        work.resolve("pause.c"), "#include <unistd.h>\nint main(void) { pause(); }\n");
    Files.writeString(
        work.resolve("Containerfile"), "FROM scratch\nADD pause /\nCMD [\"/pause\"]\n");
    String script =
        "cd \"$0\" && $(command -v musl-gcc || echo gcc) -static pause.c -o pause"
            + " && podman build -q -t \"$1\" .";
    Run.of(work, null, List.of("sh", "-c", script, work.toString(), PAUSE)).expect(0);
    Run.of(work.getParent(), null, List.of("rm", "-rf", work.toString())).expect(0);
    built = true;
  }

  /** The product on this node; its runtime wrapper is what the handler runs. */
  Installed installed() {
    return installed;
  }

  Containerd containerd() {
    return containerd;
  }

  /** The configuration that a container or sandbox was created with. */
  String specOf(String id) {
    return read(containerd.bundle(id).resolve("config.json"));
  }

  /** Runs a pod with the handler that injects. */
  Pod pod(String name, Map<String, String> annotations) {
    return pod(HANDLER, name, annotations);
  }

  Pod pod(String handler, String name, Map<String, String> annotations) {
    Pod pod = new Pod(containerd.cri(), handler, name, annotations, scratch.resolve("logs"));
    pods.add(pod);
    return pod;
  }

  /** Removes a pod with all of its containers. */
  void remove(Pod pod) {
    pod.remove();
    pods.remove(pod);
  }

  @Override
  void removeContainers() throws IOException {
    try {
      pods.forEach(Pod::remove);
    } finally {
      containerd.close();
    }
  }

  @Override
  String engineLog() {
    return containerd.log();
  }
}
