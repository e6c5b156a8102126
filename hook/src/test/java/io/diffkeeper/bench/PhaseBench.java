package io.diffkeeper.bench;

import io.diffkeeper.keeper.NativeHashers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What dominates a capture and a replay: all running threads' stacks, looked at every two
 * milliseconds, by the innermost method of ours that each is in. Shares are of running threads.
 */
public final class PhaseBench {
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
  private static final int SHOWN = 8;
  private static final int CAPTURES = 12;
  private static final int REPLAYS = 8;
  private static final double PERCENT = 100;

  private final Path scratch;

  private PhaseBench(Path scratch) {
    this.scratch = scratch;
  }

  /** Runs all; the argument is an empty folder on the file system to measure on. */
  public static void main(String[] args) throws Exception {
    NativeHashers.use();
    PhaseBench bench = new PhaseBench(Path.of(args[0]));
    bench.capture(new Database(bench.scratch));
    bench.capture(new Documents());
    bench.restore(new Database(bench.scratch));
    bench.restore(new Tensors());
    bench.replay("replay of 10,000 x 4 KiB", 10_000, 4096);
    bench.replay("replay of 50 x 10 MiB", 50, 10 << 20);
  }

  /** Looks at threads from when it is made until it reports. */
  private static final class Looking {
    private final Map<String, Integer> seen = new HashMap<>();
    private final Thread thread = new Thread(this::look, "looking");
    private final String what;
    private volatile boolean done;

    Looking(String what) {
      this.what = what;
      thread.setDaemon(true);
      thread.start();
    }

    private void look() {
      while (!done) {
        Thread.getAllStackTraces()
            .forEach(
                (other, stack) -> {
                  if (other != thread && other.getState() == Thread.State.RUNNABLE) {
                    String method = innermost(stack);
                    if (method != null) {
                      seen.merge(method, 1, Integer::sum);
                    }
                  }
                });
        LockSupport.parkNanos(LOOK_NANOS);
      }
    }

    /** Our own innermost method, and the system call or the library's method it is in. */
    private static String innermost(StackTraceElement[] stack) {
      for (StackTraceElement frame : stack) {
        String name = frame.getClassName();
        if (name.startsWith("io.diffkeeper.") && !name.contains(".sys.")) {
          return name.contains(".bench.")
              ? null // the benchmark's own
              : name.substring("io.diffkeeper.".length()) + "." + frame.getMethodName();
        }
      }
      return null;
    }

    void report() throws InterruptedException {
      done = true;
      thread.join();
      int all = seen.values().stream().mapToInt(n -> n).sum();
      System.out.printf("%s (%d looks)%n", what, all);
      seen.entrySet().stream()
          .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
          .limit(SHOWN)
          .forEach(
              method ->
                  System.out.printf(
                      Locale.ROOT,
                      "  %-56s %5.1f %%%n",
                      method.getKey(),
                      PERCENT * method.getValue() / all));
      System.out.println();
    }
  }

  private void capture(Workload workload) throws Exception {
    Path live = Files.createDirectory(scratch.resolve("live"));
    try (Ours ours = new Ours(scratch.resolve("ours"))) {
      workload.make(live);
      ours.capture(live, 1, List.of());
      Looking looking =
          new Looking("capture of workload " + workload.name() + ", a version after another");
      for (int version = 2; version < 2 + CAPTURES; version++) {
        ours.capture(live, version, workload.change(live, version));
      }
      looking.report();
    }
    Shell.remove(live);
    Shell.remove(scratch.resolve("ours"));
  }

  /** The newest of all versions, after a collection. */
  private void restore(Workload workload) throws Exception {
    Path live = Files.createDirectory(scratch.resolve("live"));
    try (Ours ours = new Ours(scratch.resolve("ours"))) {
      workload.make(live);
      ours.capture(live, 1, List.of());
      for (int version = 2; version <= workload.versions(); version++) {
        ours.capture(live, version, workload.change(live, version));
      }
      ours.compact();
      replays(ours, workload.versions(), "replay of workload " + workload.name());
    }
    Shell.remove(live);
    Shell.remove(scratch.resolve("ours"));
  }

  private void replays(Ours ours, int version, String what) throws Exception {
    Looking looking = new Looking(what);
    for (int i = 0; i < REPLAYS; i++) {
      Path into = Files.createDirectory(scratch.resolve("restored"));
      ours.restore(version, into);
      Shell.remove(into);
    }
    looking.report();
  }

  private void replay(String what, int files, int bytes) throws Exception {
    Path live = Files.createDirectory(scratch.resolve("live"));
    Random random = new Random(1);
    byte[] content = new byte[bytes];
    for (int i = 0; i < files; i++) {
      random.nextBytes(content);
      Files.write(Files.createDirectories(live.resolve("d" + i / 100)).resolve("f" + i), content);
    }
    try (Ours ours = new Ours(scratch.resolve("ours"))) {
      ours.capture(live, 1, List.of());
      replays(ours, 1, what);
    }
    Shell.remove(live);
    Shell.remove(scratch.resolve("ours"));
  }
}
