package io.diffkeeper.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.Jvm;
import io.diffkeeper.archive.TarExport;
import io.diffkeeper.archive.TarImport;
import io.diffkeeper.files.StateDir;
import io.diffkeeper.replay.ReplayMode;
import io.diffkeeper.store.Version;
import io.diffkeeper.store.VersionRef;
import io.diffkeeper.store.VersionWriter;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.Pipe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A file of any size is captured, changed and captured again, exported, imported and replayed in
 * the same memory: a process of its own with a heap of 24 MB does it, and looks at what it takes.
 */
class LargeFileTest {
  private static final long SMALL_BYTES = 8 << 20;
  private static final long LARGE_BYTES = 256 << 20;

  /** Behind the data there is a hole, to so many times its length. */
  private static final int TIMES_LONGER = 16;

  private static final long MORE_BYTES_MAX = 24 << 20;
  private static final long WAIT_MINUTES = 10;
  private static final List<String> OPTIONS =
      List.of(
          "-Xms24m",
          "-Xmx24m",
          "-XX:+AlwaysPreTouch",
          "-XX:MaxDirectMemorySize=24m",
          "-XX:TieredStopAtLevel=1",
          "-Djnr.ffi.asm.enabled=false");

  @TempDir Path temp;

  @Test
  void takesNoMoreMemoryThanASmallOne() throws Exception {
    Map<String, Long> small = most(SMALL_BYTES);
    Map<String, Long> large = most(LARGE_BYTES);
    System.out.println("LargeFileTest: bytes of its own at most " + small + ", " + large);
    large.forEach(
        (what, bytes) ->
            assertTrue(bytes < small.get(what) + MORE_BYTES_MAX, what + small + large));
  }

  /** What a process took at most at each of its tasks, with a file of that many bytes of data. */
  private Map<String, Long> most(long bytes) throws Exception {
    Path folder = Files.createDirectory(temp.resolve(bytes + ""));
    List<String> command =
        Jvm.command(folder, OPTIONS, Tasks.class, folder.toString(), String.valueOf(bytes));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    Map<String, Long> most = new TreeMap<>();
    new String(process.getInputStream().readAllBytes())
        .lines()
        .map(line -> line.split(" "))
        .filter(words -> words[0].equals("most"))
        .forEach(words -> most.put(words[1], Long.valueOf(words[2])));
    assertTrue(process.waitFor(WAIT_MINUTES, TimeUnit.MINUTES), "ends");
    assertEquals(0, process.exitValue());
    assertEquals(5, most.size(), most.toString());
    return most;
  }

  /** The process's own part. */
  static final class Tasks extends CapturedTrees {
    private static final int PAGE = 4096;
    private static final int LOOK_EVERY_MS = 2;

    private final AtomicLong most = new AtomicLong();

    public static void main(String[] arguments) throws Exception {
      NativeHashers.use();
      Tasks tasks = new Tasks();
      tasks.temp = Path.of(arguments[0]);
      ScheduledExecutorService looks = Executors.newSingleThreadScheduledExecutor();
      looks.scheduleWithFixedDelay(
          () -> tasks.most.accumulateAndGet(own(), Math::max),
          0,
          LOOK_EVERY_MS,
          TimeUnit.MILLISECONDS);
      tasks.openStore();
      try {
        tasks.run(Long.parseLong(arguments[1]));
      } finally {
        tasks.closeStore();
        looks.shutdownNow();
      }
    }

    /** Memory that is of no file: heap, buffers, what C code asked for. */
    private static long own() {
      try {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("RssAnon:"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
            .sum();
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    private void done(String task) {
      System.out.println("most " + task + " " + most.getAndSet(0));
    }

    private void run(long bytes) throws Exception {
      write(bytes);
      try (StateDir dir = dir(kernel, "live")) {
        Session session = session(dir, null, null);
        session.commit();
        done("capture");
        change(bytes / 2);
        session.capture().requestSweep();
        Version changed = session.commit();
        assertTrue(changed.storedBytes() < 1 << 20, changed.toString());
        done("change");
        replay(changed, ReplayMode.EXACT, "copy");
        done("replay");
        assertEquals(-1, Files.mismatch(path("live/large"), path("copy/large")));
        Files.delete(path("copy/large"));
        assertEquals(changed.root(), throughAnArchive(changed));
        done("archive");
        assertTrue(store.verify(null).ok());
        done("verify");
      }
    }

    private void write(long bytes) throws IOException {
      Files.createDirectories(path("live"));
      ByteBuffer block = ByteBuffer.allocateDirect(256 * PAGE);
      try (FileChannel file = open("live/large")) {
        for (long at = 0; at < bytes; at += block.capacity()) {
          for (int i = 0; i < block.capacity(); i += PAGE) {
            block.putLong(i, at + i + 1);
          }
          file.write(block.clear(), at);
        }
        file.write(ByteBuffer.allocate(1), bytes * TIMES_LONGER);
      }
      try (FileChannel file = open("live/dense")) { // several threads share it out
        for (long at = 0; at < bytes / 4; at += block.capacity()) {
          block.putLong(0, -at);
          file.write(block.clear(), at);
        }
      }
    }

    private void change(long at) throws IOException {
      try (FileChannel file = open("live/large")) {
        file.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), at);
      }
    }

    private FileChannel open(String name) throws IOException {
      return FileChannel.open(path(name), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    /** Exports a version and imports it at the same time; gives the digest of what came out. */
    private Digest throughAnArchive(Version version) throws Exception {
      Pipe pipe = Pipe.open();
      Thread export =
          new Thread(
              () -> {
                try (Pipe.SinkChannel out = pipe.sink()) {
                  TarExport.write(store, new VersionRef.Found(STATE, version, version.root()), out);
                } catch (IOException e) {
                  throw new AssertionError(e); // the archive is cut short then
                }
              });
      export.start();
      try (VersionWriter writer = store.writer(STATE);
          var in = Channels.newInputStream(pipe.source())) {
        return TarImport.read(in, List.of(Name.of("/data")), writer).root();
      } finally {
        export.join();
      }
    }
  }
}
