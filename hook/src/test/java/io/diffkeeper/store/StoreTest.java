package io.diffkeeper.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.Meter;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StoreTest {
  private static final StateName WEB = Trees.WEB;

  @TempDir Path temp;

  private Store open() {
    return Store.open(temp.resolve("store"));
  }

  private Store openWithState() {
    Store store = open();
    store.create(WEB, HashAlgorithm.SHA256, "docker.io/library/nginx");
    return store;
  }

  @Test
  void keepsStatesAndVersions() throws IOException {
    Version first;
    try (Store store = openWithState()) {
      store.allow(WEB, "quay.io/other/nginx");
      first = Trees.commit(store, "a", Contents.of(new byte[] {1, 2, 3}));
      assertEquals(1, first.number());
      assertEquals(0, first.parent());
      assertEquals(2, Trees.commit(store, "b", Contents.of(new byte[10])).number());
    }
    try (Store store = Store.openExisting(temp.resolve("store"))) {
      StateInfo info = store.state(WEB).orElseThrow();
      assertEquals(List.of(info), store.states());
      assertEquals(Set.of("quay.io/other/nginx"), info.allowedImages());
      assertTrue(info.allows("docker.io/library/nginx") && info.allows("quay.io/other/nginx"));
      assertEquals(2, info.latest().number());
      assertEquals(1, info.latest().parent());
      assertEquals(first, store.version(WEB, 1).orElseThrow());
      assertEquals(List.of(info.latest(), first), store.versions(WEB));
      assertTrue(store.version(WEB, 3).isEmpty());
      VerifyReport report = store.verify(null);
      assertEquals(List.of(), report.problems());
      assertEquals(2, report.versions());
    }
  }

  @ParameterizedTest
  @EnumSource(HashAlgorithm.class)
  void givesRandomTreesBackAsTheyWere(HashAlgorithm hash) throws IOException {
    long seed = new Random().nextLong();
    System.out.println("StoreTest seed " + seed + " " + hash);
    Random random = new Random(seed);
    List<Trees.Node> nodes = new ArrayList<>();
    try (Store store = open()) {
      store.create(WEB, hash, "nginx");
      for (int i = 0; i < 12; i++) {
        Trees.Node node = Trees.random(random, 3);
        nodes.add(node);
        try (VersionWriter writer = store.writer(WEB)) {
          Digest data = Trees.write(writer, node, random);
          Digest root = writer.directory(List.of(Trees.directory("/var/lib/data", data)));
          writer.commit(Trees.draft(root));
        }
      }
    }
    try (Store store = open()) {
      for (int i = 0; i < nodes.size(); i++) {
        Digest root = store.version(WEB, i + 1).orElseThrow().root();
        Entry top = store.directory(WEB, root).get(0);
        assertEquals("/var/lib/data", top.name().toString());
        Trees.assertSame(store, nodes.get(i), top.content());
      }
      assertEquals(List.of(), store.verify(null).problems());
      assertEquals(List.of(), store.verify(WEB).problems());
    }
  }

  @Test
  void storesTheSameContentOnce() throws IOException {
    try (Store store = openWithState()) {
      Contents contents = Contents.of(new byte[1 << 20]);
      new Random(1).nextBytes(contents.bytes());
      assertTrue(Trees.commit(store, "a", contents).storedBytes() > 1 << 20);
      assertTrue(Trees.commit(store, "b", contents).storedBytes() < 1000);
    }
  }

  @Test
  void storesOneChangedPageOfALargeFileInLessThan100KiB() throws IOException {
    try (Store store = openWithState()) {
      Contents contents = Contents.of(new byte[64 << 20]);
      new Random(1).nextBytes(contents.bytes());
      Trees.commit(store, "a", contents);
      contents.bytes()[40 << 20]++;
      long stored = Trees.commit(store, "a", contents).storedBytes();
      assertTrue(stored <= 100 << 10, "stored " + stored);
    }
  }

  @Test
  void streamsFilesOfAnySize() throws IOException {
    long size = (1L << 30) + 12345;
    try (Store store = openWithState()) {
      Trees.commit(store, "big", new Sparse(size, 1L << 20));
      Trees.commit(store, "hole", new Sparse(Long.MAX_VALUE, 1L << 60));
      assertEquals(List.of(), store.verify(WEB).problems());
      Digest root = store.version(WEB, 2).orElseThrow().root();
      Entry file = store.directory(WEB, store.directory(WEB, root).get(0).content()).get(0);
      long[] seen = new long[2];
      store.read(
          WEB,
          file,
          new ContentSink() {
            @Override
            public void data(long offset, ByteBuffer bytes) {
              assertEquals(0, offset % (1L << 60));
              seen[0] += bytes.remaining();
            }

            @Override
            public void hole(long offset, long length) {
              seen[1] += length;
            }
          });
      assertEquals(8 * 4096, seen[0]);
      assertEquals(Long.MAX_VALUE, seen[0] + seen[1]);
    }
  }

  /** A page of data at each multiple of the step, holes between them. */
  private record Sparse(long size, long step) implements ContentSource {
    @Override
    public int read(ByteBuffer to, long offset) {
      if (offset >= size) {
        return -1;
      }
      int n = (int) Math.min(to.remaining(), size - offset);
      for (int i = 0; i < n; i++) {
        to.put((byte) (offset / step));
      }
      return n;
    }

    @Override
    public long nextData(long offset) {
      long in = offset % step;
      return in < 4096 ? offset : offset - in > size - step ? size : offset - in + step;
    }

    @Override
    public long nextHole(long offset) {
      long in = offset % step;
      return in < 4096 ? offset - in + 4096 : offset;
    }
  }

  @Test
  void neverListsAVersionThatWasNotCommitted() throws IOException {
    try (Store store = openWithState()) {
      try (VersionWriter writer = store.writer(WEB)) {
        byte[] bytes = new byte[20 << 20];
        new Random(3).nextBytes(bytes);
        writer.file(Contents.of(bytes));
      }
      assertEquals(List.of(), store.versions(WEB));
      assertEquals(List.of(), store.verify(null).problems());
    }
  }

  @Test
  void refusesRootsThatAreNotStored() {
    try (Store store = openWithState();
        VersionWriter writer = store.writer(WEB)) {
      Digest unknown = Digest.of(new byte[32]);
      assertThrows(IllegalArgumentException.class, () -> writer.commit(Trees.draft(unknown)));
    }
  }

  @Test
  void refusesDirectoriesThatOthersCanRead() throws IOException {
    open().close();
    Path dir = temp.resolve("store");
    assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(dir)));
    for (String file : List.of("data.mdb", "lock.mdb")) {
      Set<?> mode = Files.getPosixFilePermissions(dir.resolve(file));
      assertEquals(PosixFilePermissions.fromString("rw-------"), mode);
    }
    Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwxr-x---"));
    assertFails(ExitCode.BAD_INPUT, this::open);
  }

  @Test
  void removesWhatIsLeftOfLockFiles() throws IOException {
    Path dir = temp.resolve("store");
    Path left = dir.resolve(StoreDirectory.LOCK + "12345.tmp");
    Files.createDirectory(
        dir, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Files.write(left, new byte[10]);
    Files.createFile(dir.resolve(WriterGate.FILE));
    open().close();
    assertFalse(Files.exists(left), "nobody else can be making it");
    Files.write(left, new byte[10]);
    open().close();
    assertTrue(Files.exists(left), "somebody may be about to need it");
    Repair.run(dir, null, false, List.of(), new Meter());
    assertFalse(Files.exists(left), "nobody else has it open");
    assertTrue(Files.exists(dir.resolve(StoreDirectory.LOCK)));
  }

  @Test
  void saysThatThereIsNoneOfWhatWasNeverMade() throws IOException {
    Path dir = temp.resolve("store");
    Files.createDirectory(
        dir, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Files.createFile(dir.resolve(WriterGate.FILE));
    for (int bytes : new int[] {0, 4096, 20_000}) {
      Files.write(dir.resolve(StoreDirectory.DATA), new byte[bytes]);
      assertFails(ExitCode.NOT_FOUND, () -> Store.openExisting(dir));
      assertEquals(bytes, Files.size(dir.resolve(StoreDirectory.DATA)), "untouched");
    }
    open().close();
    Store.openExisting(dir).close();
  }

  @Test
  void refusesWhatIsNotAStore() throws IOException {
    assertFails(ExitCode.NOT_FOUND, () -> Store.openExisting(temp.resolve("none")));
    Path foreign = temp.resolve("store");
    Files.createDirectory(
        foreign,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Files.writeString(foreign.resolve("precious"), "mine");
    assertFails(ExitCode.BAD_INPUT, this::open);
    Files.write(foreign.resolve("data.mdb"), new byte[100_000]);
    assertFails(ExitCode.CORRUPT, this::open);
  }

  @Test
  void growsItsMap() throws IOException {
    try (Store store = Store.open(temp.resolve("store"), 1 << 20)) {
      store.create(WEB, HashAlgorithm.SHA256, "nginx");
      byte[] bytes = new byte[30 << 20];
      new Random(4).nextBytes(bytes);
      Trees.commit(store, "a", Contents.of(bytes));
      assertEquals(List.of(), store.verify(null).problems());
    }
  }

  @Test
  void refusesANewerFormat() {
    try (Store store = open()) {
      store
          .environment()
          .write(
              txn -> {
                ByteBuffer key = Records.direct("format".getBytes(StandardCharsets.US_ASCII));
                ByteBuffer value = ByteBuffer.allocateDirect(8).putInt(2);
                store.environment().dbi(Environment.META).put(txn, key, Fields.seal(key, value));
                return null;
              });
    }
    assertFails(ExitCode.CORRUPT, this::open);
  }

  @Test
  void refusesDirectoriesThatNoFileSystemHas() {
    Digest digest = Digest.of(new byte[32]);
    try (Store store = openWithState();
        VersionWriter writer = store.writer(WEB)) {
      List<List<Entry>> bad =
          List.of(
              List.of(Trees.directory("..", digest)),
              List.of(Trees.directory("a/b", digest)),
              List.of(Trees.directory("", digest)),
              List.of(Trees.directory("/", digest)),
              List.of(Trees.directory("/a/../b", digest)),
              List.of(Trees.directory("/a/", digest)),
              List.of(Trees.directory("/a", digest), Trees.directory("b", digest)),
              List.of(Trees.directory("a", digest), Trees.directory("a", digest)),
              List.of(Trees.directory("a", null)),
              List.of(Trees.file("/f", new FileContent(digest, 1))),
              List.of(Trees.file("f", new FileContent(digest, -1))));
      for (List<Entry> entries : bad) {
        assertThrows(
            IllegalArgumentException.class, () -> writer.directory(entries), entries.toString());
      }
      assertThrows(
          IllegalArgumentException.class,
          () ->
              writer.commit(Trees.draft(writer.directory(List.of(Trees.directory("a", digest))))));
    }
  }

  @Test
  void namesStatesByTheirNamespace() {
    assertEquals(WEB, StateName.parse("web", "podman"));
    assertEquals(new StateName("k8s/shop", "db"), StateName.parse("k8s/shop/db", "podman"));
    for (String bad : List.of("", "a b", "..", "/web", "web/", "a//b", "a/b/c/d/e/f", "ä")) {
      assertFails(ExitCode.BAD_INPUT, () -> StateName.parse(bad, "podman"));
    }
    assertFails(ExitCode.BAD_INPUT, () -> StateName.parse("x".repeat(129), "podman"));
  }

  @Test
  void aContainersLastVersionTellsHowItEnded() throws IOException {
    try (Store store = openWithState()) {
      Trees.commit(store, "a", Contents.of(new byte[1]));
      Version last = Trees.commit(store, "b", Contents.of(new byte[2]));
      assertEquals(Ending.UNKNOWN, last.ending());
      assertTrue(store.ended(WEB, "another", new Ending(1, false)).isEmpty());
      assertEquals(2, store.ended(WEB, "c0ffee", new Ending(137, false)).orElseThrow().number());
      store.ended(WEB, "c0ffee", new Ending(Ending.UNTOLD, true));
      store.ended(WEB, "c0ffee", new Ending(1, false));
    }
    try (Store store = open()) {
      Version last = store.version(WEB, 2).orElseThrow();
      assertEquals(new Ending(137, true), last.ending(), "what was told first stays");
      assertEquals(Ending.UNKNOWN, store.version(WEB, 1).orElseThrow().ending());
      assertEquals(last, store.state(WEB).orElseThrow().latest());
      assertEquals(List.of(), store.verify(null).problems());
    }
  }

  @Test
  void findsTheNewestVersionOfAContainer() throws IOException {
    StateName other = new StateName("podman", "other");
    try (Store store = openWithState()) {
      assertTrue(store.newest(WEB, "c0ffee").isEmpty());
      Trees.commit(store, "a", Contents.of(new byte[1]));
      store.create(other, HashAlgorithm.SHA256, "nginx");
      Trees.commit(store, other, Contents.of(new byte[1]));
      Version second = Trees.commit(store, "b", Contents.of(new byte[2]));
      try (VersionWriter writer = store.writer(WEB)) {
        Draft last = Trees.draft(second.root());
        Origin origin = new Origin("decaf", "nginx");
        writer.commit(
            new Draft(
                second.number(),
                last.root(),
                last.root(),
                last.time(),
                origin,
                last.cut(),
                last.eventSource(),
                true,
                0,
                0));
      }
      assertEquals(second, store.newest(WEB, "c0ffee").orElseThrow());
      assertEquals(3, store.newest(WEB, "decaf").orElseThrow().number());
      assertEquals(1, store.newest(other, "c0ffee").orElseThrow().number());
      assertTrue(store.newest(other, "decaf").isEmpty());
      assertTrue(store.newest(WEB, "c0ff").isEmpty());
    }
  }

  static void assertFails(ExitCode code, org.junit.jupiter.api.function.Executable action) {
    DiffKeeperException e = assertThrows(DiffKeeperException.class, action);
    assertEquals(code, e.exitCode(), e.getMessage());
  }

  @Test
  void tellsHowFarItIs() throws IOException {
    try (Store store = open()) {
      store.create(WEB, HashAlgorithm.SHA256, "nginx");
      Trees.commit(store, "f", Contents.of(new byte[200_000]));
      Trees.commit(store, "g", Contents.of(new byte[] {1, 2, 3}));
      for (Consumer<Meter> work :
          List.<Consumer<Meter>>of(
              meter -> store.verify(null, VerifyReport.ALL_VERSIONS, meter),
              meter -> store.verify(WEB, VerifyReport.ALL_VERSIONS, meter),
              meter -> store.collect(true, meter))) {
        Meter meter = new Meter();
        work.accept(meter);
        assertEquals(1, meter.share());
      }
    }
  }

  @Test
  void verifyKnowsExactlyHowMuchThereIs() throws IOException {
    RandomStore made = RandomStore.make(temp, new Random(7));
    try (Store store = Store.open(RandomStore.store(temp.resolve("store"), made.bytes()))) {
      for (StateName name : Arrays.asList(null, WEB, RandomStore.DB)) {
        Meter meter = new Meter();
        assertEquals(List.of(), store.verify(name, VerifyReport.ALL_VERSIONS, meter).problems());
        String[] words = meter.toString().split(" of ");
        assertEquals(words[0], words[1], () -> name + ": " + meter);
      }
    }
  }
}
