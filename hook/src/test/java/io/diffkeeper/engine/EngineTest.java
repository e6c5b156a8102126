package io.diffkeeper.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is added to the settings of engines can be seen, and taken out again to the last byte. */
class EngineTest {
  private static final Handler HANDLER = new Handler("diffkeeper", Path.of("/usr"), false);
  private static final Handler DEFAULT = new Handler("diffkeeper", Path.of("/usr"), true);

  /** As Debian packages it. */
  private static final String DEBIAN =
      """
      version = 2

      [plugins]
        [plugins."io.containerd.grpc.v1.cri"]
          [plugins."io.containerd.grpc.v1.cri".cni]
            bin_dir = "/usr/lib/cni"
            conf_dir = "/etc/cni/net.d"
        [plugins."io.containerd.internal.v1.opt"]
          path = "/var/lib/containerd/opt"
      """;

  /** As kubeadm wants it. */
  private static final String SYSTEMD =
      """
      version = 2
      # ours
      [plugins."io.containerd.grpc.v1.cri".containerd]
        default_runtime_name = "runc" # as ever

        [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc] # the usual one
          runtime_type = "io.containerd.runc.v2"
          base_runtime_spec = ""
          pod_annotations = [
            "example.com/*", # a comment
          ]

          [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
            BinaryName = "/usr/sbin/runc"
            NoPivotRoot = false
            SystemdCgroup = true
      """;

  private static final String VERSION_3 =
      """
      version = 3
      imports = ['%s/conf.d/*.toml']

      [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
        runtime_type = 'io.containerd.runc.v2'
        [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
          SystemdCgroup = true
      """;

  private static final String DAEMON =
      """
      {
        "log-driver": "journald",
        "runtimes": { "kata": {"path": "/usr/bin/kata", "runtimeArgs": ["-v"]} },
        "max-concurrent-downloads": 5
      }
      """;

  @TempDir private Path folder;

  private Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private static void apply(List<FileEdit> edits) throws IOException {
    for (FileEdit edit : edits) {
      if (edit.changes()) {
        edit.apply();
      }
    }
  }

  private List<String> files() throws IOException {
    try (var all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).map(f -> folder.relativize(f) + "").sorted().toList();
    }
  }

  /** Configures twice, and back; returns what the file was in between. */
  private String thereAndBack(String engine, Path file, Handler handler) throws IOException {
    String before = FileEdit.read(file);
    List<String> filesBefore = files();
    Engine ours = Engine.of(engine, file);
    apply(ours.configure(handler));
    String between = FileEdit.read(file);
    assertFalse(ours.configure(handler).stream().anyMatch(FileEdit::changes), between);
    apply(ours.unconfigure());
    assertEquals(before, FileEdit.read(file));
    assertEquals(filesBefore, files());
    assertFalse(ours.unconfigure().stream().anyMatch(FileEdit::changes));
    return between;
  }

  @Test
  void containerdGetsTablesBehindItsOwn() throws IOException {
    String text = thereAndBack("containerd", file("config.toml", DEBIAN), HANDLER);
    assertEquals(
        DEBIAN
            + """
            # >>> diffkeeper configure
            [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.diffkeeper]
              runtime_type = "io.containerd.runc.v2"
              pod_annotations = ["io.diffkeeper.*"]
            [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.diffkeeper.options]
              BinaryName = "/usr/bin/diffkeeper-runtime"
            # <<< diffkeeper configure
            """,
        text);
  }

  @Test
  void theHandlerIsAsThatOfRunc() throws IOException {
    String text = thereAndBack("containerd", file("config.toml", SYSTEMD), HANDLER);
    String ours = text.substring(SYSTEMD.length());
    assertTrue(
        ours.contains("  pod_annotations = [\"io.diffkeeper.*\", \"example.com/*\"]\n"), ours);
    assertTrue(ours.contains("  SystemdCgroup = true\n"), ours);
    assertTrue(ours.contains("  BinaryName = \"/usr/bin/diffkeeper-runtime\"\n"), ours);
    assertFalse(ours.contains("NoPivotRoot") || ours.contains("base_runtime_spec"), ours);
    assertTrue(text.startsWith(SYSTEMD), text);
  }

  @Test
  void theDefaultIsChangedOnlyIfAskedFor() throws IOException {
    Path file = file("config.toml", SYSTEMD);
    String text = thereAndBack("containerd", file, DEFAULT);
    assertTrue(
        text.contains(
            """
            # >>> diffkeeper configure
            #was:  default_runtime_name = "runc" # as ever
            default_runtime_name = "diffkeeper"
            # <<< diffkeeper configure
            """),
        text);
    String added = thereAndBack("containerd", file("debian.toml", DEBIAN), DEFAULT);
    assertTrue(
        added.contains(
            """
            [plugins."io.containerd.grpc.v1.cri".containerd]
              default_runtime_name = "diffkeeper"
            """),
        added);
  }

  @ParameterizedTest
  @ValueSource(strings = {"version = 2", "version = 2\n\n", "\n", ""})
  void theLastLineMayHaveNoEnd(String text) throws IOException {
    thereAndBack("containerd", file("config.toml", text), HANDLER);
  }

  @Test
  void whatWasChangedMeanwhileStays() throws IOException {
    Path file = file("config.toml", SYSTEMD);
    Engine engine = Engine.of("containerd", file);
    apply(engine.configure(DEFAULT));
    Files.writeString(file, Files.readString(file) + "oom_score = 0\n");
    apply(engine.unconfigure());
    assertEquals(SYSTEMD + "oom_score = 0\n", Files.readString(file));
    assertEquals(SYSTEMD, Files.readString(FileEdit.backup(file)));
  }

  @Test
  void withoutSettingsContainerdGetsSome() throws IOException {
    Path file = folder.resolve("config.toml");
    String text = thereAndBack("containerd", file, HANDLER);
    assertTrue(text.contains("version = 2\n[plugins."), text);
  }

  @Test
  void fromVersion3OnAFileOfItsOwnWillDo() throws IOException {
    String main = String.format(VERSION_3, folder);
    Path file = file("config.toml", main);
    Path dropIn = folder.resolve("conf.d/50-diffkeeper.toml");
    Engine engine = Engine.of("containerd", file);
    List<FileEdit> edits = engine.configure(HANDLER);
    assertEquals(1, edits.stream().filter(FileEdit::changes).count());
    apply(edits);
    assertEquals(
        """
        # >>> diffkeeper configure
        version = 3
        [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.diffkeeper]
          runtime_type = 'io.containerd.runc.v2'
          pod_annotations = ["io.diffkeeper.*"]
        [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.diffkeeper.options]
          SystemdCgroup = true
          BinaryName = "/usr/bin/diffkeeper-runtime"
        # <<< diffkeeper configure
        """,
        Files.readString(dropIn));
    apply(engine.unconfigure());
    assertEquals(List.of("config.toml"), files());
    String elsewhere = main.replace("conf.d", "other.d");
    String text = thereAndBack("containerd", file("config.toml", elsewhere), HANDLER);
    assertTrue(text.startsWith(elsewhere) && text.contains("runtimes.diffkeeper]"), text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[plugins.cri.containerd]\n",
        "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.diffkeeper]\n",
      })
  void refusesWhatItCannotAddTo(String text) throws IOException {
    Path file = file("config.toml", text);
    DiffKeeperException refused =
        assertThrows(
            DiffKeeperException.class, () -> Engine.of("containerd", file).configure(HANDLER));
    assertEquals(ExitCode.BAD_INPUT, refused.exitCode());
    assertTrue(refused.getMessage().startsWith(file + ": "), refused.getMessage());
  }

  @Test
  void dockersSettingsKeepTheirShape() throws IOException {
    String text = thereAndBack("docker", file("daemon.json", DAEMON), HANDLER);
    assertEquals(
        DAEMON.replace(
            "\"runtimes\": {",
            "\"runtimes\": {\n    \"diffkeeper\": {\n      \"path\":"
                + " \"/usr/bin/diffkeeper-runtime\"\n    },"),
        text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\n}\n",
        "{\"runtimes\":{}}",
        "{\"default-runtime\":\"kata\",\"runtimes\":{\"kata\":{\"path\":\"/kata\"}}}",
        "{\"default-runtime\":\"kata\" , \"debug\":true , \"n\":1 }",
        "",
      })
  void dockersSettingsComeBack(String text) throws IOException {
    for (Handler handler : List.of(HANDLER, DEFAULT)) {
      thereAndBack("docker", file("daemon.json", text), handler);
    }
  }

  @Test
  void dockersSettingsMayChangeMeanwhile() throws IOException {
    Path file = file("daemon.json", "{\"default-runtime\":\"kata\",\"debug\":true}");
    Engine engine = Engine.of("docker", file);
    apply(engine.configure(DEFAULT));
    Files.writeString(file, Files.readString(file).replace("true", "false"));
    apply(engine.unconfigure());
    assertEquals("{\"default-runtime\":\"kata\",\"debug\":false}", Files.readString(file));
  }

  @Test
  void withoutSettingsDockerGetsSome() throws IOException {
    String text = thereAndBack("docker", folder.resolve("daemon.json"), DEFAULT);
    assertTrue(text.contains("\"default-runtime\": \"diffkeeper\""), text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "{", "{\"runtimes\":[]}", "{\"runtimes\":{\"diffkeeper\":{}}}"})
  void refusesADaemonJsonThatItCannotAddTo(String text) throws IOException {
    Path file = file("daemon.json", text);
    DiffKeeperException refused =
        assertThrows(DiffKeeperException.class, () -> Engine.of("docker", file).configure(HANDLER));
    assertTrue(refused.getMessage().startsWith(file + ": "), refused.getMessage());
  }

  @Test
  void crioGetsAFileOfItsOwn() throws IOException {
    Path main = file("crio.conf", "[crio]\n");
    Engine engine = Engine.of("crio", main);
    apply(engine.configure(HANDLER));
    String text = Files.readString(folder.resolve("crio.conf.d/50-diffkeeper.conf"));
    assertTrue(text.contains("[crio.runtime.runtimes.diffkeeper]\n"), text);
    assertTrue(text.contains("runtime_path = \"/usr/bin/diffkeeper-runtime\"\n"), text);
    assertFalse(text.contains("default_runtime"), text);
    assertFalse(engine.configure(HANDLER).stream().anyMatch(FileEdit::changes));
    apply(engine.unconfigure());
    assertEquals(List.of("crio.conf"), files());
  }

  @Test
  void podmanReadsAPackagesHooksByItself() throws IOException {
    Engine engine = Engine.of("podman", folder.resolve("containers.conf"));
    assertFalse(engine.configure(HANDLER).stream().anyMatch(FileEdit::changes));
    apply(engine.configure(new Handler("diffkeeper", Path.of("/opt/d"), false)));
    String text = Files.readString(folder.resolve("containers.conf.d/50-diffkeeper.conf"));
    assertTrue(text.contains("\"/opt/d/share/containers/oci/hooks.d\"]\n"), text);
    apply(engine.unconfigure());
    assertEquals(List.of(), files());
  }

  @Test
  void ownersModesAndLinksStay() throws IOException {
    Path real = file("real.toml", DEBIAN);
    Files.setPosixFilePermissions(real, PosixFilePermissions.fromString("rw-r-----"));
    Path link = Files.createSymbolicLink(folder.resolve("config.toml"), real);
    apply(Engine.of("containerd", link).configure(HANDLER));
    assertTrue(Files.isSymbolicLink(link));
    assertEquals("rw-r-----", PosixFilePermissions.toString(Files.getPosixFilePermissions(real)));
    assertEquals(DEBIAN, Files.readString(FileEdit.backup(link)));
  }
}
