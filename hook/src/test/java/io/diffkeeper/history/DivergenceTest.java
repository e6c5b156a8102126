package io.diffkeeper.history;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where two runs part. */
class DivergenceTest {
  @TempDir Path scratch;

  /** Commits the lines of two runs; the first of each is what it starts with. */
  private List<String> compare(List<String> first, List<String> second) throws IOException {
    try (History history = new History(scratch.resolve(Integer.toString(first.hashCode())))) {
      for (String line : first) {
        history.commit(line, "run1");
      }
      for (String line : second) {
        history.commit(line, "run2");
      }
      return Divergence.between(history.store, History.STATE, "run1", "run2").stream()
          .map(
              point ->
                  (point.lasting() ? "" : "passing ")
                      + (point.first() ? "1 " : "2 ")
                      + point.operation()
                      + " "
                      + point.path().suffix(6))
          .toList();
    }
  }

  @Test
  void sameRunsDoNotPart() throws IOException {
    List<String> run = List.of("in=1", "in=1 out=2", "in=1 out=3");
    assertEquals(List.of(), compare(run, run));
  }

  @Test
  void aMomentThatOneRecordingMissedIsNoDifferenceInTheEnd() throws IOException {
    assertEquals(
        List.of("passing 1 create out"),
        compare(List.of("in=1", "in=1 out=2", "in=1 out=3"), List.of("in=1", "in=1 out=3")));
  }

  @Test
  void tellsTheFirstChangeOfWhatEndedDifferently() throws IOException {
    List<String> parted =
        compare(
            List.of("in=1", "in=1 seed=4", "in=1 seed=4 out=ok"),
            List.of("in=1", "in=1 seed=5", "in=1 seed=5 out=bad"));
    assertEquals(2, parted.size(), parted::toString);
    assertEquals("create seed", parted.get(0).substring(2));
  }

  @Test
  void tellsThatRunsStartedDifferently() throws IOException {
    List<String> parted = compare(List.of("in=1", "in=1 o=1"), List.of("in=2", "in=2 o=1"));
    assertEquals("null in", parted.get(0).substring(2), parted::toString);
    assertEquals(1, parted.size());
  }

  @Test
  void whatOneRunRemovedIsADifference() throws IOException {
    assertEquals(List.of("1 remove a"), compare(List.of("a=1 b=1", "b=1"), List.of("a=1 b=1")));
  }
}
