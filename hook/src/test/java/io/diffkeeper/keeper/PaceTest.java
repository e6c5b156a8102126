package io.diffkeeper.keeper;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PaceTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  @Test
  void spendsWhatItHasSavedAndThenNoMoreThanItsShare() {
    Pace pace = new Pace(0.25, 0);
    assertTrue(pace.allows(true, 0, 0));
    pace.spent(2 * SECOND, 0);
    assertFalse(pace.allows(false, 0, 3 * SECOND));
    assertTrue(pace.allows(false, 0, 4 * SECOND + 1));
  }

  @Test
  void leavesHalfOfItsSavingsToWhatSeldomChanges() {
    Pace pace = new Pace(0.25, 0);
    pace.spent(3 * SECOND / 4, 0);
    assertFalse(pace.allows(true, 0, SECOND / 2));
    assertTrue(pace.allows(false, 0, SECOND / 2));
    assertTrue(pace.allows(true, 0, SECOND + 1));
  }

  @Test
  void keepsNothingWaitingForLongerThanHalfAMinute() {
    Pace pace = new Pace(0.01, 0);
    pace.spent(100 * SECOND, 0);
    assertFalse(pace.allows(false, 29 * SECOND, 29 * SECOND));
    assertTrue(pace.allows(true, 30 * SECOND, 30 * SECOND));
  }

  @Test
  void withoutAShareThereIsNoLimit() {
    Pace pace = new Pace(0, 0);
    pace.spent(100 * SECOND, 0);
    assertTrue(pace.allows(true, 0, 0));
  }
}
