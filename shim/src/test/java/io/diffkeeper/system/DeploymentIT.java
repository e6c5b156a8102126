package io.diffkeeper.system;

import static io.diffkeeper.system.PodsIT.COUNT;
import static io.diffkeeper.system.PodsIT.found;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Pods whose names change, with states that are their Deployment's. */
@Timeout(600)
class DeploymentIT {
  private static final String POD = "web-7d4b9c5f6-";

  private static Map<String, String> keeping(String identity) {
    return Map.of("io.diffkeeper.state-dir", "/data", "io.diffkeeper.identity", identity);
  }

  private static Node node() throws Exception {
    return Node.of(Path.of("/usr/bin"));
  }

  @Test
  void theNextPodTakesASharedStateOver() throws Exception {
    try (Node node = node()) {
      node.configure("lock-wait = \"1s\"");
      Pod first = node.pod(POD + "bbbbb", keeping("shared"));
      assertEquals(0, found(first.start("app", COUNT)));

      Pod second = node.pod(POD + "ccccc", keeping("shared"));
      PodContainer tooEarly = second.create("app", Images.FIRST, COUNT);
      StatusRuntimeException busy = assertThrows(StatusRuntimeException.class, tooEarly::start);
      assertTrue(busy.getMessage().contains("is held by container"), busy.getMessage());

      node.remove(first);
      assertEquals(1, found(second.start("app", COUNT)));
      assertTrue(node.cli("ls").out().contains("k8s/default/web_app "), node.cli("ls").out());
    }
  }

  @Test
  void eachPodClaimsAStateOfItsOwn() throws Exception {
    try (Node node = node()) {
      Pod first = node.pod(POD + "bbbbb", keeping("claim"));
      Pod second = node.pod(POD + "ccccc", keeping("claim"));
      assertEquals(0, found(first.start("app", COUNT)));
      PodContainer other = second.start("app", COUNT);
      assertEquals(0, found(other));
      node.remove(first);
      Await.until("one keeper is left", () -> node.keepers().size() == 1, node::log);

      other.kill();
      PodContainer again = second.start("app", COUNT);
      assertEquals(1, found(again), "its own state, though that of the first pod is free");
      node.remove(second);
      node.awaitNoKeeper();

      List<Long> counts =
          Stream.of("ddddd", "fffff")
              .map(name -> node.pod(POD + name, keeping("claim")))
              .map(pod -> found(pod.start("app", COUNT)))
              .sorted()
              .toList();
      assertEquals(List.of(1L, 2L), counts);
    }
  }
}
