package io.diffkeeper.keeper;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.sys.Call;
import io.diffkeeper.sys.Kernel;
import io.diffkeeper.sys.SyscallException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One end of a stream between the launcher or the command line and a keeper.
 *
 * <p>A request is a line {@code diffkeeper 1 STAGE LENGTH} and LENGTH bytes of state JSON; the
 * answer is one line: {@code READY}, {@code DONE TEXT} or {@code FAIL CODE MESSAGE}.
 */
public final class Connection implements AutoCloseable {
  private static final String GREETING = "diffkeeper";
  private static final String PROTOCOL = "1";
  private static final int HEADER_BYTES_MAX = 128;
  private static final int BODY_BYTES_MAX = 4 << 20;
  private static final int READ_BYTES = 65536;
  private static final int PEER_WAIT_MILLIS = 5000;

  private final Kernel kernel;
  private final int fd;

  /**
   * What is asked for.
   *
   * @param stage createRuntime, poststop or commit
   * @param body the state JSON; empty for a commit
   */
  public record Request(String stage, byte[] body) {}

  /** Takes over an open descriptor. */
  public Connection(Kernel kernel, int fd) {
    this.kernel = kernel;
    this.fd = fd;
  }

  /** Connects to a keeper's socket; a path of at most 107 bytes. */
  public static Connection to(Kernel kernel, String path) throws SyscallException {
    long socket = Kernel.check(Call.SOCKET, path, kernel.unixSocket(1));
    long result = kernel.connect((int) socket, path.getBytes(StandardCharsets.UTF_8));
    if (result < 0) {
      kernel.close((int) socket);
      Kernel.check(Call.CONNECT, path, result);
    }
    return new Connection(kernel, (int) socket);
  }

  int fd() {
    return fd;
  }

  /**
   * Reads a whole request.
   *
   * @throws DiffKeeperException (BAD_INPUT) if it is not one, or is cut short
   */
  public Request receive() {
    ByteArrayOutputStream received = new ByteArrayOutputStream();
    int newline = -1;
    while (newline < 0) {
      byte[] bytes = more();
      received.writeBytes(bytes);
      newline = indexOfNewline(received.toByteArray());
      if (bytes.length == 0 || (newline < 0 && received.size() > HEADER_BYTES_MAX)) {
        throw malformed("no header");
      }
    }
    byte[] all = received.toByteArray();
    String[] header = new String(all, 0, newline, StandardCharsets.US_ASCII).split(" ");
    if (header.length != 4 || !header[0].equals(GREETING) || !header[1].equals(PROTOCOL)) {
      throw malformed("unknown header");
    }
    int length = length(header[3]);
    received.reset();
    received.write(all, newline + 1, all.length - newline - 1);
    while (received.size() < length) {
      byte[] bytes = more();
      if (bytes.length == 0) {
        throw malformed("cut short");
      }
      received.writeBytes(bytes);
    }
    return new Request(header[2], Arrays.copyOf(received.toByteArray(), length));
  }

  private static int length(String text) {
    try {
      int length = Integer.parseInt(text);
      if (length >= 0 && length <= BODY_BYTES_MAX) {
        return length;
      }
    } catch (NumberFormatException notNumber) {
      // Said below.
    }
    throw malformed("length '" + text + "'");
  }

  private byte[] more() {
    if (!kernel.poll(new int[] {fd}, PEER_WAIT_MILLIS)[0]) {
      throw malformed("nothing came for " + PEER_WAIT_MILLIS + " ms");
    }
    long[] error = new long[1];
    byte[] bytes = kernel.read(fd, READ_BYTES, error);
    if (bytes == null) {
      throw malformed("unreadable, error " + -error[0]);
    }
    return bytes;
  }

  private static int indexOfNewline(byte[] bytes) {
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == '\n') {
        return i;
      }
    }
    return -1;
  }

  private static DiffKeeperException malformed(String what) {
    return new DiffKeeperException(ExitCode.BAD_INPUT, "malformed request: " + what);
  }

  /** Sends a request. */
  public boolean send(Request request) {
    String header =
        GREETING + " " + PROTOCOL + " " + request.stage() + " " + request.body().length + "\n";
    return write(header.getBytes(StandardCharsets.US_ASCII)) && write(request.body());
  }

  /** Reads the one line of an answer, without its end; null if the peer has gone. */
  public String answer() {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    while (line.size() < READ_BYTES) {
      long[] error = new long[1];
      byte[] bytes = kernel.read(fd, READ_BYTES, error);
      if (bytes == null || bytes.length == 0) {
        return null;
      }
      int newline = indexOfNewline(bytes);
      line.write(bytes, 0, newline < 0 ? bytes.length : newline);
      if (newline >= 0) {
        return line.toString(StandardCharsets.UTF_8);
      }
    }
    return null;
  }

  /** The container may start. Returns whether anybody was there to hear it. */
  boolean ready() {
    return write("READY\n".getBytes(StandardCharsets.US_ASCII));
  }

  /** What was asked for is done. */
  void done(String text) {
    write(("DONE " + text + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /** It failed; the message is one line. */
  void fail(DiffKeeperException failure) {
    String message = failure.getMessage().replaceAll("\\p{Cntrl}", " ");
    String line = "FAIL " + failure.exitCode().code() + " " + message + "\n";
    write(line.getBytes(StandardCharsets.UTF_8));
  }

  private boolean write(byte[] bytes) {
    int at = 0;
    while (at < bytes.length) {
      long n = kernel.write(fd, Arrays.copyOfRange(bytes, at, bytes.length));
      if (n < 0) {
        return false;
      }
      at += (int) n;
    }
    return true;
  }

  @Override
  public void close() {
    kernel.close(fd);
  }
}
