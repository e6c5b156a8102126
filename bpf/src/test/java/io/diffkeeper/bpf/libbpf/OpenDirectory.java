package io.diffkeeper.bpf.libbpf;

import java.nio.file.Path;
import jnr.ffi.LibraryLoader;

/** A directory that is held open, as a caller of an event source has it. */
public final class OpenDirectory implements AutoCloseable {
  private static final C LIBC = LibraryLoader.create(C.class).load("c");
  private static final int O_RDONLY = 0;

  private final int fd;

  /** Opens a directory. */
  public OpenDirectory(Path path) {
    fd = LIBC.open(path.toString(), O_RDONLY);
    if (fd < 0) {
      throw new IllegalArgumentException(path + ": cannot be opened");
    }
  }

  /** Its descriptor. */
  public int fd() {
    return fd;
  }

  @Override
  public void close() {
    LIBC.close(fd);
  }

  /** libc. */
  public interface C {
    int open(String path, int flags);

    int close(int fd);
  }
}
