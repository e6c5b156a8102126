package io.diffkeeper.oci;

import static io.diffkeeper.oci.Samples.ID;
import static io.diffkeeper.oci.Samples.refusal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.Mutations;
import io.diffkeeper.User;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OriginTest {
  private static final User ROOT = new User(0, "root", Path.of("/root"));
  private static final User ANN = new User(1000, "ann", Path.of("/home/ann"));

  /** What an image can set to pass for somebody else's pod. */
  private static final Map<String, String> FORGED =
      Map.of(
          "io.container.manager",
          "cri-o",
          "io.kubernetes.cri.container-type",
          "container",
          "io.kubernetes.cri.sandbox-namespace",
          "prod",
          "io.kubernetes.cri.sandbox-name",
          "bank-0",
          "io.kubernetes.cri.container-name",
          "db",
          "io.kubernetes.cri-o.ContainerType",
          "sandbox");

  private static final Map<String, String> CONTAINERD =
      Map.of(
          "io.kubernetes.cri.container-type",
          "container",
          "io.kubernetes.cri.sandbox-namespace",
          "shop",
          "io.kubernetes.cri.sandbox-name",
          "redis-0",
          "io.kubernetes.cri.container-name",
          "redis",
          "io.kubernetes.cri.image-name",
          "docker.io/library/redis:7");

  private static final Map<String, String> CRIO =
      Map.of(
          "io.kubernetes.cri-o.ContainerType",
          "container",
          "io.kubernetes.cri-o.Name",
          "k8s_redis_redis-0_shop_3f8a1c_2",
          "io.kubernetes.cri-o.ImageName",
          "docker.io/library/redis:7");

  @TempDir Path storage;
  private Path bundle;

  @BeforeEach
  void makeBundle() throws IOException {
    bundle = Files.createDirectories(storage.resolve("overlay-containers/" + ID + "/userdata"));
  }

  private void list(String file, byte[] json) {
    try {
      Files.write(storage.resolve("overlay-containers").resolve(file), json);
    } catch (IOException full) {
      throw new UncheckedIOException(full);
    }
  }

  private Origin origin(Map<String, String> annotations, User user) {
    ContainerSpec spec =
        new ContainerSpec(
            Path.of("/r"),
            false,
            List.of(),
            IdMapping.identity(),
            IdMapping.identity(),
            annotations,
            Optional.empty(),
            Optional.empty(),
            0,
            0);
    return Origin.of(new ContainerState("", ID, "", 1, bundle, Map.of()), spec, user);
  }

  private static Identity identity(Origin origin, String... name) {
    Map<String, String> annotations = new HashMap<>();
    annotations.put("io.diffkeeper.state-dir", "/data");
    for (String one : name) {
      annotations.put("io.diffkeeper.name", one);
    }
    return Identity.of(origin, OptIn.parse(annotations, origin.criContainer()).orElseThrow());
  }

  @ParameterizedTest
  @ValueSource(strings = {"containers.json", "volatile-containers.json"})
  void takesPodmansNameAndImageFromItsStorage(String file) {
    list("containers.json", "[]".getBytes());
    list(file, Samples.bytes("podman-containers.json"));
    Origin origin = origin(Map.of(), ROOT);
    assertEquals(
        new Identity(
            "podman",
            "web",
            false,
            Optional.empty(),
            "localhost:5000/team/app:1.0@sha256:"
                + "a5ffafe363ae308f328e52e7d32efbc0d9ccfb321f57b107d708ab50956f6f4e",
            "localhost:5000/team/app"),
        identity(origin));
    assertFalse(identity(origin).kubernetes());
    assertTrue(identity(origin, "mine").named());
  }

  @Test
  void believesPodmansStorageRatherThanForgedAnnotations() {
    list("containers.json", Samples.bytes("podman-containers.json"));
    assertEquals("podman/web", where(origin(FORGED, ROOT)));
    list("containers.json", "[]".getBytes());
    assertEquals("podman/" + ID, where(origin(FORGED, ROOT)));
    assertFalse(origin(FORGED, ROOT).sandbox());
  }

  private static String where(Origin origin) {
    return origin.namespace() + "/" + origin.name();
  }

  @Test
  void keepsAUsersStatesInTheUsersNamespace() {
    list("containers.json", Samples.bytes("podman-containers.json"));
    assertEquals("ann/web", where(origin(Map.of(), ANN)));
  }

  @Test
  void takesDockersNamespaceFromWhereItKeepsItsBundles() {
    Path tasks = Path.of("/run/containerd/io.containerd.runtime.v2.task");
    bundle = tasks.resolve("moby").resolve(ID);
    assertEquals("docker/" + ID, where(origin(FORGED, ROOT)));
    assertEquals("ann/" + ID, where(origin(Map.of(), ANN)));
    bundle = tasks.resolve("default").resolve(ID);
    assertEquals("podman/" + ID, where(origin(Map.of(), ROOT)));
    bundle = Path.of("/moby").resolve(ID);
    assertEquals("podman/" + ID, where(origin(Map.of(), ROOT)));
  }

  @Test
  void fallsBackToTheIdWithoutAnEngine() {
    assertEquals("podman/" + ID, where(origin(Map.of(), ROOT)));
    bundle = storage;
    assertEquals("podman/" + ID, where(origin(Map.of(), ROOT)));
    assertEquals("", origin(Map.of(), ROOT).imageRepository());
  }

  @ParameterizedTest
  @CsvSource({"2ef3b3ed8a87", "2ef3b3ed8a87125499d6c511c56afef756431550c0ccdddddd9d29516516edb8"})
  void namesAnImageWithoutNameByItsWholeId(String written) {
    list(
        "containers.json",
        ("[{\"id\":\""
                + ID
                + "\",\"names\":null,\"metadata\":\"{\\\"image-name\\\":\\\""
                + written
                + "\\\",\\\"image-id\\\":\\\"2ef3b3ed8a87125499d6c511c56afef756431550c0ccdddddd9d2"
                + "9516516edb8\\\",\\\"name\\\":\\\"spare\\\"}\"}]")
            .getBytes());
    Origin origin = origin(Map.of(), ROOT);
    assertEquals("podman/spare", where(origin));
    assertEquals(
        "sha256:2ef3b3ed8a87125499d6c511c56afef756431550c0ccdddddd9d29516516edb8",
        origin.imageRepository());
  }

  @Test
  void takesNamespaceAndNameFromTheCri() {
    for (Map<String, String> annotations : List.of(CONTAINERD, CRIO)) {
      Origin origin = origin(annotations, ROOT);
      assertEquals(Optional.of("redis"), origin.criContainer());
      assertEquals(
          new Identity(
              "k8s/shop",
              "redis-0_redis",
              false,
              Optional.empty(),
              "docker.io/library/redis:7",
              "docker.io/library/redis"),
          identity(origin));
      assertTrue(identity(origin).kubernetes());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"io.kubernetes.cri.container-type", "io.kubernetes.cri-o.ContainerType"})
  void recognizesSandboxes(String key) {
    assertTrue(origin(Map.of(key, "sandbox"), ROOT).sandbox());
    assertFalse(origin(CONTAINERD, ROOT).sandbox());
  }

  @ParameterizedTest
  @CsvSource({
    "io.kubernetes.cri.sandbox-namespace,../podman",
    "io.kubernetes.cri.sandbox-namespace,''",
    "io.kubernetes.cri.sandbox-name,a_b",
    "io.kubernetes.cri.container-name,a/b",
    "io.kubernetes.cri.container-name,Redis",
  })
  void refusesNamesThatKubernetesDoesNotHave(String key, String value) {
    Map<String, String> annotations = new HashMap<>(CONTAINERD);
    annotations.put(key, value);
    assertTrue(refusal(() -> origin(annotations, ROOT)).startsWith("annotation " + key));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "k8s_a_b_c_d", "k8s_a_b_c_d_0_x", "x_a_b_c_d_0", "k8s__b_c_d_0"})
  void refusesACrioNameThatDoesNotComeApart(String name) {
    Map<String, String> annotations = new HashMap<>(CRIO);
    annotations.put("io.kubernetes.cri-o.Name", name);
    refusal(() -> origin(annotations, ROOT));
  }

  @Test
  void asksForANameWhereTheDefaultCannotBeOne() {
    Map<String, String> annotations = new HashMap<>(CONTAINERD);
    annotations.put("io.kubernetes.cri.sandbox-name", "a".repeat(200));
    Origin origin = origin(annotations, ROOT);
    assertTrue(refusal(() -> identity(origin)).contains("set annotation io.diffkeeper.name"));
    assertEquals("short", identity(origin, "short").name());
  }

  @Test
  void survivesADamagedStorage() {
    byte[] sample = Samples.bytes("podman-containers.json");
    Mutations.feed(
        sample,
        3_000,
        bytes -> {
          list("containers.json", bytes);
          origin(FORGED, ROOT);
        });
  }
}
