package io.diffkeeper.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose state a pod's container has. */
class IdentityTest {
  private static Identity of(String pod, String... annotations) {
    Map<String, String> all = new HashMap<>(Map.of("io.diffkeeper.state-dir", "/data"));
    for (int i = 0; i < annotations.length; i += 2) {
      all.put("io.diffkeeper." + annotations[i], annotations[i + 1]);
    }
    Optional<String> container = pod.isEmpty() ? Optional.empty() : Optional.of("app");
    String name = pod.isEmpty() ? "web" : pod + "_app";
    Origin origin = new Origin("k8s/shop", name, "", "", container, false);
    return Identity.of(origin, OptIn.parse(all, container).orElseThrow());
  }

  @ParameterizedTest
  @CsvSource({
    "web-7d4b9c5f6-x2k4z,web_app",
    "my-web-shop-7d4b9c5f64-bbbbb,my-web-shop_app",
    "job-x2k4z,job_app",
    "my-db-x2k4z,my-db_app",
    "web-7d4b9c5f6a-x2k4z,web-7d4b9c5f6a_app",
  })
  void theOwnerIsWhatKubernetesMadeThePodsNameOf(String pod, String state) {
    assertEquals(state, of(pod, "identity", "shared").name());
    assertEquals(Optional.empty(), of(pod, "identity", "shared").claimant());
    assertEquals(state, of(pod, "identity", "claim").name());
    assertEquals(Optional.of(pod), of(pod, "identity", "claim").claimant());
  }

  @Test
  void aPodsStateIsItsOwnUnlessTheAnnotationSaysOtherwise() {
    assertEquals("web-7d4b9c5f6-x2k4z_app", of("web-7d4b9c5f6-x2k4z").name());
    assertEquals("db-0_app", of("db-0").name());
    assertEquals("db-0_app", of("db-0", "identity", "pod").name());
    assertEquals("mine", of("db-0", "identity", "pod", "name", "mine").name());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "db-0", "web", "web-aaaaa", "-x2k4z", "web-x2k4z7"})
  void refusesASharedStateOfNobody(String pod) {
    DiffKeeperException refused =
        assertThrows(DiffKeeperException.class, () -> of(pod, "identity", "shared"));
    assertEquals(ExitCode.BAD_INPUT, refused.exitCode());
    assertTrue(refused.getMessage().startsWith("annotation io.diffkeeper.identity: "));
  }

  @Test
  void refusesASecondName() {
    assertThrows(
        DiffKeeperException.class, () -> of("web-x2k4z", "identity", "claim", "name", "mine"));
  }
}
