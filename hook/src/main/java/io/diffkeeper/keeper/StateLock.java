package io.diffkeeper.keeper;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.FileFailure;
import io.diffkeeper.store.StateName;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * The right to write a state: a lock on a file in the store, which the kernel takes back when its
 * holder dies. The file's text names the holder.
 */
public final class StateLock implements AutoCloseable {
  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final int HOLDER_BYTES_MAX = 1024;

  private final FileChannel channel;

  private StateLock(FileChannel channel) {
    this.channel = channel;
  }

  private static Path file(Path store, StateName state) {
    return store.resolve("locks").resolve(state.toString().replace('/', '~'));
  }

  /**
   * Takes the lock, waiting for its holder if need be.
   *
   * @param store the store's directory
   * @param holder one line that names the new holder
   * @param wait how long to wait at most
   * @throws DiffKeeperException (BUSY) naming the holder, when the time is over
   */
  public static StateLock acquire(Path store, StateName state, String holder, Duration wait) {
    Path file = file(store, state);
    try {
      Files.createDirectories(file.getParent());
      FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      long deadline = System.nanoTime() + wait.toNanos();
      boolean locked = lock(channel);
      while (!locked && System.nanoTime() - deadline < 0) {
        LockSupport.parkNanos(RETRY_NANOS);
        locked = lock(channel);
      }
      if (!locked) {
        String other = read(channel);
        channel.close();
        throw new DiffKeeperException(ExitCode.BUSY, "state " + state + " is held by " + other);
      }
      channel.truncate(0);
      channel.write(ByteBuffer.wrap(holder.getBytes(StandardCharsets.UTF_8)), 0);
      return new StateLock(channel);
    } catch (IOException e) {
      throw new DiffKeeperException(
          FileFailure.exitCode(e), "cannot be locked: " + FileFailure.message(e), e);
    }
  }

  /** The states that were ever held, by the names of their files. */
  public static List<StateName> states(Path store) throws IOException {
    Path locks = store.resolve("locks");
    if (!Files.isDirectory(locks)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(locks)) {
      return files.map(file -> file.getFileName().toString()).flatMap(StateLock::state).toList();
    }
  }

  private static Stream<StateName> state(String file) {
    try {
      return Stream.of(StateName.parse(file.replace('~', '/'), ""));
    } catch (DiffKeeperException foreign) {
      return Stream.empty();
    }
  }

  /** Whether a state was ever held. */
  static boolean exists(Path store, StateName state) {
    return Files.exists(file(store, state));
  }

  /** The line of who holds a state, or held it last; empty if nobody did. */
  static String text(Path store, StateName state) {
    try (FileChannel channel = FileChannel.open(file(store, state), StandardOpenOption.READ)) {
      return read(channel);
    } catch (IOException none) {
      return "";
    }
  }

  /** Who holds a state now, or null. */
  public static String holder(Path store, StateName state) {
    try (FileChannel channel =
        FileChannel.open(file(store, state), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      return lock(channel) ? null : read(channel);
    } catch (NoSuchFileException free) {
      return null;
    } catch (IOException unknown) {
      return null;
    }
  }

  /** Whether it is locked now, by this channel; within one process, too, there is one holder. */
  private static boolean lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException held) {
      return false;
    }
  }

  /** The holder's line. It has just begun to hold if there is none yet, or only a former one's. */
  private static String read(FileChannel channel) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(HOLDER_BYTES_MAX);
    channel.read(bytes, 0);
    String text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
    String line = text.replaceAll("\\p{Cntrl}+", " ").strip();
    return line.isEmpty() ? "somebody" : line;
  }

  /** Gives the state back. */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new DiffKeeperException(ExitCode.INTERNAL, "state lock: " + e, e);
    }
  }
}
