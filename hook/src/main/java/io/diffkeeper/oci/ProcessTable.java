package io.diffkeeper.oci;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The processes of this host, as proc(5) shows them. What it tells of a process is as old as the
 * call: the process may have ended since.
 *
 * @param proc where proc is mounted
 */
public record ProcessTable(Path proc) {
  /** The running kernel's. */
  public static final ProcessTable HOST = new ProcessTable(Path.of("/proc"));

  private static final String SELF = "self";

  /** The process that is waiting for its end, or 0 if there is no such process. */
  public long parent(long pid) {
    String[] fields = stat(pid);
    return fields.length == 0 ? 0 : Long.parseLong(fields[1]);
  }

  /** What it does, as the letter that proc_pid_stat(5) has for it; empty if there is none such. */
  public Optional<String> state(long pid) {
    return Arrays.stream(stat(pid)).findFirst();
  }

  /** The fields behind the name, which may be any bytes; none if there is no such process. */
  private String[] stat(long pid) {
    try {
      String stat = Files.readString(of(pid).resolve("stat"), StandardCharsets.ISO_8859_1);
      return stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    } catch (IOException | IndexOutOfBoundsException gone) {
      return new String[0];
    }
  }

  /** All of them; none where proc is not mounted. */
  public List<Long> all() {
    List<Long> found = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(proc, "[1-9]*")) {
      all.forEach(each -> found.add(Long.parseLong(each.getFileName().toString())));
    } catch (IOException | DirectoryIteratorException unreadable) {
      return found; // without /proc nobody can tell
    }
    return found;
  }

  /** What it was started with; empty if there is no such process. */
  public List<String> words(long pid) {
    try {
      byte[] line = Files.readAllBytes(of(pid).resolve("cmdline"));
      return List.of(new String(line, StandardCharsets.UTF_8).split("\0"));
    } catch (IOException gone) {
      return List.of();
    }
  }

  /** The directory that it works in. */
  public Optional<Path> folder(long pid) {
    return link(Long.toString(pid), "cwd");
  }

  /**
   * Whether it runs a program, and in this process's own namespaces: any process in a container can
   * be called like one of the engine's.
   *
   * @param program the name of the file, or how it begins
   */
  boolean isEngines(long pid, String program) {
    String id = Long.toString(pid);
    String exe = link(id, "exe").map(Path::toString).orElse("/");
    return exe.substring(exe.lastIndexOf('/') + 1).startsWith(program)
        && isShared(id, "ns/pid")
        && isShared(id, "ns/mnt");
  }

  private boolean isShared(String pid, String namespace) {
    Optional<Path> its = link(pid, namespace);
    return its.isPresent() && its.equals(link(SELF, namespace));
  }

  /** Those that run a program, as above. */
  List<Long> engines(String program) {
    return all().stream().filter(pid -> isEngines(pid, program)).toList();
  }

  private Path of(long pid) {
    return proc.resolve(Long.toString(pid));
  }

  private Optional<Path> link(String pid, String name) {
    try {
      return Optional.of(Files.readSymbolicLink(proc.resolve(pid).resolve(name)));
    } catch (IOException gone) {
      return Optional.empty();
    }
  }
}
