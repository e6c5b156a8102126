package io.diffkeeper.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RingNumberTest {
  @Test
  void ringsOfALivingProcessAreReadAndNoTwoAreAlike() {
    long number = RingNumber.next();
    assertNotEquals(number, RingNumber.next());
    assertTrue(RingNumber.isRead(number));
  }

  @Test
  void momentsDifferByProcessAndByTime() {
    long moment = RingNumber.moment();
    assertNotEquals(moment, RingNumber.moment());
    assertEquals(ProcessHandle.current().pid(), moment & (1 << 22) - 1);
  }
}
