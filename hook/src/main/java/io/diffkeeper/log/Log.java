package io.diffkeeper.log;

import io.diffkeeper.sys.Kernel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/**
 * One program's log. Every line carries the container, the state with its newest version, and the
 * stage. Logging never fails: a line that can't be delivered is dropped. Thread-safe.
 *
 * <p>Lines go to the journal, with a field for each of these; where there is none to syslog, and
 * where there is none of that either to a file.
 */
public final class Log {
  private static final String JOURNAL = "/run/systemd/journal/socket";
  private static final String SYSLOG = "/dev/log";
  private static final int DATAGRAM = 2;
  private static final int FACILITY_DAEMON = 3 << 3;
  private static final long FILE_BYTES_MAX = 4 << 20;
  private static final int LINE_CHARS_MAX = 2000;
  private static final int PHASES_MAX = 64;

  private final Kernel kernel;
  private final String journal;
  private final String syslog;
  private Path fallback;
  private volatile boolean debug;
  private final List<String> phases = new ArrayList<>();
  private final List<Long> phaseNanos = new ArrayList<>();
  private volatile String container = "-";
  private volatile String state = "";
  private volatile long version;
  private volatile String stage = "-";

  private enum Severity {
    ERROR(3),
    WARNING(4),
    INFO(6),
    DEBUG(7);

    final int code;

    Severity(int code) {
      this.code = code;
    }
  }

  /**
   * A log.
   *
   * @param fallback the file to append to where no syslog listens; kept under 8 MiB with its
   *     predecessor
   * @param debug whether {@link #debug} lines are wanted
   */
  public Log(Kernel kernel, Path fallback, boolean debug) {
    this(kernel, JOURNAL, SYSLOG, fallback, debug);
  }

  Log(Kernel kernel, String journal, String syslog, Path fallback, boolean debug) {
    this.kernel = kernel;
    this.journal = journal;
    this.syslog = syslog;
    this.fallback = fallback;
    this.debug = debug;
  }

  /** A log that drops everything. */
  public static Log none() {
    return new Log(null, null, false);
  }

  /** A log that the system's is not to hear of: it looks for a syslog in vain, and has a file. */
  public static Log inFile(Kernel kernel, Path file) {
    return new Log(kernel, file + ".none", file + ".none", file, false);
  }

  /** Sets the file for hosts without a system log; phases that were reached stay. */
  public synchronized void fallback(Path file) {
    this.fallback = file;
  }

  /** Sets whether {@link #debug(String, Throwable)} lines are wanted. */
  public void debug(boolean wanted) {
    this.debug = wanted;
  }

  /** Names the container of all lines to come. */
  public void container(String id) {
    this.container = id;
  }

  /** Names the state of all lines to come. */
  public void state(String name) {
    this.state = name;
  }

  /** Tells the number of the state's newest version, for all lines to come; 0 for none. */
  public void version(long number) {
    this.version = number;
  }

  /** Names the stage of all lines to come: replay, attach, capture, ... */
  public void stage(String name) {
    this.stage = name;
  }

  /**
   * Notes that a phase of the start is over. Always done, as a look at the clock costs less than to
   * ask whether somebody wants to know.
   */
  public synchronized void reached(String phase) {
    if (phases.size() < PHASES_MAX) {
      phases.add(phase);
      phaseNanos.add(System.nanoTime());
    }
  }

  /**
   * When each phase was over, a line each, in order.
   *
   * @param startNanos what the times are counted from, by {@link System#nanoTime}
   */
  public synchronized List<String> phases(long startNanos) {
    int first = 0;
    while (first < phases.size() && phaseNanos.get(first) < startNanos) {
      first++; // of the time when this was a spare
    }
    return phases(startNanos, first);
  }

  /**
   * The same from a phase on, which may have been over before.
   *
   * @param from the phase's name
   */
  public synchronized List<String> phases(long startNanos, String from) {
    return phases(startNanos, Math.max(0, phases.lastIndexOf(from)));
  }

  /**
   * The same from a phase on, with times that are counted from its end; empty if it was not
   * reached.
   *
   * @param from the phase's name
   */
  public synchronized List<String> phasesFrom(String from) {
    int first = phases.lastIndexOf(from);
    return first < 0 ? List.of() : phases(phaseNanos.get(first), first);
  }

  private List<String> phases(long startNanos, int first) {
    List<String> lines = new ArrayList<>();
    for (int i = first; i < phases.size(); i++) {
      double millis = (phaseNanos.get(i) - startNanos) / 1e6;
      lines.add(String.format("%9.2f ms  %s", millis, phases.get(i)));
    }
    return lines;
  }

  /** Something was lost or refused. */
  public void error(String message) {
    write(Severity.ERROR, message);
  }

  /** Something is not as it should be, and was dealt with. */
  public void warning(String message) {
    write(Severity.WARNING, message);
  }

  /** What an operator wants to see of a normal day. */
  public void info(String message) {
    write(Severity.INFO, message);
  }

  /** The stack trace and whatever else only helps who wrote the program. */
  public void debug(String message, Throwable cause) {
    if (debug) {
      write(Severity.DEBUG, cause == null ? message : message + ": " + trace(cause));
    }
  }

  private static String trace(Throwable cause) {
    StringBuilder text = new StringBuilder(cause.toString());
    for (StackTraceElement frame : cause.getStackTrace()) {
      text.append(" < ").append(frame);
    }
    return text.toString();
  }

  private void write(Severity severity, String message) {
    if (kernel == null) {
      return;
    }
    String text = oneLine(message);
    String about = container + (state.isEmpty() ? "" : " " + state) + at() + " " + stage;
    String line = about + ": " + text;
    String tagged =
        "<"
            + (FACILITY_DAEMON | severity.code)
            + ">diffkeeper["
            + ProcessHandle.current().pid()
            + "]: "
            + line;
    if (!send(journal, entry(severity, line)) && !send(syslog, tagged)) {
      toFile(severity, line);
    }
  }

  private String at() {
    return version == 0 ? "" : "@" + version;
  }

  /** A line each: systemd's Native Journal Protocol. No value has a newline in it. */
  private String entry(Severity severity, String line) {
    StringBuilder entry = new StringBuilder();
    field(entry, "MESSAGE", line);
    field(entry, "PRIORITY", Integer.toString(severity.code));
    field(entry, "SYSLOG_IDENTIFIER", "diffkeeper");
    field(entry, "SYSLOG_FACILITY", Integer.toString(FACILITY_DAEMON >> 3));
    field(entry, "DIFFKEEPER_CONTAINER", container);
    field(entry, "DIFFKEEPER_STATE", state);
    field(entry, "DIFFKEEPER_VERSION", version == 0 ? "" : Long.toString(version));
    field(entry, "DIFFKEEPER_STAGE", stage);
    return entry.toString();
  }

  private static void field(StringBuilder entry, String name, String value) {
    if (!value.isEmpty()) {
      entry.append(name).append('=').append(oneLine(value)).append('\n');
    }
  }

  /** File names reach messages: no line may end early and pretend to be two. */
  private static String oneLine(String message) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < Math.min(message.length(), LINE_CHARS_MAX); i++) {
      char c = message.charAt(i);
      line.append(Character.isISOControl(c) ? ' ' : c);
    }
    return line.toString();
  }

  private boolean send(String address, String datagram) {
    long socket = kernel.unixSocket(DATAGRAM);
    if (socket < 0) {
      return false;
    }
    try {
      return kernel.connect((int) socket, address.getBytes(StandardCharsets.UTF_8)) == 0
          && kernel.write((int) socket, datagram.getBytes(StandardCharsets.UTF_8)) > 0;
    } finally {
      kernel.close((int) socket);
    }
  }

  private synchronized void toFile(Severity severity, String line) {
    try {
      Files.createDirectories(fallback.getParent());
      if (Files.exists(fallback) && Files.size(fallback) > FILE_BYTES_MAX) {
        Path old = fallback.resolveSibling(fallback.getFileName() + ".1");
        Files.move(fallback, old, StandardCopyOption.REPLACE_EXISTING);
      }
      if (!Files.exists(fallback)) {
        Files.createFile(
            fallback,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      }
      String dated =
          Instant.now().truncatedTo(ChronoUnit.MILLIS) + " " + severity + " " + line + "\n";
      Files.writeString(fallback, dated, StandardOpenOption.APPEND);
    } catch (IOException undeliverable) {
      // There is nowhere left to say it.
    }
  }
}
