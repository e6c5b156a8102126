package io.diffkeeper.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.store.StateName;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeeperStatusTest {
  @Test
  void survivesTheWayOverTheSocketWhateverAFileIsCalled() {
    StateName state = new StateName("podman", "web");
    List<KeeperStatus.Hot> hot =
        List.of(
            new KeeperStatus.Hot("/data/a b=c\nd\u00e4%20", 12.5),
            new KeeperStatus.Hot("/data/e", 0));
    Figures figures = new Figures();
    figures.replayed(17);
    figures.stored(1234);
    figures.committed(2);
    figures.committed(3);
    figures.committed(1_000_000);
    figures.failed(new DiffKeeperException(ExitCode.NO_SPACE, "full"));
    Durations commits = figures.snapshot().commits();
    assertEquals(List.of(1L, 1L), commits.counts().subList(0, 2));
    assertEquals(1, commits.counts().get(Durations.BOUNDS_MILLIS.size()));
    assertEquals(1_000_005, commits.millis());
    assertEquals(17, figures.snapshot().replays().millis());
    assertEquals(Map.of(15, 1L), figures.snapshot().failures());
    KeeperStatus status =
        new KeeperStatus(
            state,
            "c1",
            7,
            "scan",
            1,
            2,
            3,
            4,
            5,
            "settled",
            6,
            8,
            9,
            10,
            11,
            12,
            13,
            figures.snapshot(),
            hot);
    assertEquals(1, status.line().lines().count());
    assertEquals(status, KeeperStatus.of(status.line()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "nonsense", "name=x", "name=%zz"})
  void refusesWhatIsNone(String line) {
    assertThrows(IllegalArgumentException.class, () -> KeeperStatus.of(line));
  }
}
