package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.system.cri.ContainerState;
import io.diffkeeper.system.cri.ContainerStatus;
import io.grpc.StatusRuntimeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Pods on containerd, whose containers get their hooks from the runtime wrapper. */
@Timeout(600)
class PodsIT {
  static final Map<String, String> KEEPING = Map.of("io.diffkeeper.state-dir", "/data");

  /** Says what it finds, adds a line, and waits. */
  static final String[] COUNT = {
    "sh", "-c", "cat /data/count; echo 1 >> /data/count; echo ready; sleep 1000"
  };

  private static List<Path> containerds() {
    return Node.containerds();
  }

  static long found(PodContainer container) {
    return container.await("ready").stream().filter(line -> line.matches("\\d+")).count();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("containerds")
  void aContainersStateIsBackBeforeItsFirstInstructionHoweverItEnded(Path programs)
      throws Exception {
    try (Node node = Node.of(programs)) {
      Pod pod = node.pod("web", KEEPING);
      PodContainer first = pod.start("app", COUNT);
      assertEquals(0, found(first));
      first.stop(0);
      first.remove();

      PodContainer again = pod.start("app", COUNT);
      assertEquals(1, found(again));
      again.kill();

      PodContainer beside = pod.start("app", COUNT);
      assertEquals(2, found(beside));
      node.remove(pod);

      Pod recreated = node.pod("web", KEEPING);
      assertEquals(3, found(recreated.start("app", COUNT)));
      assertTrue(node.cli("ls").out().contains("k8s/default/web_app"), () -> node.cli("ls").out());
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("containerds")
  void eachContainerOfAPodHasItsOwnState(Path programs) throws Exception {
    try (Node node = Node.of(programs)) {
      Map<String, String> annotations =
          Map.of(
              "io.diffkeeper.state-dir.one", "/data",
              "io.diffkeeper.state-dir.two", "/data,/var");
      for (int life = 0; life < 2; life++) {
        Pod pod = node.pod("both", annotations);
        assertEquals(life, found(pod.start("one", COUNT)));
        assertEquals(life, found(pod.start("two", COUNT)));
        assertEquals(0, found(pod.start("three", COUNT)));
        assertEquals(2, node.keepers().size());
        node.remove(pod);
      }
      String states = node.cli("ls").out();
      assertTrue(states.contains("both_one") && states.contains("both_two"), states);
      assertTrue(!states.contains("both_three"), states);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("containerds")
  void aSandboxHasNoHooks(Path programs) throws Exception {
    try (Node node = Node.of(programs)) {
      Pod pod = node.pod("plain", KEEPING);
      assertTrue(!node.specOf(pod.id()).contains("diffkeeper-hook"), node.specOf(pod.id()));
      PodContainer container = pod.start("app", COUNT);
      String spec = node.specOf(container.id());
      assertTrue(spec.contains("diffkeeper-hook"), spec);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("containerds")
  void aMalformedAnnotationIsTheReasonWhyAContainerDoesNotStart(Path programs) throws Exception {
    try (Node node = Node.of(programs)) {
      Pod pod = node.pod("wrong", Map.of("io.diffkeeper.state-dir", "data"));
      assertRefused(pod, "diffkeeper: annotation io.diffkeeper.state-dir: ");
    }
  }

  /** The container does not start, and its status says why. */
  private static void assertRefused(Pod pod, String why) {
    PodContainer container = pod.create("app", Images.FIRST, "sleep", "1000");
    StatusRuntimeException refused = assertThrows(StatusRuntimeException.class, container::start);
    ContainerStatus status = container.status();
    assertEquals(ContainerState.CONTAINER_EXITED, status.getState());
    for (String text : List.of(refused.getMessage(), status.getMessage())) {
      assertTrue(text.contains(why), text);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("containerds")
  void whatCannotBeGivenItsHooksDoesNotStartUnlessTheOperatorWantsThat(Path programs)
      throws Exception {
    try (Node node = Node.of(programs)) {
      Pod pod = node.pod("web", KEEPING);
      node.installed().configure("no-such-key = \"x\"");
      assertRefused(pod, "etc/diffkeeper/runtime.toml:3: unknown or malformed: no-such-key");
      node.installed().configure("on-failure = \"continue\"", "no-such-key = \"x\"");
      assertEquals(0, found(pod.start("app", COUNT)));
      assertEquals(0, node.keepers().size());
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("containerds")
  void withoutTheWrapperOnlyPodsThatWantItFail(Path programs) throws Exception {
    try (Node node = Node.of(programs)) {
      Files.delete(node.installed().wrapper());
      Pod plain = node.pod("", "plain", KEEPING);
      assertEquals(0, found(plain.start("app", COUNT)));
      StatusRuntimeException refused =
          assertThrows(StatusRuntimeException.class, () -> node.pod("kept", KEEPING));
      String wrapper = node.installed().wrapper().toString();
      assertTrue(refused.getMessage().contains(wrapper), refused.getMessage());
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("containerds")
  void keepersDoNotNeedContainerd(Path programs) throws Exception {
    try (Node node = Node.of(programs)) {
      Pod pod = node.pod("web", KEEPING);
      PodContainer container = pod.start("app", COUNT);
      assertEquals(0, found(container));
      long keeper = node.keepers().get(0).pid();
      node.containerd().kill();
      node.containerd().start();
      assertEquals(keeper, node.keepers().get(0).pid());
      container.exec("sh", "-c", "echo 2 >> /data/count");
      container.kill();
      node.awaitNoKeeper();
      assertEquals(2, found(pod.start("app", COUNT)));
    }
  }

  @Test
  void theRealRuntimeMayBeAnyOther() throws Exception {
    try (Node node = Node.of(containerds().get(0))) {
      node.installed().configure("runtime = \"crun\"");
      Pod pod = node.pod("web", KEEPING);
      PodContainer first = pod.start("app", COUNT);
      assertEquals(0, found(first));
      first.kill();
      assertEquals(1, found(pod.start("app", COUNT)));
    }
  }
}
