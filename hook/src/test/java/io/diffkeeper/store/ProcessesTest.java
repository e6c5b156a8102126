package io.diffkeeper.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.Retention;
import io.diffkeeper.tree.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many processes at once, some of them killed: by default a few times, and as often as {@code
 * -Ddiffkeeper.kills} says ({@code make test-crash}).
 */
class ProcessesTest {
  private static final int KILLS = Integer.getInteger("diffkeeper.kills", 16);
  private static final int COLLECTOR_LIVES = 3;
  private static final int WAIT_SECONDS = 120;
  private static final String KEEP_LAST = "20";
  private static final StateName KILLED = new StateName("podman", "killed");
  private static final StateName STEADY = new StateName("podman", "steady");

  @TempDir Path temp;

  @Test
  void keepsWhatAKilledWriterWasToldOf() throws Exception {
    long seed = new Random().nextLong();
    System.out.println("ProcessesTest seed " + seed);
    Random random = new Random(seed);
    String dir = temp.resolve("store").toString();
    Child collector = null;
    try (Child steady = Child.start(temp, Child.QUICK, "write", dir, "steady", "100000")) {
      steady.line();
      for (int i = 0; i < KILLS; i++) {
        if (i % COLLECTOR_LIVES == 0) {
          if (collector != null) {
            collector.kill("");
          }
          collector = Child.start(temp, Child.QUICK, "collect", dir, KEEP_LAST);
        }
        String acknowledged = null;
        try (Child child = Child.start(temp, Child.QUICK, "write", dir, "killed", "100000")) {
          for (int lines = 1 + random.nextInt(6); lines > 0; lines--) {
            acknowledged = child.line();
          }
          long at = System.nanoTime() + random.nextInt(20_000_000);
          while (System.nanoTime() < at) {
            Thread.onSpinWait();
          }
          acknowledged = child.kill(acknowledged);
        }
        try (Store store = Store.openExisting(temp.resolve("store"))) {
          long latest = store.state(KILLED).orElseThrow().latest().number();
          assertTrue(latest >= Long.parseLong(acknowledged), latest + " < " + acknowledged);
          Child.check(store, KILLED, latest);
        }
      }
      long acknowledged = Long.parseLong(steady.kill("1"));
      collector.kill("");
      try (Store store = Store.openExisting(temp.resolve("store"))) {
        VerifyReport report = store.verify(null);
        assertEquals(List.of(), report.problems());
        System.out.println("ProcessesTest: " + report.versions() + " versions");
        for (StateName state : List.of(KILLED, STEADY)) {
          for (Version version : store.versions(state)) {
            Child.check(store, state, version.number());
          }
        }
        assertTrue(store.state(STEADY).orElseThrow().latest().number() >= acknowledged);
      }
    } finally {
      if (collector != null) {
        collector.close();
      }
    }
  }

  @Test
  void followsAMapThatAnotherProcessHasGrown() throws Exception {
    Path dir = temp.resolve("store");
    try (Store store = Store.open(dir, Child.MAP_BYTES)) {
      store.create(KILLED, HashAlgorithm.SHA256, "nginx");
      String count = "60";
      try (Child child = Child.start(temp, Child.QUICK, "write", dir.toString(), "other", count)) {
        assertEquals(0, child.end());
      }
      assertTrue(store.fileBytes() > Child.MAP_BYTES, "file " + store.fileBytes());
      StateName other = new StateName("podman", "other");
      assertEquals(60, store.versions(other).size());
      Trees.commit(store, KILLED, Child.content(1));
      Child.check(store, other, 60);
      Child.check(store, KILLED, 1);
    }
  }

  @Test
  void usesAgainWhatDeadReadersKept() throws Exception {
    Path dir = temp.resolve("store");
    try (Store store = Store.open(dir)) {
      store.create(KILLED, HashAlgorithm.SHA256, "nginx");
      Trees.commit(store, KILLED, Child.content(1));
      for (int i = 0; i < 2; i++) {
        try (Child reader = Child.start(temp, Child.QUICK, "hold", dir.toString())) {
          assertEquals("reading", reader.line());
          reader.kill("");
        }
      }
      for (int number = 2; number < 600; number++) {
        Trees.commit(store, KILLED, Child.content(number % 20));
        if (number % 50 == 0) {
          store.forget(KILLED, new Retention(1, Duration.ZERO, 0, 0, 0), Instant.now());
          store.collect(false);
        }
      }
      assertTrue(store.fileBytes() < 60 << 20, "file " + store.fileBytes());
      assertEquals(List.of(), store.verify(null).problems());
    }
  }

  /** As an export to a slow disk: no transaction is open while it writes. */
  @Test
  void usesAgainWhatIsFreeWhileSomebodyReadsSlowly() throws Exception {
    byte[] bytes = new byte[1 << 20];
    new Random(5).nextBytes(bytes);
    ExecutorService threads = Executors.newSingleThreadExecutor();
    try (Store store = Store.open(temp.resolve("store"))) {
      store.create(Trees.WEB, HashAlgorithm.SHA256, "nginx");
      store.create(KILLED, HashAlgorithm.SHA256, "nginx");
      Version version = Trees.commit(store, Trees.WEB, Contents.of(bytes));
      Entry data = store.directory(Trees.WEB, version.root()).get(0);
      Entry file = store.directory(Trees.WEB, data.content()).get(0);
      CountDownLatch reading = new CountDownLatch(1);
      CountDownLatch written = new CountDownLatch(1);
      Contents.Sink sink = new Contents.Sink();
      Future<?> reader = threads.submit(() -> readSlowly(store, file, sink, reading, written));
      assertTrue(reading.await(WAIT_SECONDS, TimeUnit.SECONDS), "reads");
      for (int number = 1; number < 300; number++) {
        Trees.commit(store, KILLED, Child.content(number % 20));
        if (number % 20 == 0) {
          store.forget(KILLED, new Retention(1, Duration.ZERO, 0, 0, 0), Instant.now());
          store.collect(false);
        }
      }
      written.countDown();
      reader.get();
      assertArrayEquals(bytes, sink.bytes.toByteArray());
      assertTrue(store.fileBytes() < 12 << 20, "file " + store.fileBytes());
    } finally {
      threads.shutdownNow();
    }
  }

  private static Void readSlowly(
      Store store, Entry file, Contents.Sink to, CountDownLatch reading, CountDownLatch written)
      throws IOException {
    store.read(
        Trees.WEB,
        file,
        new ContentSink() {
          @Override
          public void data(long offset, ByteBuffer from) throws IOException {
            reading.countDown();
            try {
              written.await();
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
            to.data(offset, from);
          }

          @Override
          public void hole(long offset, long length) throws IOException {
            to.hole(offset, length);
          }
        });
    return null;
  }

  @Test
  void letsThreadsWriteAndVerifyAtOnce() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (Store store = Store.open(temp.resolve("store"), Child.MAP_BYTES)) {
      List<Future<?>> writers = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        StateName name = new StateName("podman", "t" + i);
        store.create(name, HashAlgorithm.SHA256, "nginx");
        writers.add(threads.submit(() -> writeSome(store, name)));
      }
      Future<?> verifier =
          threads.submit(
              () -> {
                do {
                  assertEquals(List.of(), store.verify(null).problems());
                } while (writers.stream().anyMatch(w -> !w.isDone()));
              });
      for (Future<?> writer : writers) {
        writer.get();
      }
      verifier.get();
      for (StateInfo state : store.states()) {
        assertEquals(12, store.versions(state.name()).size());
        for (Version version : store.versions(state.name())) {
          Child.check(store, state.name(), version.number());
        }
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static Void writeSome(Store store, StateName name) throws IOException {
    for (long number = 1; number <= 12; number++) {
      try (VersionWriter writer = store.writer(name)) {
        FileContent content = writer.file(Child.content(number));
        var data = writer.directory(List.of(Trees.file("f", content)));
        writer.commit(Trees.draft(writer.directory(List.of(Trees.directory("/data", data)))));
      }
    }
    return null;
  }

  @Test
  void sharesAStoreThatTheProcessHasOpenAlready() throws Exception {
    try (Store one = Store.open(temp.resolve("store"))) {
      one.create(KILLED, HashAlgorithm.SHA256, "nginx");
      try (Store two = Store.open(temp.resolve("store"))) {
        assertTrue(two.state(KILLED).isPresent());
      }
      assertTrue(one.state(KILLED).isPresent());
    }
  }
}
