package io.diffkeeper.system;

import static io.diffkeeper.system.PodsIT.KEEPING;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A node on which pods come and go. */
@Timeout(900)
class ManyPodsIT {
  private static final int PODS = 100;
  private static final int AT_ONCE = 6;
  private static final Path CGROUPS = Path.of("/sys/fs/cgroup");

  /** Every second one opts in. */
  private static boolean isKept(int number) {
    return number % 2 == 0;
  }

  private static String live(Node node, int number) {
    Map<String, String> annotations = isKept(number) ? KEEPING : Map.of();
    Pod pod = node.pod("pod-" + number, annotations);
    String script = "echo " + number + " > /data/number; echo ready; sleep 1000";
    PodContainer container = pod.start("app", "sh", "-c", script);
    container.await("ready");
    node.remove(pod);
    return container.id();
  }

  @Test
  void aHundredPodsLeaveNothingButTheirStates() throws Exception {
    try (Node node = Node.of(Node.containerds().get(2))) {
      ConcurrentLinkedQueue<String> ids = new ConcurrentLinkedQueue<>();
      ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
      List<Future<?>> lives = new ArrayList<>();
      for (int i = 0; i < PODS; i++) {
        int number = i;
        lives.add(threads.submit(() -> ids.add(live(node, number))));
      }
      threads.shutdown();
      for (Future<?> life : lives) {
        life.get();
      }
      node.awaitNoKeeper();
      assertEquals(PODS, ids.size());
      assertEquals(List.of(), mounts(node), "mounts are left");
      assertEquals(List.of(), cgroups(ids), "control groups are left");
      assertEquals(List.of(), sockets(node), "sockets are left");
      String states = node.cli("ls", "--json").expect(0).out();
      assertEquals(PODS / 2, states.split("\"state\" : ", -1).length - 1, states);
      node.cli("verify").expect(0);
      for (int i = 0; i < PODS; i += 2) {
        String state = "k8s/default/pod-" + i + "_app";
        assertEquals(i + "\n", node.cli("cat", state, "/data/number").expect(0).out());
      }
    }
  }

  private static List<String> lines(Path file, String with) throws IOException {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.filter(line -> line.contains(with)).toList();
    }
  }

  /** Of containers' and sandboxes' trees. */
  private static List<String> mounts(Node node) throws IOException {
    String bundles = node.containerd().bundle("").toString();
    return lines(Path.of("/proc/self/mounts"), bundles);
  }

  private static List<String> sockets(Node node) throws IOException {
    return lines(Path.of("/proc/net/unix"), node.runDir() + "/containers/");
  }

  private static List<Path> cgroups(ConcurrentLinkedQueue<String> ids) throws IOException {
    try (Stream<Path> all = Files.find(CGROUPS, 6, (path, found) -> found.isDirectory())) {
      return all.filter(path -> ids.contains(path.getFileName().toString())).toList();
    }
  }
}
