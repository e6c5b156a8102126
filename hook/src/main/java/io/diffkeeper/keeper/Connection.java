package io.diffkeeper.keeper;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.sys.Call;
import io.diffkeeper.sys.Kernel;
import io.diffkeeper.sys.SyscallException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * One end of a stream between the launcher or the command line and a keeper.
 *
 * <p>A request is a line {@code diffkeeper 1 STAGE LENGTH} and LENGTH bytes of state JSON; the
 * answer is one line: {@code READY}, {@code DONE TEXT} or {@code FAIL CODE MESSAGE}. The launcher's
 * header goes on with options, which diffkeeper-hook.c describes.
 */
public final class Connection implements AutoCloseable {
  private static final String GREETING = "diffkeeper";
  private static final String PROTOCOL = "1";
  private static final String TRACE = "trace=";
  private static final String CONFIG = "config=";
  private static final int HEADER_BYTES_MAX = 128 + 4096;
  private static final int BODY_BYTES_MAX = 4 << 20;
  private static final int READ_BYTES = 65536;
  private static final int PEER_WAIT_MILLIS = 5000;

  private final Kernel kernel;
  private final int fd;

  /**
   * What is asked for.
   *
   * @param stage createRuntime, adopt, poststop, commit or status
   * @param body the state JSON; empty for the last two
   * @param config the configuration file to read; empty for the default ones
   * @param traceNanos when the launcher was started, by the monotonic clock, if it wants to know
   *     where the time goes; else 0
   */
  public record Request(String stage, byte[] body, Optional<Path> config, long traceNanos) {
    /** A request without options. */
    public Request(String stage, byte[] body) {
      this(stage, body, Optional.empty(), 0);
    }
  }

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
    String[] header = new String(all, 0, newline, StandardCharsets.UTF_8).split(" ", 5);
    if (header.length < 4 || !header[0].equals(GREETING) || !header[1].equals(PROTOCOL)) {
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
    byte[] body = Arrays.copyOf(received.toByteArray(), length);
    return request(header[2], body, header.length == 5 ? header[4] : "");
  }

  private static Request request(String stage, byte[] body, String options) {
    String rest = options;
    long traceNanos = 0;
    if (rest.startsWith(TRACE)) {
      String[] words = rest.substring(TRACE.length()).split(" ", 2);
      traceNanos = nanos(words[0]);
      rest = words.length == 2 ? words[1] : "";
    }
    if (rest.startsWith(CONFIG)) { // the last option: a path may hold blanks
      Path config = Path.of(rest.substring(CONFIG.length()));
      return new Request(stage, body, Optional.of(config), traceNanos);
    }
    if (!rest.isEmpty()) {
      throw malformed("unknown option");
    }
    return new Request(stage, body, Optional.empty(), traceNanos);
  }

  private static long nanos(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException notNumber) {
      throw malformed("trace '" + text + "'");
    }
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

  /** Greets whoever claims a spare. Returns whether anybody was there to hear it. */
  boolean greet() {
    return write("SPARE\n".getBytes(StandardCharsets.US_ASCII));
  }

  /** Tells where the time went; before the answer. */
  void trace(List<String> lines) {
    lines.forEach(line -> write(("TRACE " + line + "\n").getBytes(StandardCharsets.UTF_8)));
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
