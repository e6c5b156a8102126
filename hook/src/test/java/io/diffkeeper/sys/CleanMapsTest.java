package io.diffkeeper.sys;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CleanMapsTest {
  /** Thrice, as what comes back in between must be what was there. */
  @Test
  void theProcessGoesOnWithoutThem() {
    Kernel kernel = new Kernel();
    List<String> built = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      assertTrue(CleanMaps.release(kernel) > 1 << 20, "nothing was given up");
      built.add(String.format("%d %s", i, System.getProperty("java.version")));
      System.gc();
    }
    assertTrue(built.get(2).startsWith("2 "));
  }
}
