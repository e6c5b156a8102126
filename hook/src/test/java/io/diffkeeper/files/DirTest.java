package io.diffkeeper.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.sys.Call;
import io.diffkeeper.sys.Errno;
import io.diffkeeper.sys.Kernel;
import io.diffkeeper.sys.SyscallException;
import io.diffkeeper.sys.Syscalls;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Metadata;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The tree of these tests, all in a temporary folder.
 *
 * <pre>
 * inside/file        "inside"
 * inside/sub/deep    "deep"
 * inside/link        → ../outside
 * inside/sub/up      → ../..
 * outside/secret     "secret"
 * </pre>
 */
class DirTest {
  private static final Name LINK = Name.of("link");

  @TempDir Path temp;

  static Stream<Kernel> kernels() {
    return Stream.of(new Kernel(), beforeOpenat2());
  }

  /** A kernel older than 5.6. */
  private static Kernel beforeOpenat2() {
    Syscalls linux = Kernel.linux();
    return new Kernel(
        (call, a1, a2, a3, a4, a5) ->
            call == Call.OPENAT2 ? -Errno.ENOSYS : linux.call(call, a1, a2, a3, a4, a5));
  }

  @BeforeEach
  void makeTree() throws IOException {
    Files.createDirectories(temp.resolve("inside/sub"));
    Files.createDirectories(temp.resolve("outside"));
    Files.writeString(temp.resolve("inside/file"), "inside");
    Files.writeString(temp.resolve("inside/sub/deep"), "deep");
    Files.writeString(temp.resolve("outside/secret"), "secret");
    Files.createSymbolicLink(temp.resolve("inside/link"), Path.of("../outside"));
    Files.createSymbolicLink(temp.resolve("inside/sub/up"), Path.of("../.."));
  }

  private Dir inside(Kernel kernel) throws SyscallException {
    return Dir.ofHost(kernel, Name.of(temp.resolve("inside").toString()));
  }

  private static String content(Inode file) throws SyscallException {
    ByteBuffer bytes = ByteBuffer.allocateDirect(100);
    file.read(bytes, 0);
    return StandardCharsets.UTF_8.decode(bytes.flip()).toString();
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void opensFilesByRelativePath(Kernel kernel) throws IOException {
    try (Dir dir = inside(kernel);
        Inode file = dir.openFile(Name.of("sub/deep"))) {
      assertEquals("deep", content(file));
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void followsNoLinkWhereverItIsInThePath(Kernel kernel) throws IOException {
    try (Dir dir = inside(kernel)) {
      for (String path : List.of("link", "link/secret", "sub/up/outside/secret")) {
        assertThrows(SyscallException.class, () -> dir.openFile(Name.of(path)).close(), path);
        assertThrows(SyscallException.class, () -> dir.open(Name.of(path)).close(), path);
      }
      try (Inode link = dir.openAttributes(LINK)) {
        assertEquals(FileType.SYMLINK, FileType.of(link.stat().mode()));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void goesNeverUp(Kernel kernel) throws IOException {
    try (Dir dir = inside(kernel)) {
      for (String path : List.of("..", "../outside/secret", "sub/../../outside/secret", "/etc")) {
        assertThrows(SyscallException.class, () -> dir.openAttributes(Name.of(path)).close(), path);
      }
      assertThrows(SyscallException.class, () -> dir.createFile(Name.of("../x")).close());
      assertThrows(SyscallException.class, () -> dir.remove(Name.of("..")));
      assertFalse(Files.exists(temp.resolve("x")));
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void crossesNoMount(Kernel kernel) throws IOException {
    // /proc/self has links and /proc is a mount below the root.
    try (Dir root = Dir.ofHost(kernel, Name.of("/"))) {
      SyscallException e =
          assertThrows(SyscallException.class, () -> root.open(Name.of("proc")).close());
      assertEquals(Errno.EXDEV, e.errno());
    }
  }

  @Test
  void opensNoDeviceAndBlocksOnNoPipe() throws IOException {
    try (Dir dir = inside(new Kernel())) {
      dir.createSpecial(Name.of("pipe"), FileType.FIFO, 0);
      assertThrows(SyscallException.class, () -> dir.openFile(Name.of("pipe")).close());
    }
  }

  @Test
  void removesATreeButNotWhatItsLinksPointTo() throws IOException {
    try (Dir dir = inside(new Kernel())) {
      dir.remove(Name.of("sub"));
      dir.remove(LINK);
      dir.remove(Name.of("never was"));
    }
    assertFalse(Files.exists(temp.resolve("inside/sub")));
    assertTrue(Files.exists(temp.resolve("outside/secret")));
  }

  @Test
  void removalNeverLeavesTheTreeWhileItsDirectoriesAreSwappedForLinks() throws Exception {
    Path victim = temp.resolve("inside/victim");
    AtomicBoolean stop = new AtomicBoolean();
    Thread swapper =
        new Thread(
            () -> {
              while (!stop.get()) {
                try {
                  Files.createDirectories(victim.resolve("d"));
                  Files.deleteIfExists(victim.resolve("d"));
                  Files.createSymbolicLink(victim.resolve("d"), temp.resolve("outside"));
                  Files.deleteIfExists(victim.resolve("d"));
                } catch (IOException raced) {
                  // The other thread was faster.
                }
              }
            });
    swapper.start();
    try (Dir dir = inside(new Kernel())) {
      for (int i = 0; i < 2000; i++) {
        try {
          dir.remove(Name.of("victim"));
        } catch (SyscallException raced) {
          // Refused: fine, as long as nothing outside is touched.
        }
        assertTrue(Files.exists(temp.resolve("outside/secret"), LinkOption.NOFOLLOW_LINKS));
      }
    } finally {
      stop.set(true);
      swapper.join();
    }
  }

  @Test
  void namesAreBytes() throws IOException {
    byte[] longest = new byte[255];
    java.util.Arrays.fill(longest, (byte) 'x');
    List<Name> names =
        List.of(
            Name.of(new byte[] {(byte) 0xff, (byte) 0xfe, '\n', 1}),
            Name.of(longest),
            Name.of("new\nline"));
    try (Dir dir = inside(new Kernel())) {
      for (Name name : names) {
        dir.createFile(name).close();
        assertTrue(dir.list().stream().anyMatch(item -> item.name().equals(name)));
        assertFalse(name.toString().contains("\n"));
      }
    }
  }

  @Test
  void openPathsLongerThanTheKernelTakes() throws IOException {
    Name component = Name.of("d".repeat(200));
    Name path = Name.EMPTY;
    try (Dir dir = inside(new Kernel())) {
      for (int i = 0; i < 30; i++) {
        if (path.length() == 0) {
          dir.createDirectory(component);
        } else {
          try (Dir parent = dir.open(path)) {
            parent.createDirectory(component);
          }
        }
        path = path.resolve(component);
      }
      assertTrue(path.length() > 4096);
      try (Dir deepest = dir.open(path)) {
        assertTrue(deepest.list().isEmpty());
      }
      dir.remove(component);
      assertNull(dir.stat(component));
    }
  }

  @Test
  void metadataComesBackAsItWasSet() throws IOException {
    TreeMap<Name, byte[]> xattrs = new TreeMap<>();
    xattrs.put(Name.of("user.note"), new byte[] {0, 1, (byte) 0x80});
    Metadata wanted = new Metadata(FileType.FILE, 0640, 1000, 1001, -5, 123_456_789, 0, xattrs);
    Attributes attributes = new Attributes(Ids.SAME, new Policy(false, false));
    try (Dir dir = inside(new Kernel());
        Inode file = dir.createFile(Name.of("new"))) {
      assertNull(attributes.apply(file, wanted));
      Metadata read = attributes.read(file, file.stat());
      assertEquals(wanted, read);
      assertArrayEquals(xattrs.get(Name.of("user.note")), read.xattrs().get(Name.of("user.note")));
    }
  }

  @Test
  void setuidIsRestoredOnlyWhereThePolicyAllowsIt() throws IOException {
    Metadata wanted = new Metadata(FileType.FILE, 04755, 0, 0, 0, 0, 0, Metadata.NO_XATTRS);
    try (Dir dir = inside(new Kernel());
        Inode file = dir.createFile(Name.of("new"))) {
      Attributes strict = new Attributes(Ids.SAME, new Policy(false, false));
      assertEquals("setuid or setgid bit", strict.apply(file, wanted));
      assertEquals(0755, file.stat().mode() & 07777);
      Attributes lax = new Attributes(Ids.SAME, new Policy(true, false));
      assertNull(lax.apply(file, wanted));
      assertEquals(04755, file.stat().mode() & 07777);
    }
  }

  @Test
  void idsAreMappedInAclsToo() {
    // u32 version 2; user entry with id 1000, group entry with id 7, mask without id.
    ByteBuffer acl = ByteBuffer.allocate(28).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    acl.putInt(2).putShort((short) 2).putShort((short) 6).putInt(1000);
    acl.putShort((short) 8).putShort((short) 4).putInt(7);
    acl.putShort((short) 16).putShort((short) 4).putInt(-1);
    byte[] mapped =
        Xattrs.map(
            Name.of("system.posix_acl_access"), acl.array(), u -> u + 100_000, g -> g + 200_000);
    ByteBuffer read = ByteBuffer.wrap(mapped).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    assertEquals(101_000, read.getInt(8));
    assertEquals(200_007, read.getInt(16));
    assertEquals(-1, read.getInt(24));
  }
}
