package io.diffkeeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class MeterTest {
  @Test
  void knowsNothingBeforeItIsToldHowMuchThereIs() {
    assertTrue(new Meter().share() < 0);
  }

  @Test
  void countsWhatIsDone() {
    Meter meter = new Meter();
    meter.expect(8);
    meter.done(2);
    assertEquals(0.25, meter.share());
    meter.done(40);
    assertEquals(1, meter.share());
  }
}
