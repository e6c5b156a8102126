package io.diffkeeper.cli;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * A line on the terminal while work goes on that takes more than a second: bytes done, rate and
 * remaining time. Nothing is printed where standard error is no terminal, or a dumb one.
 */
final class Progress {
  private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long REDRAW_MILLIS = 200;
  private static final int BAR_COLUMNS = 24;

  /** What is wider than the terminal is cut off there: a second line would never be redrawn. */
  private static final String WITHOUT_WRAPPING = "\r\033[?7l%s\033[K\033[?7h";

  private final String what;
  private final LongSupplier bytes;
  private final DoubleSupplier share;
  private final long start = System.nanoTime();
  private final Thread thread;
  private boolean drawn;
  private boolean ended;

  private Progress(String what, LongSupplier bytes, DoubleSupplier share) {
    this.what = what;
    this.bytes = bytes;
    this.share = share;
    this.thread = new Thread(this::draw, "progress");
    thread.setDaemon(true);
  }

  /** Work that takes a while. */
  @FunctionalInterface
  interface Work<T> {
    T run() throws IOException;
  }

  /**
   * Does some work and shows how far it is.
   *
   * @param done bytes done so far; called on another thread
   * @param total bytes in all; 0 if nobody knows
   */
  static <T> T during(String what, LongSupplier done, long total, Work<T> work) throws IOException {
    return during(what, done, () -> share(done.getAsLong(), total), work);
  }

  /**
   * The same, where bytes do not tell how far it is.
   *
   * @param bytes bytes so far; called on another thread
   * @param share how much of all is done, 0 to 1; negative if nobody knows; on another thread
   */
  static <T> T during(String what, LongSupplier bytes, DoubleSupplier share, Work<T> work)
      throws IOException {
    if (!Screen.isRedrawn(Screen.ERR)) {
      return work.run();
    }
    Progress progress = new Progress(what, bytes, share);
    progress.thread.start();
    Undo undo = Undo.ifEnded(progress::end);
    try {
      return work.run();
    } finally {
      undo.needless();
      progress.end();
    }
  }

  private void draw() {
    try {
      Thread.sleep(TimeUnit.NANOSECONDS.toMillis(QUIET_NANOS));
      while (true) {
        synchronized (this) {
          if (ended) {
            return;
          }
          drawn = true;
          String line = line(what, bytes.getAsLong(), share.getAsDouble(), elapsed());
          System.err.print(String.format(WITHOUT_WRAPPING, line));
        }
        Thread.sleep(REDRAW_MILLIS);
      }
    } catch (InterruptedException over) {
      Thread.currentThread().interrupt();
    }
  }

  private long elapsed() {
    return System.nanoTime() - start;
  }

  static double share(long done, long total) {
    return total <= 0 ? -1 : Math.min(1, (double) done / total);
  }

  /** What is shown after that many nanoseconds. */
  static String line(String what, long bytes, double share, long nanos) {
    double seconds = Math.max(1, nanos) / 1e9;
    String rate = new Output.Size((long) (bytes / seconds)) + "/s";
    if (share < 0) {
      return what + "  " + new Output.Size(bytes) + "  " + rate + "  " + clock((long) seconds);
    }
    int filled = (int) (share * BAR_COLUMNS);
    String bar = "#".repeat(filled) + ".".repeat(BAR_COLUMNS - filled);
    String left = share <= 0 ? "" : "  " + clock((long) (seconds * (1 - share) / share)) + " left";
    return String.format("%s [%s] %3d %%  %s%s", what, bar, (int) (share * 100), rate, left);
  }

  private static String clock(long seconds) {
    return String.format("%d:%02d", seconds / 60, seconds % 60);
  }

  /** Removes the line. */
  private void end() {
    thread.interrupt();
    synchronized (this) {
      if (drawn && !ended) {
        System.err.print("\r\033[K");
      }
      ended = true;
    }
  }
}
