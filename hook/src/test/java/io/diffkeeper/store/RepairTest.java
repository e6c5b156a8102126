package io.diffkeeper.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.Meter;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is damaged: after a repair all is sound, and nothing is there that was not. */
class RepairTest {
  private static final int TRIES = Integer.getInteger("diffkeeper.repairs", 60);
  private static final int PAGE = 4096;

  /** The same for all, as it takes long to make. */
  @TempDir static Path temp;

  private static final long seed = new Random().nextLong();
  private static final Random random = new Random(seed);
  private static RandomStore sample;
  private int whole;
  private int damaged;
  private int dropped;

  @BeforeAll
  static void make() throws IOException {
    System.out.println("RepairTest seed " + seed);
    sample = RandomStore.make(temp, random);
  }

  private static Path dir() throws IOException {
    return Files.createTempDirectory(temp, "try").resolve("store");
  }

  private RepairReport repair(Path dir) {
    return Repair.run(dir, null, false, RandomStore.STATES, new Meter());
  }

  /** Damages the file, repairs it, and compares what is there with what was. */
  private void tryRepair(byte[] bytes, String what) throws IOException {
    String where = what + ", seed " + seed;
    Path dir = RandomStore.store(dir(), bytes);
    boolean found = !isSound(dir);
    RepairReport report = repair(dir);
    assertEquals(found, !report.ok(), where + ": " + report);
    try (Store store = Store.openExisting(dir)) {
      assertEquals(List.of(), store.verify(null).problems(), where);
      assertStates(store, where);
      long marked = 0;
      for (Version version : sample.versions()) {
        marked += assertWholeOrMarked(store, version, report, where) ? 1 : 0;
      }
      assertEquals(report.damaged(), marked, where);
      store.create(Trees.WEB, HashAlgorithm.SHA256, "nginx");
      Trees.commit(store, "more", Contents.of(new byte[100_000]));
      store.collect(true);
      assertEquals(List.of(), store.verify(null).problems(), where);
    }
    assertTrue(repair(dir).ok(), where);
    byte[] kept = report.kept() == null ? null : Files.readAllBytes(report.kept());
    assertTrue(kept == null || Arrays.equals(bytes, kept), where);
  }

  private static boolean isSound(Path dir) {
    try (Store store = Store.openExisting(dir)) {
      return store.verify(null).ok();
    } catch (DiffKeeperException e) {
      assertEquals(ExitCode.CORRUPT, e.exitCode(), e.getMessage());
      return false;
    }
  }

  private void assertStates(Store store, String where) {
    for (StateInfo state : store.states()) {
      StateInfo before =
          sample.states().stream()
              .filter(s -> s.name().equals(state.name()))
              .findFirst()
              .orElseThrow();
      boolean empty = state.latest() == null; // then nothing tells its space
      assertTrue(empty || before.space().equals(state.space()), where);
      boolean same = before.imageRepository().equals(state.imageRepository());
      assertTrue(same || state.imageRepository().equals("(unknown)"), where);
    }
  }

  /** Whether it is marked; fails if it is neither what it was, nor marked, nor said to be lost. */
  private boolean assertWholeOrMarked(
      Store store, Version before, RepairReport report, String where) throws IOException {
    Version after =
        store.state(Trees.WEB).flatMap(s -> store.version(Trees.WEB, before.number())).orElse(null);
    if (after == null) {
      assertTrue(!report.losses().isEmpty(), where);
      dropped++;
      return false;
    }
    List<Entry> root = store.directory(Trees.WEB, after.root());
    if (after.equals(before)) {
      Trees.assertSame(store, sample.node(before), root.get(0).content());
      whole++;
      return false;
    }
    assertEquals(before.damaged(after.root(), after.base()), after, where);
    boolean isNamed = report.losses().stream().anyMatch(p -> p.versions().contains(after.number()));
    assertTrue(isNamed, where + ": " + report);
    assertPart(store, sample.node(before), root.get(0), where);
    damaged++;
    return true;
  }

  /** Whatever is there is as it was. */
  private void assertPart(Store store, Trees.Node expected, Entry directory, String where)
      throws IOException {
    for (Entry entry : store.directory(Trees.WEB, directory.content())) {
      Map<Name, Trees.Node> children = expected.children();
      Trees.Node node = children.get(entry.name());
      assertEquals(node.metadata(), entry.metadata(), where);
      assertEquals(node.target(), entry.target(), where);
      if (entry.type() == FileType.DIRECTORY) {
        assertPart(store, node, entry, where);
      } else if (entry.type() == FileType.FILE) {
        Trees.assertSame(store, node.contents(), entry);
      }
    }
  }

  private void flip(byte[] bytes, int at) {
    bytes[at] ^= (byte) (1 + random.nextInt(255));
  }

  @Test
  void savesWhatIsNotDamagedByAFlippedByte() throws IOException {
    for (int i = 0; i < TRIES; i++) {
      byte[] bytes = sample.bytes().clone();
      int at = i < TRIES / 4 ? random.nextInt(bytes.length / PAGE) * PAGE : 0;
      at += random.nextInt(at > 0 ? 64 : bytes.length); // headers of pages, and anywhere
      flip(bytes, at);
      tryRepair(bytes, "byte " + at);
    }
    System.out.printf("RepairTest: %d whole, %d damaged, %d lost%n", whole, damaged, dropped);
    assertTrue(whole > 3 * damaged && whole > 5 * dropped, "most versions are saved");
  }

  @Test
  void savesWhatIsInOtherPages() throws IOException {
    int pages = sample.bytes().length / PAGE;
    for (int page = 0; page < pages; page++) {
      byte[] bytes = sample.bytes().clone();
      Arrays.fill(bytes, page * PAGE, (page + 1) * PAGE, (byte) (random.nextBoolean() ? 0 : -1));
      tryRepair(bytes, "page " + page);
    }
    System.out.printf("RepairTest: %d whole, %d damaged, %d lost%n", whole, damaged, dropped);
    assertTrue(whole > damaged && whole > dropped, "most versions are saved");
  }

  @Test
  void savesWhatIsLeftOfMuchDamage() throws IOException {
    for (int i = 0; i < TRIES / 5; i++) {
      byte[] bytes = sample.bytes().clone();
      for (int n = 1 << random.nextInt(9); n > 0; n--) {
        flip(bytes, random.nextInt(bytes.length));
      }
      tryRepair(bytes, "many bytes");
      int length = 1 + random.nextInt(sample.bytes().length);
      tryRepair(Arrays.copyOf(sample.bytes(), length), "length " + length);
    }
  }

  /** Of which the newest version's transaction may be one. */
  @Test
  void savesAllIfOneMetaPageIsLost() throws IOException {
    for (int page = 0; page < 2; page++) {
      byte[] bytes = sample.bytes().clone();
      Arrays.fill(bytes, page * PAGE, (page + 1) * PAGE, (byte) 0);
      whole = 0;
      tryRepair(bytes, "meta page " + page);
      assertEquals(sample.versions().size(), whole, "meta page " + page + ", seed " + seed);
    }
  }

  @Test
  void findsWhatThereIsWithoutMetaPages() throws IOException {
    byte[] bytes = sample.bytes().clone();
    Arrays.fill(bytes, 0, 2 * PAGE, (byte) 0);
    tryRepair(bytes, "both meta pages");
    assertTrue(whole > 0, "seed " + seed);
  }

  @Test
  void changesNothingIfItIsDryOrNothingIsWrong() throws IOException {
    Path dir = RandomStore.store(dir(), sample.bytes());
    assertTrue(repair(dir).ok());
    assertArrayEquals(sample.bytes(), Files.readAllBytes(dir.resolve(StoreDirectory.DATA)));
    for (int i = 0; i < 20; i++) {
      byte[] bytes = sample.bytes().clone();
      flip(bytes, random.nextInt(bytes.length));
      RandomStore.store(dir, bytes);
      RepairReport report = Repair.run(dir, null, true, List.of(), new Meter());
      assertNull(report.kept());
      assertArrayEquals(bytes, Files.readAllBytes(dir.resolve(StoreDirectory.DATA)));
      try (Stream<Path> files = Files.list(dir)) {
        assertFalse(files.anyMatch(f -> f.toString().matches(".*(repair|damaged).*")));
      }
    }
  }

  /** What is damaged there is not needed any more, but the rest of it is. */
  @Test
  void savesWhatReplacedTheDamagedPart() throws IOException {
    byte[] content = new byte[50_000];
    new Random(9).nextBytes(content);
    byte[] next = content.clone();
    Arrays.fill(next, 30_000, 30_100, (byte) 1);
    Path dir = dir();
    try (Store store = Store.open(dir)) {
      store.create(Trees.WEB, HashAlgorithm.SHA256, "nginx");
      Version first = Trees.commit(store, "f", Contents.of(content));
      Entry data = store.directory(Trees.WEB, first.root()).get(0);
      Entry before = store.directory(Trees.WEB, data.content()).get(0);
      try (VersionWriter writer = store.writer(Trees.WEB)) {
        Entry file = Trees.file("f", writer.file(Contents.of(next), before));
        Entry top = Trees.directory("/data", writer.directory(List.of(file)));
        writer.commit(Trees.draft(writer.directory(List.of(top))));
      }
    }
    Path file = dir.resolve(StoreDirectory.DATA);
    byte[] bytes = Files.readAllBytes(file);
    bytes[DamageTest.indexOf(bytes, content, 30_010)] ^= 1;
    Files.write(file, bytes);
    RepairReport report = repair(dir);
    assertEquals(1, report.damaged(), report.toString());
    try (Store store = Store.openExisting(dir)) {
      assertEquals(List.of(), store.verify(null).problems());
      Version second = store.version(Trees.WEB, 2).orElseThrow();
      assertEquals(Cut.SETTLED, second.cut());
      Entry data = store.directory(Trees.WEB, second.root()).get(0);
      Entry whole = store.directory(Trees.WEB, data.content()).get(0);
      Trees.assertSame(store, Contents.of(next), whole);
    }
  }

  @Test
  void isRefusedWhileTheStoreIsOpenAndTheOtherWayRound() throws Exception {
    Path dir = dir();
    try (Store store = Store.open(dir)) {
      store.create(Trees.WEB, HashAlgorithm.SHA256, "nginx");
      assertEquals(
          ExitCode.BUSY, assertThrows(DiffKeeperException.class, () -> repair(dir)).exitCode());
    }
    try (Child reader = Child.start(temp, Child.QUICK, "hold", dir.toString())) {
      assertEquals("reading", reader.line());
      DiffKeeperException busy = assertThrows(DiffKeeperException.class, () -> repair(dir));
      assertEquals(ExitCode.BUSY, busy.exitCode());
      assertTrue(busy.getMessage().contains("in use"), busy.getMessage());
      reader.kill("");
    }
    assertTrue(repair(dir).ok());
    Environments.alone(
        dir,
        "tried",
        (real, gate) -> {
          try (Child other = Child.start(temp, Child.QUICK, "hold", dir.toString())) {
            String line = other.line();
            assertTrue(line.startsWith("failed BUSY: ") && line.contains("repaired"), line);
          }
          return null;
        });
  }

  @Test
  void namesAStateByItsKeyIfItsRecordIsDamaged() throws IOException {
    Path dir = RandomStore.store(dir(), sample.bytes());
    for (boolean known : new boolean[] {true, false}) {
      try (Store store = Store.openExisting(dir)) {
        Environment environment = store.environment();
        ByteBuffer key = Records.stateKey(Trees.WEB);
        ByteBuffer broken = ByteBuffer.allocateDirect(60);
        environment.write(txn -> environment.dbi(Environment.STATES).put(txn, key, broken));
      }
      List<StateName> names = known ? List.of(Trees.WEB) : List.of();
      RepairReport report = Repair.run(dir, null, false, names, new Meter());
      assertEquals(known ? 0 : sample.versions().size(), report.dropped(), report.toString());
      try (Store store = Store.openExisting(dir)) {
        assertEquals(known, store.state(Trees.WEB).isPresent());
        assertEquals(List.of(), store.verify(null).problems());
      }
    }
  }
}
