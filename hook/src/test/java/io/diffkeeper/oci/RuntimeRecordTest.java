package io.diffkeeper.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RuntimeRecordTest {
  @TempDir Path root;

  private void write(String file, String text) throws IOException {
    Files.createDirectories(root.resolve(file).getParent());
    Files.writeString(root.resolve(file), text);
  }

  @Test
  void readsWhatRuncWrites() throws IOException {
    write(
        "web/state.json",
        """
        {"id":"web","init_process_pid":22079,"init_process_start":2330488,"created":"2026-11-28",
         "config":{"no_pivot_root":false,"rootfs":"/b/rootfs","cgroups":{"path":"/web"},
          "labels":["other=x","bundle=/tmp/../run/b"]},
         "cgroup_paths":{"":"/sys/fs/cgroup/unified/web"},"rootless":false}
        """);
    RuntimeRecord expected = new RuntimeRecord("web", Path.of("/run/b"), 22079, 2330488);
    assertEquals(Optional.of(expected), RuntimeRecord.find(root, "web"));
  }

  @Test
  void readsWhatCrunWrites() throws IOException {
    write(
        "web/status",
        """
        {"pid": 22091, "process-start-time": 2330531, "cgroup-path": "/web", "scope": "",
         "rootfs": "rootfs", "systemd-cgroup": false, "bundle": "/b", "owner": "root",
         "detached": true, "external_descriptors": "[\\"/dev/null\\"]"}
        """);
    RuntimeRecord expected = new RuntimeRecord("web", Path.of("/b"), 22091, 2330531);
    assertEquals(Optional.of(expected), RuntimeRecord.find(root, "web"));
  }

  @Test
  void hasNoneOfWhatIsNotThere() throws IOException {
    write("web/status", "{\"pid\": 0, \"bundle\": \"/b\"}");
    assertTrue(RuntimeRecord.find(root, "web").isEmpty(), "it has not started");
    assertTrue(RuntimeRecord.find(root, "other").isEmpty());
    write("status", "{\"pid\": 1, \"bundle\": \"/b\"}");
    assertTrue(RuntimeRecord.find(root.resolve("web"), "..").isEmpty(), "not above its folder");
    assertTrue(RuntimeRecord.find(root, ".").isEmpty());
  }

  @Test
  void refusesWhatIsMalformed() throws IOException {
    write("web/status", "{\"pid\": 1, \"bun");
    assertTrue(
        Samples.refusal(() -> RuntimeRecord.find(root, "web")).startsWith(root + "/web/status: "));
    write("web/status", "{\"pid\": 1, \"bundle\": \"b\"}");
    assertEquals(
        root + "/web/status: bundle is not an absolute path",
        Samples.refusal(() -> RuntimeRecord.find(root, "web")));
    write("web/status", "{\"pid\": 99999999, \"bundle\": \"/b\"}");
    Samples.refusal(() -> RuntimeRecord.find(root, "web"));
  }
}
