package io.diffkeeper.bpf;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diffkeeper.bpf.libbpf.BpfLink;
import io.diffkeeper.bpf.libbpf.BpfMap;
import io.diffkeeper.bpf.libbpf.OpenDirectory;
import io.diffkeeper.bpf.libbpf.Poll;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * On the real kernel, with two file systems and a cgroup of our own:
 *
 * <pre>
 *   scratch/ext4, scratch/tmpfs       mounts, a fresh directory in them for each test:
 *     directory/                        empty
 *     file                              two pages
 *   cgroup diffkeeper-test-PID        watched
 * </pre>
 */
class ProgramSourceTest {
  private static final BpfFiles FILES = new BpfFiles(Path.of("target/bpf"), null);
  private static final int RING_BYTES_SMALL = 64 * 1024;

  @TempDir static Path scratch;
  private static Rung rung;
  private static String change;

  private TestCgroup cgroup;

  @BeforeAll
  static void makeWorld() throws IOException {
    rung = EventSources.probe(FILES).get(0);
    if (!rung.usable()) {
      return;
    }
    change = Command.compiled("change").toString();
    String tmpfs = Files.createDirectory(scratch.resolve("tmpfs")).toString();
    Command.run("mount", "-t", "tmpfs", "-o", "size=64m", "diffkeeper-test", tmpfs);
    String image = scratch.resolve("image").toString();
    String ext4 = Files.createDirectory(scratch.resolve("ext4")).toString();
    Command.run("truncate", "-s", "64M", image);
    Command.run("mkfs.ext4", "-q", image);
    Command.run("mount", "-o", "loop", image, ext4);
  }

  @AfterAll
  static void unmakeWorld() throws IOException {
    for (String fileSystem : List.of("tmpfs", "ext4")) {
      Path mount = scratch.resolve(fileSystem);
      if (Files.isDirectory(mount)
          && !Files.getFileStore(mount).equals(Files.getFileStore(scratch))) {
        Command.run("umount", mount.toString());
      }
    }
  }

  @BeforeEach
  void makeCgroup() throws IOException {
    assumeTrue(rung.usable(), rung.reason());
    cgroup = TestCgroup.fresh("test");
  }

  @AfterEach
  void removeCgroup() throws IOException {
    if (cgroup != null) {
      cgroup.close();
    }
  }

  /** A way of change.c, and whose inode must be told. */
  private record Way(String fileSystem, String name, boolean file, boolean directory) {}

  static Stream<Way> ways() {
    return Stream.of("tmpfs", "ext4").flatMap(ProgramSourceTest::ways);
  }

  private static Stream<Way> ways(String fs) {
    return Stream.of(
        new Way(fs, "write", true, false),
        new Way(fs, "append", true, false),
        new Way(fs, "mmap", true, false),
        new Way(fs, "truncate", true, false),
        new Way(fs, "chmod", true, false),
        new Way(fs, "chown", true, false),
        new Way(fs, "utimes", true, false),
        new Way(fs, "setxattr", true, false),
        new Way(fs, "create", false, true),
        new Way(fs, "rename", false, true),
        new Way(fs, "link", true, true),
        new Way(fs, "symlink", false, true),
        new Way(fs, "unlink", false, true),
        new Way(fs, "mkdir", false, true),
        new Way(fs, "rmdir", false, true),
        new Way(fs, "mknod", false, true),
        new Way(fs, "tmpfile", false, true));
  }

  @ParameterizedTest
  @MethodSource("ways")
  void tellsEveryWayOfChanging(Way way) throws IOException {
    Place place = Place.in(way.fileSystem());
    try (EventSource source = ProgramSource.open(ProgramSet.TIMESTAMPS, FILES, cgroup.target())) {
      if (way.fileSystem().equals("tmpfs")) {
        follow(source, place);
      }
      cgroup.run(change, way.name(), place.path());
      Told told = Told.by(source);
      if (way.file()) {
        assertTrue(told.has(place.file()), "the file");
        assertEquals(place.directory(), told.parents.get(place.file()), "the file's parent");
      }
      assertEquals(way.directory(), told.has(place.directory()), "the directory");
      assertEquals(0, told.losses);
    }
  }

  private static void follow(EventSource source, Place place) {
    try (OpenDirectory directory = new OpenDirectory(Path.of(place.path()))) {
      assertTrue(source.followList(directory.fd(), place.directory()));
    }
  }

  /** Nothing else tells of what somebody does who is not watched. */
  @Test
  void canBeWaitedForUntilAListChanges() throws IOException {
    Place place = Place.in("tmpfs");
    Place other = Place.in("tmpfs");
    try (EventSource source = ProgramSource.open(ProgramSet.TIMESTAMPS, FILES, cgroup.target())) {
      follow(source, place);
      Command.run(change, "link", other.path());
      Command.run(change, "write", place.path());
      assertFalse(Poll.readable(source.pollFd(), 0));
      Command.run(change, "link", place.path());
      assertTrue(Poll.readable(source.pollFd(), 60_000));
      Told told = Told.by(source);
      assertTrue(told.has(place.directory()));
      assertFalse(told.has(other.directory()) || told.has(place.file()));
      assertFalse(Poll.readable(source.pollFd(), 0));
    }
  }

  @Test
  void tellsTheUpperInodeOfAnOverlayToo() throws IOException {
    Path tmpfs = Files.createTempDirectory(scratch.resolve("tmpfs"), "overlay");
    for (String name : List.of("lower", "upper", "work", "merged")) {
      Files.createDirectory(tmpfs.resolve(name));
    }
    Files.write(tmpfs.resolve("lower/file"), new byte[8192]);
    Path merged = tmpfs.resolve("merged");
    String options = "lowerdir=lower,upperdir=upper,workdir=work";
    Command.run("sh", "-c", "cd " + tmpfs + " && mount -t overlay -o " + options + " none merged");
    try (EventSource source = ProgramSource.open(ProgramSet.TIMESTAMPS, FILES, cgroup.target())) {
      cgroup.run(change, "write", merged.toString());
      Told copiedUp = Told.by(source);
      assertTrue(copiedUp.has(Namespaces.inode(tmpfs.resolve("upper"))));
      long upper = Namespaces.inode(tmpfs.resolve("upper/file"));
      assertTrue(copiedUp.has(upper));
      assertTrue(source.widen());
      cgroup.run(change, "write", merged.toString());
      Told again = Told.by(source);
      assertTrue(again.has(upper));
      assertTrue(again.has(Namespaces.inode(merged.resolve("file"))));
    } finally {
      Command.run("umount", merged.toString());
    }
  }

  @Test
  void tellsNothingOfReadsNotEvenTheFirstFromTheDisk() throws IOException {
    Place place = Place.in("ext4");
    String ext4 = scratch.resolve("ext4").toString();
    Command.run("umount", ext4);
    Command.run("mount", "-o", "loop", scratch.resolve("image").toString(), ext4);
    try (EventSource source = ProgramSource.open(ProgramSet.TIMESTAMPS, FILES, cgroup.target())) {
      cgroup.run("cp", place.path() + "/file", "/dev/null");
      cgroup.run("ls", "-lR", place.path());
      Told told = Told.by(source);
      assertFalse(told.has(place.file()));
      assertFalse(told.has(place.directory()));
      cgroup.run(change, "write", place.path());
      assertTrue(Told.by(source).has(place.file()));
    }
  }

  @Test
  void tellsWhichProcessItWasByTheNumberThatItKnowsItselfBy() throws IOException {
    Place place = Place.in("tmpfs");
    try (EventSource source = ProgramSource.open(ProgramSet.TIMESTAMPS, FILES, cgroup.target())) {
      try (Command command = cgroup.parked(change, "write", place.path())) {
        command.release();
        command.end();
        Writer writer = Told.by(source).writers.get(place.file());
        assertEquals(new Writer((int) command.pid(), "change", true), writer);
      }
      Place other = Place.in("tmpfs");
      cgroup.run("unshare", "--pid", "--fork", change, "write", other.path());
      assertEquals(new Writer(1, "change", true), Told.by(source).writers.get(other.file()));
    }
  }

  @Test
  void tellsNothingOfOtherProcesses() throws IOException {
    Place outside = Place.in("tmpfs");
    Place inside = Place.in("tmpfs");
    try (EventSource source = ProgramSource.open(ProgramSet.TIMESTAMPS, FILES, cgroup.target())) {
      Command.run(change, "write", outside.path());
      cgroup.run(change, "write", inside.path());
      Told told = Told.by(source);
      assertFalse(told.has(outside.file()));
      assertTrue(told.has(inside.file()));
    }
  }

  @Test
  void tellsNothingOfFilesThatNoDirectoryHolds() throws IOException {
    try (EventSource source = ProgramSource.open(ProgramSet.TIMESTAMPS, FILES, cgroup.target())) {
      cgroup.run("sh", "-c", "echo x | grep -q x");
      cgroup.run(change, "memory", scratch.toString());
      assertEquals(0, Told.by(source).events);
    }
  }

  @Test
  void includesDescendantCgroups() throws IOException {
    Place place = Place.in("tmpfs");
    try (TestCgroup child = cgroup.child("child");
        TestCgroup grandchild = child.child("grandchild");
        EventSource source = ProgramSource.open(ProgramSet.TIMESTAMPS, FILES, cgroup.target())) {
      grandchild.run(change, "write", place.path());
      assertTrue(Told.by(source).has(place.file()));
    }
  }

  @Test
  void excludesTheCgroupAbove() throws IOException {
    Place place = Place.in("tmpfs");
    try (TestCgroup child = cgroup.child("child");
        EventSource source = ProgramSource.open(ProgramSet.TIMESTAMPS, FILES, child.target())) {
      cgroup.run(change, "write", place.path());
      assertFalse(Told.by(source).has(place.file()));
    }
  }

  @Test
  void watchesAMountNamespace() throws IOException {
    Place outside = Place.in("tmpfs");
    Place inside = Place.in("tmpfs");
    List<String> unshare = List.of("unshare", "--mount");
    try (Command command = Command.parked(unshare, ":", change, "write", inside.path())) {
      EventTarget target = new EventTarget(0, EventTarget.of(command.pid()).mountNamespace());
      try (EventSource source = ProgramSource.open(ProgramSet.TIMESTAMPS, FILES, target)) {
        Command.run(change, "write", outside.path());
        command.release();
        command.end();
        Told told = Told.by(source);
        assertTrue(told.has(inside.file()));
        assertFalse(told.has(outside.file()));
      }
    }
  }

  @Test
  void leavesOutItsOwnProcess() throws IOException {
    Place own = Place.in("tmpfs");
    Place child = Place.in("tmpfs");
    long pid = ProcessHandle.current().pid();
    EventTarget target = new EventTarget(0, EventTarget.of(pid).mountNamespace());
    try (EventSource source = ProgramSource.open(ProgramSet.TIMESTAMPS, FILES, target)) {
      Files.writeString(Path.of(own.path(), "file"), "x");
      Command.run(change, "write", child.path());
      Told told = Told.by(source);
      assertFalse(told.has(own.file()));
      assertTrue(told.has(child.file()));
    }
  }

  @Test
  void isReadableWhileEventsWait() throws IOException {
    Place place = Place.in("tmpfs");
    try (EventSource source = ProgramSource.open(ProgramSet.TIMESTAMPS, FILES, cgroup.target());
        Command command = cgroup.parked(change, "write", place.path())) {
      Told.by(source);
      assertFalse(Poll.readable(source.pollFd(), 0), "before");
      command.release();
      assertTrue(Poll.readable(source.pollFd(), 10_000), "after a change");
      command.end();
      assertTrue(Told.by(source).has(place.file()));
      assertFalse(Poll.readable(source.pollFd(), 0), "when drained");
    }
  }

  @Test
  void reportsAnOverflowOnceAndGoesOn() throws IOException {
    Place crowded = Place.in("tmpfs");
    Place place = Place.in("tmpfs");
    try (EventSource source =
        ProgramSource.open(ProgramSet.TIMESTAMPS, FILES, cgroup.target(), RING_BYTES_SMALL)) {
      cgroup.run(change, "many", crowded.path());
      Told told = Told.by(source);
      assertAll(
          () -> assertEquals(RING_BYTES_SMALL / (8 + EventLayout.EVENT_BYTES), told.events, 1),
          () -> assertEquals(1, told.losses),
          () -> assertTrue(told.lost >= 5000 - told.events, told.lost + " lost"));
      cgroup.run(change, "write", place.path());
      Told next = Told.by(source);
      assertTrue(next.has(place.file()));
      assertEquals(0, next.losses);
    }
  }

  @Test
  void passesOnWhatTheSinkThrowsAndKeepsTheRest() throws IOException {
    Place place = Place.in("tmpfs");
    try (EventSource source = ProgramSource.open(ProgramSet.TIMESTAMPS, FILES, cgroup.target())) {
      cgroup.run(change, "create", place.path());
      DirtySink broken =
          new DirtySink() {
            @Override
            public void dirty(long inode, long parentInode, Writer writer) {
              throw new IllegalStateException("full");
            }

            @Override
            public void dirtyEntry(long directoryInode, byte[] name, Writer writer) {}

            @Override
            public void lost(long count) {}
          };
      assertThrows(IllegalStateException.class, () -> source.drain(broken));
      cgroup.run(change, "write", place.path());
      assertTrue(Told.by(source).has(place.file()));
    }
  }

  @Test
  void sharesThePinnedProgramsAndForgetsWhatAKilledKeeperWatched() throws IOException {
    Path pinned = Path.of("/sys/fs/bpf/diffkeeper");
    long dead = cgroup.target().cgroupId() + (1L << 40);
    try (EventSource first = ProgramSource.open(ProgramSet.TIMESTAMPS, FILES, cgroup.target());
        TestCgroup other = TestCgroup.fresh("other")) {
      assumeTrue(Files.isDirectory(pinned), "no BPF file system");
      int attached = attached();
      ByteBuffer entry = ByteBuffer.wrap(EventLayout.target(1)).order(ByteOrder.nativeOrder());
      entry.putInt(EventLayout.TARGET_WATCHER, Integer.MAX_VALUE);
      try (BpfMap ring = BpfMap.ring(RING_BYTES_SMALL);
          Programs programs = Programs.shared(FILES.objects().resolve("diffkeeper.bpf.o"), null)) {
        assertTrue(programs.targets().add(dead, entry.array()));
        programs.rings().add(1, ring);
        try (EventSource second =
            ProgramSource.open(ProgramSet.TIMESTAMPS, FILES, other.target())) {
          assertEquals(attached, attached(), "attached once more");
          Place place = Place.in("tmpfs");
          other.run(change, "write", place.path());
          assertTrue(Told.by(second).has(place.file()));
          assertFalse(Told.by(first).has(place.file()));
        }
        assertFalse(programs.targets().keys().contains(EventLayout.key(other.target())));
        assertFalse(programs.targets().keys().contains(dead));
        assertFalse(programs.rings().keys().contains(1L));
        assertTrue(programs.rings().keys().stream().allMatch(RingNumber::isRead));
      }
    }
  }

  @Test
  void takesTheTargetOfAKilledKeeper() throws IOException {
    Path object = FILES.objects().resolve("diffkeeper.bpf.o");
    Place place = Place.in("tmpfs");
    ByteBuffer entry = ByteBuffer.wrap(EventLayout.target(1)).order(ByteOrder.nativeOrder());
    entry.putInt(EventLayout.TARGET_WATCHER, Integer.MAX_VALUE);
    try (Programs programs = Programs.shared(object, null)) {
      int attached = attached();
      assertTrue(programs.targets().add(cgroup.target().cgroupId(), entry.array()));
      try (EventSource source = ProgramSource.open(ProgramSet.TIMESTAMPS, FILES, cgroup.target())) {
        assertEquals(attached, attached(), "programs of its own");
        cgroup.run(change, "write", place.path());
        assertTrue(Told.by(source).has(place.file()));
      }
    }
  }

  @Test
  void attachesWhatCostsOthersOnceForAllWhoNeedItAndOnlyMeanwhile() {
    Path object = FILES.objects().resolve("diffkeeper.bpf.o");
    try (Programs programs = Programs.own(object, null)) {
      int number;
      try (BpfLink first = programs.attachAll()) {
        number = first.number();
        try (BpfLink second = programs.attachAll()) {
          assertEquals(number, second.number());
        }
        try (BpfLink stillThere = BpfLink.find(number)) {
          assertEquals(number, stillThere.number());
        }
      }
      assertNull(BpfLink.find(number));
      try (BpfLink anew = programs.attachAll();
          BpfLink shared = programs.attachAll()) {
        assertNotEquals(number, anew.number());
        assertEquals(anew.number(), shared.number());
      }
    }
  }

  /** By programs of its own, as others of this host may be attached whole. */
  @Test
  void tellsTimesThatAreGivenOnlyWhileItIsWide() throws IOException {
    Place wide = Place.in("tmpfs");
    Place narrow = Place.in("tmpfs");
    try (EventSource first = ProgramSource.open(ProgramSet.TIMESTAMPS, FILES, cgroup.target());
        EventSource second = ProgramSource.open(ProgramSet.TIMESTAMPS, FILES, cgroup.target())) {
      assertTrue(second.widen());
      cgroup.run(change, "unlink", wide.path());
      assertTrue(Told.by(second).has(wide.directory()));
      second.narrow();
      cgroup.run(change, "unlink", narrow.path());
      assertFalse(Told.by(second).has(narrow.directory()));
      assertTrue(first.isComplete() && second.isComplete());
    }
  }

  @Test
  void findsARingThatWasAddedAtOnceAndNoSecondOfItsNumber() {
    Path object = FILES.objects().resolve("diffkeeper.bpf.o");
    long number = RingNumber.next();
    try (Programs programs = Programs.shared(object, null);
        BpfMap ring = BpfMap.ring(RING_BYTES_SMALL)) {
      programs.addRing(number, ring);
      assertTrue(programs.rings().keys().contains(number));
      assertThrows(IllegalStateException.class, () -> programs.addRing(number, ring));
      programs.removeRing(number);
    }
  }

  private static int attached() {
    return Command.run("bpftool", "link", "list").split("tracing").length;
  }

  @Test
  void mayWatchWhatSomebodyElseWatches() throws IOException {
    Place place = Place.in("tmpfs");
    try (EventSource first = ProgramSource.open(ProgramSet.TIMESTAMPS, FILES, cgroup.target());
        EventSource second = ProgramSource.open(ProgramSet.TIMESTAMPS, FILES, cgroup.target())) {
      cgroup.run(change, "write", place.path());
      assertTrue(Told.by(first).has(place.file()));
      assertTrue(Told.by(second).has(place.file()));
    }
  }

  @Test
  void maySetItsTargetLater() throws IOException {
    Place before = Place.in("tmpfs");
    Place after = Place.in("tmpfs");
    try (EventSource source = ProgramSource.open(ProgramSet.TIMESTAMPS, FILES, EventTarget.NONE)) {
      cgroup.run(change, "write", before.path());
      source.watch(cgroup.target());
      cgroup.run(change, "write", after.path());
      Told told = Told.by(source);
      assertFalse(told.has(before.file()));
      assertTrue(told.has(after.file()));
    }
  }

  @Test
  void refusesUseAfterItsEndAndMayBeClosedTwice() throws IOException {
    EventSource source = ProgramSource.open(ProgramSet.TIMESTAMPS, FILES, cgroup.target());
    source.close();
    source.close();
    assertThrows(IllegalStateException.class, () -> Told.by(source));
    assertThrows(IllegalStateException.class, () -> source.watch(EventTarget.NONE));
  }

  /** A directory with a file, both looked at, so that the next change is told. */
  private record Place(String path, long directory, long file) {
    static Place in(String fileSystem) throws IOException {
      Path path = Files.createTempDirectory(scratch.resolve(fileSystem), "place");
      Path file = Files.write(path.resolve("file"), new byte[8192]);
      Files.createDirectory(path.resolve("directory"));
      return new Place(path.toString(), Namespaces.inode(path), Namespaces.inode(file));
    }
  }
}
