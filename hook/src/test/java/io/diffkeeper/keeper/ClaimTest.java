package io.diffkeeper.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.DedupScope;
import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.User;
import io.diffkeeper.config.Configuration;
import io.diffkeeper.files.Ids;
import io.diffkeeper.oci.OptIn;
import io.diffkeeper.replay.ReplayMode;
import io.diffkeeper.store.Cut;
import io.diffkeeper.store.Draft;
import io.diffkeeper.store.Origin;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.Tuning;
import io.diffkeeper.store.VersionWriter;
import io.diffkeeper.tree.Digest;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Which state of a set a pod gets. */
@Timeout(120)
class ClaimTest {
  private static final int PODS = 8;
  private static final StateName SET = new StateName("k8s/shop", "web_app");
  private static final Origin ORIGIN = new Origin("c1", "");

  @TempDir Path scratch;
  private Configuration configuration;
  private Store store;
  private final List<Claim> held = new ArrayList<>();

  @BeforeEach
  void open() {
    configuration =
        Configuration.defaults(User.current(), Map.of())
            .with("store", scratch.resolve("store").toString())
            .with("lock-wait", "50ms");
    store = Store.open(configuration.store());
  }

  @AfterEach
  void close() {
    held.forEach(claim -> claim.lock().close());
    store.close();
  }

  private Subject subject(String pod) {
    return new Subject(
        SET,
        Optional.of(pod),
        ORIGIN,
        "",
        false,
        "a container" + Claim.mark(pod),
        Optional.of(ReplayMode.MERGE),
        Optional.empty(),
        OptIn.Consistency.SETTLED,
        path -> false,
        Ids.SAME,
        Optional.empty(),
        HashAlgorithm.SHA256,
        DedupScope.CLUSTER,
        Tuning.DEFAULT);
  }

  private void commit(StateName state) {
    store.create(state, HashAlgorithm.SHA256, "");
    try (VersionWriter writer = store.writer(state)) {
      Digest root = writer.directory(List.of());
      writer.commit(
          new Draft(
              Draft.LATEST, root, root, Instant.now(), ORIGIN, Cut.SETTLED, "none", true, 0, 0));
    }
  }

  private Claim take(String pod) {
    Claim claim = Claim.take(configuration, store, subject(pod));
    held.add(claim);
    return claim;
  }

  private static String number(Claim claim) {
    return claim.state().name().replaceFirst(".*_", "");
  }

  @Test
  void aPodTakesTheFirstFreeOneAndGetsItAgain() {
    Claim first = take("a");
    Claim second = take("b");
    assertEquals(List.of("0", "1"), List.of(number(first), number(second)));
    assertTrue(Claim.isTaken(configuration.store(), subject("a")));
    first.lock().close();
    second.lock().close();
    assertFalse(Claim.isTaken(configuration.store(), subject("a")));
    assertEquals("1", number(take("b")), "its own, though another is free");
    assertEquals("0", number(take("c")), "a free one of a pod that is gone");
  }

  @Test
  void ratherOneThatHasVersionsThanOneThatHasNone() {
    Claim first = take("a");
    Claim second = take("b");
    commit(second.state());
    first.lock().close();
    second.lock().close();
    assertEquals("1", number(take("c")));
    assertEquals("0", number(take("d")));
  }

  @Test
  void whoseOwnIsHeldGetsNoOther() {
    take("a");
    DiffKeeperException busy = assertThrows(DiffKeeperException.class, () -> take("a"));
    assertEquals(ExitCode.BUSY, busy.exitCode());
  }

  @Test
  void noTwoGetTheSame() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(PODS);
    try {
      List<Callable<Claim>> all = new ArrayList<>();
      for (int i = 0; i < PODS; i++) {
        String pod = "pod" + i;
        all.add(() -> Claim.take(configuration, store, subject(pod)));
      }
      Set<StateName> states = new HashSet<>();
      for (Future<Claim> each : threads.invokeAll(all)) {
        held.add(each.get());
        states.add(each.get().state());
      }
      assertEquals(PODS, states.size());
    } finally {
      threads.shutdownNow();
    }
  }
}
