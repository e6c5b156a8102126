package io.diffkeeper.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class BlocksTest {
  private static final long TRANSACTION = 7;
  private static final int MANY = 40;
  private static final long SECONDS_MAX = 60;

  private final Blocks blocks = new Blocks();

  private Blocks.Block filled(long number) {
    Blocks.Block block = blocks.hold(number, TRANSACTION, null);
    assertTrue(block.isToFill());
    block.room(Long.BYTES).putLong(0, number);
    block.end(true);
    return block;
  }

  @Test
  void areFilledOnceForAll() throws Exception {
    Blocks.Block block = blocks.hold(3, TRANSACTION, null);
    assertTrue(block.isToFill());
    CompletableFuture<Blocks.Block> other =
        CompletableFuture.supplyAsync(
            () -> {
              Blocks.Block same = blocks.hold(3, TRANSACTION, null);
              assertFalse(same.isToFill());
              assertNull(blocks.holdMissing(3, TRANSACTION, null), "another one fills it");
              assertTrue(same.await());
              return same;
            });
    block.room(Long.BYTES).putLong(0, 3);
    block.end(true);
    assertSame(block, other.get(SECONDS_MAX, TimeUnit.SECONDS));
    assertEquals(3, other.get().bytes().getLong(0));
  }

  @Test
  void areForTheNextOneToFillAfterAFailure() throws Exception {
    Blocks.Block block = blocks.hold(3, TRANSACTION, null);
    CompletableFuture<Boolean> other =
        CompletableFuture.supplyAsync(
            () -> {
              Blocks.Block same = blocks.hold(3, TRANSACTION, null);
              if (!same.isToFill()) { // else the failure was first
                assertFalse(same.await());
                same = blocks.hold(3, TRANSACTION, null);
              }
              return same.isToFill();
            });
    block.end(false);
    assertTrue(other.get(SECONDS_MAX, TimeUnit.SECONDS));
  }

  @Test
  void areNotTakenWhileTheyAreHeld() {
    List<Blocks.Block> held = new ArrayList<>();
    for (int number = 0; number < MANY; number++) {
      held.add(filled(number));
    }
    for (int number = 0; number < MANY; number++) {
      assertEquals(number, held.get(number).bytes().getLong(0));
      assertSame(held.get(number), blocks.hold(number, TRANSACTION, null));
    }
  }

  @Test
  void stayForTheNextOneButNotAll() {
    for (int number = 0; number < MANY; number++) {
      filled(number).release();
    }
    assertFalse(blocks.hold(MANY - 1, TRANSACTION, null).isToFill());
    assertTrue(blocks.hold(0, TRANSACTION, null).isToFill());
  }

  @Test
  void areOfOneTransactionAndOfOneThatWritesIfItDoes() {
    Blocks.Block block = filled(3);
    assertNotSame(block, blocks.hold(3, TRANSACTION + 1, null));
    Object writer = new Object();
    Blocks.Block written = blocks.hold(3, TRANSACTION, writer);
    assertNotSame(block, written);
    written.end(true);
    assertSame(written, blocks.hold(3, TRANSACTION, writer));
    assertNotNull(blocks.holdMissing(4, TRANSACTION, null));
  }
}
