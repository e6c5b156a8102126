package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Containers that start without hooks are seen by the tracer. */
@Timeout(600)
class TraceIT {
  private static final String WRITE = "echo 1 > /data/count; exec /busybox sleep 1000";
  private static final int BURST = 20;

  private static String call(String id, String runtime) {
    return id + " " + id + " " + runtime + " [] start";
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void whatARuntimeAloneStartsIsCaptured(String runtime) throws Exception {
    try (Yard yard = new Yard()) {
      yard.startTracer("--injector-cmd", yard.injector().toString());
      yard.assertLogged("events of the kernel");
      String kept = yard.next();
      String other = yard.next();
      yard.startBare(runtime, other, yard.bundle(other, "", WRITE));
      yard.startBare(runtime, kept, yard.bundle(kept, Yard.OPTED_IN, WRITE));
      yard.awaitLate(1);
      yard.exec(kept, "echo 2 >> /data/count");
      yard.kill(kept);
      yard.awaitNoKeeper();
      assertEquals("1\n2\n", yard.cli("cat", kept, "/data/count").expect(0).out());
      assertTrue(yard.cli("log", kept).out().contains("(late)"));
      yard.awaitCalls(List.of(call(other, runtime), call(kept, runtime)));
      assertFalse(yard.cli("ls").out().contains(other), "it did not opt in");
      String metrics = yard.cli("metrics", "--run-dir", "" + yard.runDir()).out();
      assertTrue(metrics.contains("service=\"trace\",outcome=\"adopted\"} 1"), metrics);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void whatPodmanStartsWithoutHooksIsCaptured(String runtime) throws Exception {
    try (Yard yard = new Yard()) {
      yard.startTracer("--injector-cmd", yard.injector().toString());
      String name = yard.next();
      String id = yard.startPodman(runtime, name, "sh", "-c", "echo 1 > /data/count; sleep 1000");
      yard.awaitLate(1);
      yard.podman(runtime, "exec", name, "sh", "-c", "echo 2 >> /data/count");
      yard.podman(runtime, "kill", name);
      yard.awaitNoKeeper();
      assertEquals("1\n2\n", yard.cli("cat", name, "/data/count").expect(0).out());
      yard.podman(runtime, "start", name);
      yard.awaitLate(1);
      yard.awaitCalls(List.of(call(id, "podman"), call(id, "podman")));
      yard.podman(runtime, "kill", name);
      yard.awaitNoKeeper();
    }
  }

  @Test
  void noneOfManyIsMissed() throws Exception {
    try (Yard yard = new Yard()) {
      yard.startTracer("--auto-inject=false", "--injector-cmd", yard.injector().toString());
      List<String> calls = new ArrayList<>();
      List<Path> bundles = new ArrayList<>();
      List<String> ids = new ArrayList<>();
      for (int i = 0; i < BURST; i++) {
        String id = yard.next();
        ids.add(id);
        bundles.add(yard.bundle(id, Yard.OPTED_IN, WRITE));
        calls.add(call(id, "crun"));
      }
      String brief = yard.next();
      Path ended = yard.bundle(brief, Yard.OPTED_IN, "true");
      for (int i = 0; i < BURST; i++) {
        yard.startBare("crun", ids.get(i), bundles.get(i));
      }
      yard.startBare("crun", brief, ended).end();
      Await.until(
          "all of them are told",
          () -> yard.calls().containsAll(calls),
          () -> yard.calls() + yard.log());
      for (String call : calls) {
        assertEquals(1, yard.calls().stream().filter(call::equals).count(), call);
      }
      assertTrue(yard.keepers().isEmpty(), "auto-inject is off");
      assertFalse(yard.log().contains("ERROR"), yard.log());
    }
  }

  @Test
  void whatRunsAlreadyIsCapturedWithoutEventsToo() throws Exception {
    try (Yard yard = new Yard("enable-ebpf = false")) {
      String earlier = yard.next();
      yard.startBare("runc", earlier, yard.bundle(earlier, Yard.OPTED_IN, WRITE));
      Await.until("it runs", () -> hasStarted(yard, earlier), yard::log);
      yard.startTracer("--injector-cmd", yard.injector().toString());
      yard.assertLogged("looking every second");
      yard.awaitLate(1);
      String later = yard.next();
      yard.startBare("crun", later, yard.bundle(later, Yard.OPTED_IN, WRITE));
      yard.awaitLate(2);
      yard.awaitCalls(List.of(call(later, "crun")));
      yard.killKeepers();
      yard.exec(earlier, "echo 2 >> /data/count");
      yard.awaitLate(2);
      yard.assertLogged("its keeper died, it gets another");
      yard.kill(earlier);
      yard.kill(later);
      yard.awaitNoKeeper();
      assertEquals("1\n2\n", yard.cli("cat", earlier, "/data/count").expect(0).out());
    }
  }

  private static boolean hasStarted(Yard yard, String id) {
    return yard.run(null, List.of("runc", "state", id)).out().contains("\"running\"");
  }

  @Test
  void aMistakeIsToldInOneLine() throws IOException {
    try (Yard yard = new Yard()) {
      Run run = yard.run(null, List.of(tracer(), "trace", "--injector-cmd", "relative"));
      run.expect(10);
      assertEquals("diffkeeper-shim: --injector-cmd: not an absolute path: relative\n", run.err());
      run = yard.run(null, List.of(tracer(), "trace", "--cgroup", "relative"));
      run.expect(2);
      assertEquals(1, run.err().lines().count(), run.err());
    }
  }

  private static String tracer() {
    return Host.dist().resolve("bin/diffkeeper-shim").toString();
  }
}
