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
  void countsWhatIsDoneAndTheShareOfWhatIsUnderWay() {
    Meter meter = new Meter();
    meter.expect(8);
    meter.done(2);
    assertEquals(0.25, meter.share());
    meter.begin(4, () -> 0.5);
    assertEquals(0.5, meter.share());
    meter.begin(4, () -> 7);
    assertEquals(0.75, meter.share());
    meter.done(4);
    assertEquals(0.75, meter.share());
    meter.done(40);
    assertEquals(1, meter.share());
  }
}
