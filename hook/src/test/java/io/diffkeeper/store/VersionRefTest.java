package io.diffkeeper.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.diffkeeper.DedupScope;
import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.HashAlgorithm;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Versions as people write them: of two runs of three versions each, 10 s from one to the next. */
class VersionRefTest {
  private static final Instant START = Instant.parse("2026-11-22T10:00:00Z");
  private static final StateName NAME = new StateName("podman", "job");
  @TempDir static Path scratch;

  @BeforeAll
  static void write() {
    try (Store store = Store.open(scratch.resolve("store"))) {
      store.create(NAME, HashAlgorithm.SHA256, DedupScope.CLUSTER, "");
      for (int i = 0; i < 6; i++) {
        try (VersionWriter writer = store.writer(NAME)) {
          var root = writer.directory(List.of());
          Origin origin = new Origin(i < 3 ? "run1" : "run2", "");
          Instant time = START.plusSeconds(10L * i);
          writer.commit(
              new Draft(Draft.LATEST, root, root, time, origin, Cut.SETTLED, "test", false, 0, 0));
        }
      }
    }
  }

  private static long find(String which) {
    try (Store store = Store.openExisting(scratch.resolve("store"))) {
      return VersionRef.parse("job@" + which, "podman").find(store).version().number();
    }
  }

  @Test
  void findsWhatIsMeant() {
    assertEquals(6, find("latest"));
    assertEquals(2, find("2"));
    assertEquals(4, find("~2"));
    assertEquals(6, find("-1s"));
    assertEquals(3, find("2026-11-22T10:00:29Z"));
    assertEquals(3, find("run1"));
    assertEquals(1, find("+0s"));
    assertEquals(2, find("+19s"));
    assertEquals(4, find("run2+9.5s"));
    assertEquals(5, find("run2+10s"));
    assertEquals(3, find("run1+1h"));
  }

  @Test
  void saysWhatIsNotThereAndWhatIsNoVersion() {
    for (String none :
        List.of("7", "~6", "run3", "run3+1s", "2026-11-22T09:00:00Z", "2000-01-01")) {
      assertEquals(ExitCode.NOT_FOUND, refusal(none), none);
    }
    for (String wrong :
        List.of("", "~", "~-1", "~99999999999", "+", "run1+", "+soon", "99999999999999999999")) {
      assertEquals(ExitCode.USAGE, refusal(wrong), wrong);
    }
  }

  private static ExitCode refusal(String which) {
    return assertThrows(DiffKeeperException.class, () -> find(which)).exitCode();
  }
}
