package io.diffkeeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantityTest {
  private static final Duration DAY = Duration.ofDays(1);

  @ParameterizedTest
  @CsvSource({"0,0", "4096,4096", "64k,65536", "64K,65536", "1m,1048576", "2g,2147483648"})
  void readsSizes(String text, long bytes) {
    assertEquals(bytes, Quantity.bytes(text, 0, Long.MAX_VALUE));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "k", "-1", "+1", " 1", "1 k", "1.5k", "1kb", "٣k", "1234567890123"})
  void refusesWhatIsNoSize(String text) {
    assertThrows(
        IllegalArgumentException.class, () -> Quantity.bytes(text, Long.MIN_VALUE, Long.MAX_VALUE));
  }

  @Test
  void refusesSizesThatDoNotFitALong() {
    assertThrows(
        IllegalArgumentException.class, () -> Quantity.bytes("999999999999g", 0, Long.MAX_VALUE));
  }

  @ParameterizedTest
  @CsvSource({"0ms,0", "100ms,100", "10s,10000", "5m,300000", "2h,7200000", "1d,86400000"})
  void readsDurations(String text, long millis) {
    assertEquals(Duration.ofMillis(millis), Quantity.duration(text, Duration.ZERO, DAY));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "10", "s", "1w", "1.5s", "-1s", "1 s", "25h", "999999999999h"})
  void refusesWhatIsNoDurationInRange(String text) {
    assertThrows(IllegalArgumentException.class, () -> Quantity.duration(text, Duration.ZERO, DAY));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "11", "1x", "-1", "99999999999999999999"})
  void refusesWhatIsNoCountInRange(String text) {
    assertThrows(IllegalArgumentException.class, () -> Quantity.count(text, 1, 10));
  }

  @Test
  void namesTheChoicesWhenItIsNone() {
    IllegalArgumentException none =
        assertThrows(
            IllegalArgumentException.class, () -> Quantity.choice("md5", HashAlgorithm.class));
    assertEquals("not one of sha256, blake3: md5", none.getMessage());
    assertThrows(
        IllegalArgumentException.class, () -> Quantity.choice("SHA256", HashAlgorithm.class));
  }

  @Test
  void showsTextFromOutsideOnOneShortLine() {
    assertEquals("a\\u000ab\\u001b[0m", Quantity.shown("a\nb\u001b[0m"));
    assertEquals(81, Quantity.shown("x".repeat(1000)).length());
  }
}
