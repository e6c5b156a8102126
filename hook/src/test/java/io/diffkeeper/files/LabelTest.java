package io.diffkeeper.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.kenai.jffi.MemoryIO;
import io.diffkeeper.sys.Call;
import io.diffkeeper.sys.Errno;
import io.diffkeeper.sys.Kernel;
import io.diffkeeper.sys.SyscallException;
import io.diffkeeper.sys.Syscalls;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Metadata;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SELinux labels, on a kernel that has none: what it would have been asked is looked at. */
class LabelTest {
  private static final MemoryIO MEMORY = MemoryIO.getInstance();
  private static final String LABEL = "system_u:object_r:container_file_t:s0:c1,c2";
  private static final long SELINUX_MAGIC = 0xf97cff8cL;
  private static final int SELINUXFS = 9999;

  @TempDir Path temp;
  private final List<String> labels = new ArrayList<>();

  private static String text(long address) {
    return new String(MEMORY.getZeroTerminatedByteArray(address), StandardCharsets.UTF_8);
  }

  /**
   * A kernel with SELinux.
   *
   * @param answer to an attempt to set a label
   */
  private Kernel selinux(int answer) {
    Syscalls linux = Kernel.linux();
    return new Kernel(
        (call, a1, a2, a3, a4, a5) -> {
          if (call == Call.OPENAT && text(a2).equals("/sys/fs/selinux")) {
            return SELINUXFS;
          } else if (call == Call.FSTATFS && a1 == SELINUXFS) {
            MEMORY.putLong(a2, SELINUX_MAGIC);
            return 0;
          } else if (call == Call.CLOSE && a1 == SELINUXFS) {
            return 0;
          } else if ((call == Call.FSETXATTR || call == Call.SETXATTR)
              && text(a2).equals("security.selinux")) {
            byte[] value = new byte[(int) a4];
            MEMORY.getByteArray(a3, value, 0, value.length);
            labels.add(new String(value, StandardCharsets.US_ASCII));
            return answer;
          }
          return linux.call(call, a1, a2, a3, a4, a5);
        });
  }

  private void makeOne(Kernel kernel) throws IOException {
    byte[] label = Label.of(kernel, LABEL);
    Attributes attributes = new Attributes(Ids.SAME, new Policy(false, false), label);
    Metadata metadata = new Metadata(FileType.FILE, 0644, 0, 0, 1, 2, 0, Metadata.NO_XATTRS);
    Metadata link = new Metadata(FileType.SYMLINK, 0777, 0, 0, 1, 2, 0, Metadata.NO_XATTRS);
    try (Dir dir = Dir.ofHost(kernel, Name.of(temp.toString()))) {
      Fresh fresh = Fresh.in(dir);
      try (Inode file = dir.createFile(Name.of("file"), 0644)) {
        attributes.applyNew(file, metadata, fresh, 0644);
        assertEquals(metadata, attributes.read(file, file.stat()));
        attributes.apply(file, metadata); // what is there keeps its label
      }
      dir.createSymlink(Name.of("link"), Name.of("file"));
      try (Inode inode = dir.openAttributes(Name.of("link"))) {
        attributes.applyNew(inode, link, fresh, 0777);
      }
    }
  }

  @Test
  void everythingNewGetsTheContainersLabel() throws IOException {
    makeOne(selinux(0));
    assertEquals(List.of(LABEL + "\0", LABEL + "\0"), labels);
  }

  @Test
  void whereTheFileSystemHasNoLabelsNoneIsMissed() throws IOException {
    makeOne(selinux(-Errno.EOPNOTSUPP));
    assertEquals(2, labels.size());
  }

  @Test
  void aRefusedLabelIsAFailure() {
    SyscallException e =
        assertThrows(SyscallException.class, () -> makeOne(selinux(-Errno.EACCES)));
    assertEquals(Errno.EACCES, e.errno());
  }

  @Test
  void aKernelWithoutSelinuxIsAskedForNothing() throws IOException {
    Syscalls linux = Kernel.linux();
    Kernel none =
        new Kernel(
            (call, a1, a2, a3, a4, a5) -> {
              if (call == Call.OPENAT && text(a2).equals("/sys/fs/selinux")) {
                return -Errno.ENOENT;
              }
              return linux.call(call, a1, a2, a3, a4, a5);
            });
    assertNull(Label.of(none, LABEL));
    makeOne(none);
    assertEquals(List.of(), labels);
  }

  @Test
  void aDirectoryThatIsNoSelinuxfsMeansNoSelinux() {
    Syscalls linux = Kernel.linux();
    Kernel other =
        new Kernel(
            (call, a1, a2, a3, a4, a5) -> {
              if (call == Call.FSTATFS) {
                MEMORY.putLong(a2, 0x62656572L);
                return 0;
              }
              return linux.call(call, a1, a2, a3, a4, a5);
            });
    assertNull(Label.of(other, LABEL));
    assertArrayEquals(
        (LABEL + "\0").getBytes(StandardCharsets.US_ASCII), Label.of(selinux(0), LABEL));
  }
}
