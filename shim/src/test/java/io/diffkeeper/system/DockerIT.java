package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Docker, with settings that our command has changed. */
@Timeout(600)
class DockerIT {
  private static final Path PROGRAMS =
      Host.root().resolve("target/containerd/trixie/usr").toAbsolutePath();
  private static final String[] COUNT = {
    "sh", "-c", "cat /data/count; echo life >> /data/count; test -s /data/count"
  };

  /** A host with a Docker of its own. */
  private static final class Harbour extends Host {
    private final Path state = Files.createTempDirectory(Path.of("/run"), "dk-docker");
    private final Path settings = scratch.resolve("daemon.json");
    private final Installed installed = new Installed(this);
    private Attached daemon;

    Harbour() throws IOException {
      super(NO_SPARES);
      assumeTrue(
          Files.isExecutable(PROGRAMS.resolve("sbin/dockerd")),
          "no dockerd in " + PROGRAMS + ": .ci/containerd");
      Files.writeString(
          settings, "{\"bridge\": \"none\", \"iptables\": false, \"ip6tables\": false}\n");
    }

    private Path socket() {
      return state.resolve("sock");
    }

    void startDaemon() throws IOException {
      String path = String.format("%1$s/sbin:%1$s/bin:%2$s", PROGRAMS, System.getenv("PATH"));
      List<String> words = new ArrayList<>(List.of("env", "PATH=" + path, "dockerd"));
      words.addAll(List.of("--config-file", settings.toString(), "-H", "unix://" + socket()));
      words.addAll(List.of("--data-root", scratch.resolve("docker").toString()));
      words.addAll(List.of("--exec-root", state.resolve("exec").toString()));
      words.addAll(List.of("--pidfile", state.resolve("pid").toString()));
      // Without systemd there is only this driver.
      words.addAll(List.of("--exec-opt", "native.cgroupdriver=cgroupfs"));
      daemon = start(words);
      Await.until("dockerd answers", () -> docker("version").code() == 0, daemon::everything);
    }

    Run docker(String... words) {
      List<String> all = new ArrayList<>(List.of(PROGRAMS.resolve("bin/docker").toString()));
      all.addAll(List.of("-H", "unix://" + socket()));
      all.addAll(List.of(words));
      return run(null, all);
    }

    Run once(String stateDir, String... command) {
      List<String> words = new ArrayList<>(List.of("run", "--rm", "--network", "none"));
      words.addAll(List.of("--runtime", "diffkeeper", "--annotation", "io.diffkeeper.name=app"));
      words.addAll(List.of("--annotation", "io.diffkeeper.state-dir=" + stateDir, Images.FIRST));
      words.addAll(List.of(command));
      return docker(words.toArray(String[]::new));
    }

    void load(String image) {
      Path archive = scratch.resolve("image.tar");
      run(null, List.of("podman", "save", "-q", "-o", archive.toString(), image)).expect(0);
      docker("load", "-q", "-i", archive.toString()).expect(0);
    }

    @Override
    void removeContainers() throws IOException {
      if (daemon != null) {
        ProcessHandle.of(daemon.pid()).ifPresent(ProcessHandle::destroy);
        Await.until(
            "dockerd has ended", () -> !Files.exists(state.resolve("pid")), this::engineLog);
      }
      run(null, List.of("rm", "-rf", state.toString()));
    }

    @Override
    String engineLog() {
      return daemon == null ? "" : daemon.everything();
    }
  }

  @Test
  void keepsWhatWasWrittenToAContainer() throws Exception {
    try (Harbour harbour = new Harbour()) {
      String settings = harbour.settings.toString();
      String before = Files.readString(harbour.settings);
      harbour.installed.run("configure", "docker", "--settings", settings).expect(0);
      harbour.startDaemon();
      harbour.load(Images.FIRST);
      assertEquals("", harbour.once("/data", COUNT).expect(0).out());
      assertEquals("life\n", harbour.once("/data", COUNT).expect(0).out());
      String states = harbour.cli("ls").expect(0).out();
      assertTrue(states.contains("docker/app") && !states.contains("podman/"), states);
      Run refused = harbour.once("data", COUNT);
      assertTrue(refused.err().contains("annotation io.diffkeeper.state-dir: "), refused::toString);
      harbour.installed.run("unconfigure", "docker", "--settings", settings).expect(0);
      assertEquals(before, Files.readString(harbour.settings));
    }
  }
}
