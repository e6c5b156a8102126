package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A host where containers start without hooks: by an OCI runtime alone, and by podman. All of them
 * have cgroups below one, so that the tracer leaves alone what others do on this machine.
 */
final class Yard extends Host {
  private static final String CONFIG =
      """
      {"ociVersion": "1.0.2", "root": {"path": "%s"}, "annotations": {%s},
       "process": {"args": ["/busybox", "sh", "-c", "%s"], "cwd": "/", "user": {"uid": 0, "gid": 0},
        "env": ["PATH=/"]},
       "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"}],
       "linux": {"cgroupsPath": "%s", "namespaces": [{"type": "pid"}, {"type": "mount"}]}}
      """;

  /** Says what it is told, one line for each container. */
  private static final String INJECTOR =
      """
      #!/bin/sh
      echo "$* $CONTAINER_ID $RUNTIME [$NAMESPACE] $STATE" >> $0.calls
      """;

  static final String OPTED_IN = "\"io.diffkeeper.state-dir\": \"/data\"";

  private static int yards;

  private final String cgroup;
  private final Map<String, String> runtimes = new LinkedHashMap<>();
  private final List<String> pods = new ArrayList<>();
  private int containers;

  Yard(String... settings) throws IOException {
    super(settings);
    cgroup = "dk-yard-" + ProcessHandle.current().pid() + "-" + ++yards;
    Files.writeString(injector(), INJECTOR);
    Files.setPosixFilePermissions(injector(), PosixFilePermissions.fromString("rwx------"));
  }

  Path injector() {
    return scratch.resolve("injector");
  }

  /** What the injector was told. */
  List<String> calls() {
    return read(Path.of(injector() + ".calls")).lines().toList();
  }

  /** Starts the tracer, and waits until it sees. */
  Attached startTracer(String... options) throws IOException {
    List<String> words = new ArrayList<>();
    words.addAll(List.of(dist().resolve("bin/diffkeeper-shim").toString(), "trace"));
    words.addAll(List.of("--config", config().toString(), "--run-dir", runDir.toString()));
    words.addAll(List.of("--cgroup", "/" + cgroup));
    words.addAll(List.of(options));
    Attached tracer = start(words);
    Await.until("the tracer sees", () -> log().contains("containers run"), this::log);
    return tracer;
  }

  /** The id of a container to be, which no other test has. */
  String next() {
    return cgroup + "-" + ++containers;
  }

  /** A bundle; busybox is all that there is, and /data. */
  Path bundle(String id, String annotations, String script) throws IOException {
    Path bundle = scratch.resolve("bundles").resolve(id);
    for (String folder : List.of("data", "dev", "proc")) {
      Files.createDirectories(bundle.resolve("rootfs").resolve(folder));
    }
    run(null, List.of("cp", "/bin/busybox", bundle.resolve("rootfs") + "/")).expect(0);
    String place = "/" + cgroup + "/" + id;
    Files.writeString(
        bundle.resolve("config.json"),
        String.format(CONFIG, bundle.resolve("rootfs"), annotations, script, place));
    return bundle;
  }

  /** Starts a container by an OCI runtime, and stays attached to it. */
  Attached startBare(String runtime, String id, Path bundle) throws IOException {
    runtimes.put(id, runtime);
    return start(List.of(runtime, "run", "--bundle", bundle.toString(), id));
  }

  void exec(String id, String script) {
    run(null, List.of(runtimes.get(id), "exec", id, "/busybox", "sh", "-c", script)).expect(0);
  }

  void kill(String id) {
    run(null, List.of(runtimes.get(id), "kill", id, "KILL")).expect(0);
  }

  /** Runs podman, which knows no hooks. */
  Run podman(String runtime, String... words) throws IOException {
    Path none = Files.createDirectories(scratch.resolve("no-hooks"));
    List<String> all = new ArrayList<>();
    all.addAll(List.of("podman", "--hooks-dir", none.toString(), "--runtime", runtime));
    all.addAll(List.of(words));
    return run(null, all).expect(0);
  }

  /** Starts a container of podman's in the background; returns its id. */
  String startPodman(String runtime, String name, String... command) throws IOException {
    pods.add(name);
    List<String> words = new ArrayList<>();
    words.addAll(List.of("run", "--detach", "--name", name, "--network", "none"));
    words.addAll(List.of("--cgroup-parent", "/" + cgroup));
    words.addAll(List.of("--annotation", "io.diffkeeper.state-dir=/data", Images.FIRST));
    words.addAll(List.of(command));
    return podman(runtime, words.toArray(String[]::new)).out().strip();
  }

  void awaitLate(int keepers) {
    Await.until(
        keepers + " keepers came late",
        () ->
            cli("status", "--run-dir", "" + runDir).out().split("\\(late\\)", -1).length > keepers,
        this::log);
  }

  void awaitCalls(List<String> expected) {
    Await.until(
        "the injector was told of " + expected,
        () -> calls().size() >= expected.size(),
        () -> calls() + log());
    assertEquals(
        expected.stream().sorted().toList(), calls().stream().sorted().toList(), this::log);
  }

  @Override
  void removeContainers() {
    runtimes.forEach((id, runtime) -> run(null, List.of(runtime, "delete", "--force", id)));
    for (String name : pods) {
      run(null, List.of("podman", "rm", "--force", "--time", "0", "--volumes", "--ignore", name));
    }
    String groups = "find /sys/fs/cgroup -depth -type d -path '*/" + cgroup + "*' -exec rmdir {} +";
    run(null, List.of("sh", "-c", groups));
  }

  @Override
  String engineLog() {
    return "";
  }
}
