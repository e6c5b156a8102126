package io.diffkeeper.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The line that people see while something takes time. */
class ProgressTest {
  private static String line(long done, long total, long seconds) {
    double share = Progress.share(done, total);
    return Progress.line("export", done, share, TimeUnit.SECONDS.toNanos(seconds));
  }

  @Test
  void hasShareRateAndRemainingTime() {
    assertEquals(
        "export [######..................]  25 %  1.0 MiB/s  1:15 left",
        line(25 << 20, 100 << 20, 25));
    assertEquals("export [........................]   0 %  0 B/s", line(0, 100, 2));
    assertEquals("export [########################] 100 %  10 B/s  0:00 left", line(120, 100, 12));
  }

  @Test
  void hasWhatIsKnownWhereTheEndIsNot() {
    assertEquals("export  3.0 KiB  1.0 KiB/s  0:03", line(3072, 0, 3));
  }

  @Test
  void doesTheWorkWhereThereIsNoTerminal() throws IOException {
    assertEquals("done", Progress.during("work", () -> 0, 0, () -> "done"));
  }
}
