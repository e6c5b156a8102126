package io.diffkeeper.delta;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class GainTest {
  private final Gain gain = new Gain();

  @Test
  void isNotLittleBeforeItWasMeasured() {
    assertFalse(gain.isLittle());
    gain.measured(1000, 900);
    assertTrue(gain.isLittle());
    gain.measured(1000, 40);
    assertFalse(gain.isLittle());
  }

  @Test
  void isMeasuredNowAndThen() {
    gain.measured(1000, 1000);
    for (int i = 0; i < 7; i++) {
      assertTrue(gain.isLittle());
      gain.unmeasured();
    }
    assertFalse(gain.isLittle());
    gain.measured(1000, 1000);
    assertTrue(gain.isLittle());
  }
}
