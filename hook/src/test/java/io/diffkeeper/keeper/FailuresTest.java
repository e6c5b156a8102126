package io.diffkeeper.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diffkeeper.ExitCode;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FailuresTest {
  @TempDir Path temp;

  @Test
  void countsEachCauseWhoeverMeetsIt() {
    assertEquals(Map.of(), new Failures(temp).counts());
    new Failures(temp).count(ExitCode.BUSY);
    new Failures(temp).count(ExitCode.NO_SPACE);
    new Failures(temp).count(ExitCode.BUSY);
    assertEquals(Map.of(ExitCode.BUSY, 2L, ExitCode.NO_SPACE, 1L), new Failures(temp).counts());
  }

  @Test
  void whereNothingCanBeWrittenNothingIsCounted() {
    Failures failures = new Failures(Path.of("/dev/null/run"));
    failures.count(ExitCode.BUSY);
    assertEquals(Map.of(), failures.counts());
  }
}
