package io.diffkeeper.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.files.ContainerRoot;
import io.diffkeeper.files.Dir;
import io.diffkeeper.files.Inode;
import io.diffkeeper.replay.ReplayMode;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.Version;
import io.diffkeeper.sys.Kernel;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Trees that want the keeper to read or write outside of them, on kernels with openat2 and on one
 * without.
 */
class HostileTreeTest {
  private static final Lives.Work NOTHING = tree -> {};
  private static final int ROUNDS = 40;

  @TempDir Path temp;
  private Path outside;

  static Stream<Kernel> kernels() {
    return Stream.of(new Kernel(), OldKernel.withoutOpenat2());
  }

  @BeforeEach
  void makeCanary() throws IOException {
    outside = Files.createDirectory(temp.resolve("outside"));
    Files.writeString(outside.resolve("canary"), "of the host");
    rewind();
  }

  private void rewind() throws IOException {
    // Older than the modification: the kernel notes the next read, whatever relatime says.
    Files.setAttribute(outside.resolve("canary"), "lastAccessTime", FileTime.fromMillis(1000));
  }

  private void assertUntouched() throws IOException {
    BasicFileAttributes canary =
        Files.readAttributes(outside.resolve("canary"), BasicFileAttributes.class);
    assertEquals(FileTime.fromMillis(1000), canary.lastAccessTime(), "the canary was read");
    try (Stream<Path> files = Files.list(outside)) {
      assertEquals(List.of(outside.resolve("canary")), files.toList());
    }
    assertEquals("of the host", Files.readString(outside.resolve("canary")));
    rewind();
  }

  /** Exchanges a directory of a tree, again and again, with a link that leads out. */
  private Thread swapper(Path tree, AtomicBoolean stop) {
    Path sub = tree.resolve("sub");
    Path aside = tree.resolve("aside");
    return new Thread(
        () -> {
          while (!stop.get()) {
            try {
              Files.move(sub, aside);
              Files.createSymbolicLink(sub, outside);
              Files.delete(sub);
              Files.move(aside, sub);
            } catch (IOException raced) {
              putBack(sub, aside);
            }
          }
        });
  }

  private static void putBack(Path sub, Path aside) {
    try {
      if (Files.isSymbolicLink(sub)) {
        Files.delete(sub);
      }
      if (Files.exists(aside, LinkOption.NOFOLLOW_LINKS) && !Files.exists(sub)) {
        Files.move(aside, sub);
      }
    } catch (IOException raced) {
      // The keeper was faster; the next round tries again.
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void aDirectorySwappedForALinkLeadsNowhere(Kernel kernel) throws Exception {
    Lives lives = new Lives(temp).through(kernel);
    lives.onVolume(true);
    lives.live(
        "c0",
        "app:1",
        NOTHING,
        tree -> {
          Files.createDirectories(tree.resolve("sub/deep"));
          for (int i = 0; i < 30; i++) {
            Files.writeString(tree.resolve("sub/f" + i), "mine");
            Files.writeString(tree.resolve("sub/deep/canary"), "mine, too");
          }
        });
    int refused = 0;
    for (int i = 1; i <= ROUNDS; i++) {
      AtomicBoolean stop = new AtomicBoolean();
      Path tree = lives.tree("c" + i, t -> Files.createDirectories(t.resolve("sub")));
      Thread swapper = swapper(tree, stop);
      swapper.start();
      try {
        lives.live("c" + i, "app:1", NOTHING, NOTHING, ReplayMode.EXACT);
      } catch (DiffKeeperException e) {
        refused++;
      } finally {
        stop.set(true);
        swapper.join();
      }
      assertUntouched();
    }
    assertTrue(refused <= ROUNDS);
    assertNothingOfTheHostIsStored(lives);
  }

  private static void assertNothingOfTheHostIsStored(Lives lives) throws IOException {
    try (Store store = Store.open(lives.store())) {
      for (Version version : store.versions(Lives.STATE)) {
        for (Entry top : store.directory(Lives.STATE, version.root())) {
          assertOwn(store, top);
        }
      }
    }
  }

  private static void assertOwn(Store store, Entry directory) throws IOException {
    for (Entry entry : store.directory(Lives.STATE, directory.content())) {
      if (entry.type() == FileType.DIRECTORY) {
        assertOwn(store, entry);
      } else if (entry.type() == FileType.FILE) {
        assertFalse(entry.size() == "of the host".length(), entry.name().toString());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void linksAndMagicLinksInTheTreeAreKeptAsLinks(Kernel kernel) throws IOException {
    Lives lives = new Lives(temp).through(kernel);
    Lives.Work links =
        tree -> {
          Files.createSymbolicLink(tree.resolve("out"), outside);
          Files.createSymbolicLink(tree.resolve("up"), Path.of("../../outside/canary"));
          Files.createSymbolicLink(tree.resolve("magic"), Path.of("/proc/self/root/etc"));
          Files.createSymbolicLink(tree.resolve("root"), Path.of("/proc/1/cwd"));
        };
    lives.live("c1", "app:1", NOTHING, links);
    // The next image has directories of the same names.
    Lives.Work directories =
        tree -> {
          for (String name : List.of("out", "magic", "root")) {
            Files.createDirectories(tree.resolve(name));
          }
        };
    lives.live("c2", "app:2", directories, NOTHING);
    Path tree = temp.resolve("trees/c2");
    assertEquals(outside, Files.readSymbolicLink(tree.resolve("out")));
    assertEquals(Path.of("/proc/self/root/etc"), Files.readSymbolicLink(tree.resolve("magic")));
    // And where the image has links, nothing is written through them.
    lives.live("c2", "app:2", NOTHING, t -> replaceByDirectory(t.resolve("out")));
    lives.live("c3", "app:3", links, NOTHING);
    assertEquals("mine", Files.readString(temp.resolve("trees/c3/out/canary")));
    assertUntouched();
    for (String container : List.of("c1", "c2", "c3")) {
      for (String link : List.of("magic", "root", "up")) {
        Files.delete(temp.resolve("trees").resolve(container).resolve(link)); // JUnit would warn
      }
    }
  }

  private static void replaceByDirectory(Path link) throws IOException {
    Files.delete(link);
    Files.createDirectory(link);
    Files.writeString(link.resolve("canary"), "mine");
  }

  /** A path of 4096 bytes and more, the longest names there are, and bytes that are no text. */
  @ParameterizedTest
  @MethodSource("kernels")
  void namesAreBytesAndPathsHaveNoEnd(Kernel kernel) throws IOException {
    byte[] longest = new byte[255];
    Arrays.fill(longest, (byte) 0xfe);
    Set<Name> names = new HashSet<>();
    names.add(Name.of(longest));
    names.add(Name.of("new\nline"));
    names.add(Name.of(new byte[] {(byte) 0xff, 1, 27, '[', '\n', '\r', (byte) 0xc3}));
    names.add(Name.of(" -rf \\*?;$(x)"));
    names.add(Name.of("\u202egnp.exe"));
    Lives lives = new Lives(temp).through(kernel);
    lives.live(
        "c1",
        "app:1",
        NOTHING,
        tree -> {
          try (Dir dir = Dir.ofHost(kernel, Name.of(tree.toString()))) {
            for (Name name : names) {
              write(dir, name);
            }
            nest(dir, Name.of("d".repeat(240)), 20, names);
          }
        });
    lives.live("c2", "app:1", NOTHING, NOTHING);
    try (Dir dir = Dir.ofHost(kernel, Name.of(temp.resolve("trees/c2").toString()))) {
      Name deep = Name.of("d".repeat(240));
      for (int i = 1; i < 20; i++) {
        deep = deep.resolve(Name.of("d".repeat(240)));
      }
      assertTrue(deep.length() > 4096);
      try (Dir deepest = dir.open(deep)) {
        for (Dir each : List.of(dir, deepest)) {
          for (Name name : names) {
            assertEquals("content", read(each, name), name.toString());
          }
        }
      }
      dir.remove(Name.of("d".repeat(240)));
    }
    try (Dir dir = Dir.ofHost(kernel, Name.of(temp.resolve("trees/c1").toString()))) {
      dir.remove(Name.of("d".repeat(240))); // JUnit cannot
    }
  }

  private static void nest(Dir dir, Name name, int depth, Set<Name> names) throws IOException {
    if (depth == 0) {
      for (Name each : names) {
        write(dir, each);
      }
    } else {
      dir.createDirectory(name);
      try (Dir below = dir.open(name)) {
        nest(below, name, depth - 1, names);
      }
    }
  }

  private static void write(Dir dir, Name name) throws IOException {
    try (Inode file = dir.createFile(name)) {
      byte[] bytes = "content".getBytes(StandardCharsets.US_ASCII);
      file.write(ByteBuffer.allocateDirect(bytes.length).put(bytes).flip(), 0);
    }
  }

  private static String read(Dir dir, Name name) throws IOException {
    try (Inode file = dir.openFile(name)) {
      ByteBuffer bytes = ByteBuffer.allocateDirect(100);
      file.read(bytes, 0);
      return StandardCharsets.US_ASCII.decode(bytes.flip()).toString();
    }
  }

  /** As deep as is kept, with the stack that a thread of the keeper has. */
  @ParameterizedTest
  @MethodSource("kernels")
  void treesAreKeptAsDeepAsIsPromised(Kernel kernel) throws Exception {
    Lives lives = new Lives(temp).through(kernel);
    Throwable[] failure = new Throwable[1];
    Thread small =
        new Thread(
            null,
            () -> {
              try {
                lives.live("c1", "app:1", NOTHING, tree -> deepen(kernel, tree));
                lives.live("c2", "app:1", NOTHING, NOTHING);
              } catch (Throwable e) {
                failure[0] = e;
              }
            },
            "small",
            2 << 20);
    small.start();
    small.join();
    assertEquals(null, failure[0]);
    for (String container : List.of("c1", "c2")) {
      Path tree = temp.resolve("trees").resolve(container);
      try (Dir dir = Dir.ofHost(kernel, Name.of(tree.toString()))) {
        assertEquals("content", read(dir, deepest()));
        dir.remove(Name.of("d"));
      }
    }
  }

  private static final int DEPTH = Dir.DEPTH_MAX - 1;

  private static Name deepest() {
    return Name.of("d/".repeat(DEPTH) + "file");
  }

  private static void deepen(Kernel kernel, Path tree) throws IOException {
    Dir dir = Dir.ofHost(kernel, Name.of(tree.toString()));
    for (int i = 0; i < DEPTH; i++) {
      dir.createDirectory(Name.of("d"));
      Dir below = dir.open(Name.of("d"));
      dir.close();
      dir = below;
    }
    write(dir, Name.of("file"));
    dir.close();
  }

  private static void run(String... words) throws Exception {
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assumeTrue(process.waitFor() == 0, said);
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void aMountInTheTreeIsLeftAlone(Kernel kernel) throws Exception {
    Lives lives = new Lives(temp).through(kernel);
    lives.live("c1", "app:1", NOTHING, tree -> Sketch.change(tree, "sub/mine=1 top=1 d/x=1"));
    Path tree = lives.tree("c2", t -> Sketch.change(t, "sub/ other/ mount/deep/"));
    List<Path> points =
        List.of(tree.resolve("sub"), tree.resolve("other"), tree.resolve("mount/deep"));
    try {
      for (Path point : points) {
        run("mount", "-t", "tmpfs", "-o", "size=1m", "none", point.toString());
        Files.writeString(point.resolve("theirs"), "of the volume");
      }
      lives.live("c2", "app:1", NOTHING, NOTHING, ReplayMode.EXACT);
      assertEquals("1", Files.readString(tree.resolve("top")));
      for (Path point : points) {
        assertEquals("of the volume", Files.readString(point.resolve("theirs")));
        try (Stream<Path> files = Files.list(point)) {
          assertEquals(1, files.count());
        }
      }
    } finally {
      for (Path point : points) {
        new ProcessBuilder("umount", point.toString()).start().waitFor();
      }
    }
    assertFalse(lives.logged("sub: is a mount of its own now, not restored").isEmpty());
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void aRootfsIsSearchedWithoutFollowingItsLinks(Kernel kernel) throws IOException {
    Path rootfs = Files.createDirectory(temp.resolve("rootfs"));
    Files.createSymbolicLink(rootfs.resolve("data"), outside);
    Files.createDirectory(rootfs.resolve("var"));
    Files.createSymbolicLink(rootfs.resolve("var/up"), Path.of("../.."));
    Files.writeString(rootfs.resolve("file"), "");
    long self = ProcessHandle.current().pid();
    long[] owner = {0, 0};
    try (ContainerRoot root = ContainerRoot.created(kernel, self, rootfs.toString())) {
      for (String path : List.of("/data", "/data/x", "/var/up/outside", "/file", "/var/../..")) {
        DiffKeeperException e =
            assertThrows(
                DiffKeeperException.class,
                () -> root.open(Name.of(path), owner, true, true).close(),
                path);
        assertEquals(ExitCode.BAD_INPUT, e.exitCode(), path);
      }
      root.open(Name.of("/var/made/deep"), owner, true, true).close();
      assertTrue(Files.isDirectory(rootfs.resolve("var/made/deep")));
      FileTime made = Files.getLastModifiedTime(rootfs.resolve("var"));
      root.removeMade();
      assertFalse(Files.exists(rootfs.resolve("var/made")));
      assertTrue(Files.getLastModifiedTime(rootfs.resolve("var")).compareTo(made) < 0);
    }
    assertUntouched();
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void theKernelsOwnFileSystemsAreNoPlaceForAState(Kernel kernel) throws IOException {
    long self = ProcessHandle.current().pid();
    for (String path : List.of("/proc/sys", "/proc/self", "/proc/1/cwd", "/sys/kernel")) {
      int slash = path.indexOf('/', 1);
      try (ContainerRoot root = ContainerRoot.created(kernel, self, path.substring(0, slash))) {
        Name dir = Name.of(path.substring(slash));
        assertThrows(
            DiffKeeperException.class, () -> root.open(dir, null, true, true).close(), path);
      }
    }
  }
}
