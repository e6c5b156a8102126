package io.diffkeeper.oci;

import static io.diffkeeper.oci.Samples.refusal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.Mutations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContainerSpecTest {
  @TempDir Path dir;

  private ContainerSpec load(String json) throws IOException {
    Files.writeString(dir.resolve("config.json"), json);
    return ContainerSpec.load(dir);
  }

  @Test
  void readsWhatPodmanWrites() throws IOException {
    Files.write(dir.resolve("config.json"), Samples.bytes("podman-config.json"));
    ContainerSpec spec = ContainerSpec.load(dir);
    assertTrue(spec.rootPath().startsWith("/var/lib/containers/storage/overlay"));
    assertTrue(spec.rootReadonly());
    assertEquals(100_000, spec.uids().toHost(0));
    assertEquals(65_535, spec.gids().toContainer(165_535));
    assertTrue(
        spec.mounts().stream()
            .anyMatch(m -> m.destination().equals("/data") && m.source().equals("/srv/data")));
    assertTrue(spec.cgroupsPath().orElseThrow().endsWith(Samples.ID));
    assertEquals(Optional.empty(), spec.mountLabel());
    assertEquals("/data,/srv/app", spec.annotations().get("io.diffkeeper.state-dir"));
  }

  @Test
  void resolvesARelativeRootAgainstTheBundle() throws IOException {
    ContainerSpec spec =
        load(
            "{\"root\":{\"path\":\"rootfs\"},\"process\":{\"user\":{\"uid\":4294967295,\"gid\":7}},"
                + "\"mounts\":[{\"destination\":\"/t\",\"type\":\"tmpfs\"}],"
                + "\"linux\":{\"mountLabel\":\"system_u:object_r:c:s0\"}}");
    assertEquals(dir.resolve("rootfs"), spec.rootPath());
    assertEquals(4294967295L, spec.uid());
    assertEquals(7, spec.gid());
    assertEquals(List.of(new ContainerSpec.Mount("/t", "", "tmpfs", List.of())), spec.mounts());
    assertEquals(IdMapping.identity(), spec.uids());
    assertEquals(Optional.of("system_u:object_r:c:s0"), spec.mountLabel());
  }

  @Test
  void looksWhereCrioHasIt() throws IOException {
    Path bundle = Files.createDirectories(dir.resolve("id/bundle"));
    Files.createDirectories(dir.resolve("id/userdata"));
    Files.writeString(dir.resolve("id/userdata/config.json"), "{\"root\":{\"path\":\"/r\"}}");
    assertEquals(Path.of("/r"), ContainerSpec.load(bundle).rootPath());
  }

  @Test
  void namesTheFileThatIsMissingOrUnreadable() throws IOException {
    Path file = dir.resolve("config.json");
    assertEquals(file + ": no such file", refusal(() -> ContainerSpec.load(dir)));
    Files.createDirectory(file);
    assertTrue(refusal(() -> ContainerSpec.load(dir)).startsWith(file + ": "));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{}",
        "{\"root\":{}}",
        "{\"root\":7}",
        "{\"root\":{\"path\":7}}",
        "{\"root\":{\"path\":\"/r\",\"readonly\":\"yes\"}}",
        "{\"root\":{\"path\":\"/r\"}} trailing",
        "{\"root\":{\"path\":\"/r\"},\"mounts\":[{}]}",
        "{\"root\":{\"path\":\"/r\"},\"mounts\":[{\"destination\":\"/\",\"options\":[1]}]}",
        "{\"root\":{\"path\":\"/r\"},\"mounts\":[",
        "{\"root\":{\"path\":\"/r\"},\"hooks\":{\"a\":1,\"a\":2}}",
        "{\"root\":{\"path\":\"/r\"},\"process\":{\"user\":{\"uid\":-1}}}",
        "{\"root\":{\"path\":\"/r\"},\"process\":{\"user\":{\"uid\":4294967296}}}",
        "{\"root\":{\"path\":\"/r\"},\"linux\":{\"uidMappings\":[{\"containerID\":0}]}}",
      })
  void refusesWhatIsNoSpec(String json) {
    assertTrue(refusal(() -> load(json)).startsWith(dir.resolve("config.json") + ": "));
  }

  @Test
  void boundsTheFile() throws IOException {
    byte[] spaces = new byte[ContainerSpec.BYTES_MAX + 65_536];
    java.util.Arrays.fill(spaces, (byte) ' ');
    Files.write(dir.resolve("config.json"), spaces);
    refusal(() -> ContainerSpec.load(dir));
  }

  @Test
  void survivesDamagedInput() {
    Mutations.feed(
        Samples.bytes("podman-config.json"),
        3_000,
        bytes -> {
          try {
            Files.write(dir.resolve("config.json"), bytes);
          } catch (IOException full) {
            throw new UncheckedIOException(full);
          }
          ContainerSpec.load(dir);
        });
  }
}
