package io.diffkeeper.cli;

import io.diffkeeper.sys.Kernel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntConsumer;

/**
 * Passes on the signals that this process was started with blocked, by {@code diffkeeper-signals}.
 * As long as there is nobody to pass them on to, those that end a process end this one.
 */
final class Signals {
  private static final int HUP = 1;
  private static final int INT = 2;
  private static final int QUIT = 3;
  private static final int TERM = 15;

  /** struct signalfd_siginfo, of which the first field is the signal's number. */
  private static final int INFO_BYTES = 128;

  private static final int SIGNALLED = 128;
  private static final String BLOCKED = "SigBlk:";

  private final Kernel kernel;
  private volatile IntConsumer receiver = Signals::end;

  private Signals(Kernel kernel) {
    this.kernel = kernel;
  }

  /** Begins to listen, if signals are blocked; else they are the virtual machine's. */
  static Signals listen(Kernel kernel) {
    Signals signals = new Signals(kernel);
    long fd = kernel.signalfd(blocked());
    if (fd >= 0) {
      Thread thread = new Thread(() -> signals.read((int) fd), "signals");
      thread.setDaemon(true);
      thread.start();
    }
    return signals;
  }

  private static long blocked() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith(BLOCKED)) {
          return Long.parseUnsignedLong(line.substring(BLOCKED.length()).strip(), 16);
        }
      }
    } catch (IOException unreadable) {
      // Then nothing is known to be blocked.
    }
    return 0;
  }

  private static void end(int number) {
    if (number == HUP || number == INT || number == QUIT || number == TERM) {
      System.exit(SIGNALLED + number);
    }
  }

  /** From now on this one gets each signal's number. */
  void passTo(IntConsumer next) {
    receiver = next;
  }

  private void read(int fd) {
    long[] error = new long[1];
    while (true) {
      byte[] info = kernel.read(fd, INFO_BYTES, error);
      if (info == null || info.length < INFO_BYTES) {
        return;
      }
      receiver.accept(ByteBuffer.wrap(info).order(ByteOrder.nativeOrder()).getInt());
    }
  }
}
