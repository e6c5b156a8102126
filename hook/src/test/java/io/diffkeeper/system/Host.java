package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The product, installed or in place, with a store, a configuration and a run directory of its own.
 * {@link World} adds podman.
 *
 * <p>When it is closed it checks what holds after every test: no keeper is left but spares, no
 * container's folder in the run directory, and nothing that anybody printed or logged is a stack
 * trace.
 */
abstract class Host implements AutoCloseable {
  private static final Pattern STACK_TRACE =
      Pattern.compile("(?m)^\\s+at [\\w.$/]+\\(|Exception in thread|^Caused by: ");
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path DIST =
      Path.of(
          System.getenv().getOrDefault("DIFFKEEPER_INSTALLED", ROOT.resolve("target/dist") + ""));

  /** A setting for tests to which it is all one how fast a container starts. */
  static final String NO_SPARES = "spares = 0";

  final Path scratch;
  final Path runDir;
  private final List<String> settings;
  private final List<Attached> attached = new ArrayList<>();
  private final StringBuilder printed = new StringBuilder();

  /**
   * A host of its own, with the images that the tests run.
   *
   * @param settings lines of the configuration
   */
  Host(String... settings) throws IOException {
    String environment = System.getenv("DIFFKEEPER_PODMAN_ENV");
    assumeTrue(environment != null, "podman has no environment of its own: .ci/podman-env");
    assumeTrue(Files.isExecutable(hook()), "target/dist is not there: make build");
    Images.build(root());
    this.scratch = Files.createTempDirectory(Path.of(environment), "world");
    this.runDir = longFolder();
    this.settings = List.of(settings);
    configure();
  }

  /** With sockets in it, whose paths are longer than the 107 bytes that an address has. */
  private static Path longFolder() throws IOException {
    return Files.createTempDirectory(Path.of("/run"), "diffkeeper-" + "x".repeat(100));
  }

  /** The project's folder. */
  static Path root() {
    return ROOT;
  }

  /** The product: as it was built, or as it is installed. */
  static Path dist() {
    return DIST;
  }

  /** The command line's program. */
  static String program() {
    return DIST.resolve("bin/diffkeeper").toString();
  }

  static Path hook() {
    return DIST.resolve("libexec/oci/hooks.d/diffkeeper-hook");
  }

  Path config() {
    return scratch.resolve("config.toml");
  }

  Path store() {
    return scratch.resolve("store");
  }

  Path runDir() {
    return runDir;
  }

  /** A folder for whatever the test needs. */
  Path scratch() {
    return scratch;
  }

  /** Writes the configuration: the store, the settings that all of the test has, and these. */
  void configure(String... lines) throws IOException {
    List<String> all = new ArrayList<>(List.of("store = \"" + store() + "\""));
    all.addAll(settings);
    all.addAll(List.of(lines));
    if (all.stream().noneMatch(line -> line.startsWith("spares"))) {
      all.add("spares = 0"); // a spare per test would cost more than it saves
    }
    Files.write(config(), all);
  }

  // --- programs ----------------------------------------------------------------------------------

  /** Runs any program. */
  Run run(Path in, List<String> words) {
    Run run = Run.of(scratch, in, words);
    synchronized (printed) {
      printed.append(run.out()).append(run.err());
    }
    return run;
  }

  /** Starts any program, and leaves it running until the end. */
  Attached start(List<String> words) throws IOException {
    Attached started = new Attached(scratch, words);
    attached.add(started);
    return started;
  }

  private List<String> cliWords(String command, List<String> words) {
    List<String> all = new ArrayList<>(List.of(program(), command));
    all.addAll(List.of("--config", config().toString()));
    all.addAll(words);
    return all;
  }

  /** Runs the command line on this world's store. */
  Run cli(String command, String... words) {
    return run(null, cliWords(command, List.of(words)));
  }

  /** Starts the command line, and leaves it running. */
  Attached startCli(String command, List<String> words) throws IOException {
    return start(cliWords(command, words));
  }

  /** Starts what diffkeeper.service runs. */
  Attached startTender() throws IOException {
    String program =
        "cd " + DIST + "/lib/diffkeeper && exec runtime/bin/java @keeper.args --tend \"$@\"";
    List<String> options = List.of("--config", config().toString(), "--run-dir", runDir.toString());
    List<String> words = new ArrayList<>(List.of("sh", "-c", program, "tender"));
    words.addAll(options);
    return start(words);
  }

  /** Runs the hook as a runtime does. */
  Run callHook(String stage, Path state) {
    String config = config().toString();
    return run(
        state,
        List.of(hook().toString(), "--config", config, "--run-dir", runDir.toString(), stage));
  }

  /** The barrier, by the command line. */
  void commit(String state) {
    cli("commit", "--run-dir", runDir.toString(), state).expect(0);
  }

  // --- keepers and logs --------------------------------------------------------------------------

  /** Keepers that hold a state, by the lock that they have open. */
  List<ProcessHandle> keepers() {
    Path locks = store().resolve("locks");
    return processes().filter(process -> hasOpen(process, locks)).toList();
  }

  /** Our keepers' processes, spares among them, by the run directory in their command line. */
  private Stream<ProcessHandle> processes() {
    return ProcessHandle.allProcesses().filter(this::isOurs);
  }

  private boolean isOurs(ProcessHandle process) {
    try {
      Path file = Path.of("/proc", Long.toString(process.pid()), "cmdline");
      List<String> words =
          List.of(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).split("\0"));
      return words.contains("@keeper.args") && words.contains(runDir.toString());
    } catch (IOException gone) {
      return false;
    }
  }

  private static boolean hasOpen(ProcessHandle process, Path folder) {
    Path descriptors = Path.of("/proc", Long.toString(process.pid()), "fd");
    try (DirectoryStream<Path> links = Files.newDirectoryStream(descriptors)) {
      for (Path link : links) {
        if (leadsTo(link, folder)) {
          return true;
        }
      }
    } catch (IOException | DirectoryIteratorException gone) {
      // The process has ended.
    }
    return false;
  }

  private static boolean leadsTo(Path descriptor, Path folder) {
    try {
      return Files.readSymbolicLink(descriptor).startsWith(folder);
    } catch (IOException closedAgain) {
      return false;
    }
  }

  /** Whether only spares are left, which have a place in the run directory. */
  private boolean areAllSpares() {
    return processes().allMatch(process -> hasOpen(process, runDir.resolve("spares")));
  }

  /** The spares that can be claimed now. */
  List<ProcessHandle> spares() {
    try (Stream<Path> files = Files.list(runDir.resolve("spares"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches("[0-9a-f]{16}\\.[0-9]+"))
          .flatMap(name -> ProcessHandle.of(Long.parseLong(name.substring(17))).stream())
          .toList();
    } catch (IOException none) {
      return List.of();
    }
  }

  /** Waits until a spare can be claimed. */
  ProcessHandle awaitSpare() {
    Await.until("there is a spare", () -> !spares().isEmpty(), this::log);
    return spares().get(0);
  }

  /** SIGKILLs the keepers, and waits until they are gone. */
  void killKeepers() {
    List<ProcessHandle> found = keepers();
    assertFalse(found.isEmpty(), "there is no keeper to kill");
    found.forEach(ProcessHandle::destroyForcibly);
    Await.until("killed keepers are gone", () -> found.stream().noneMatch(this::isOurs), this::log);
  }

  void awaitNoKeeper() {
    Await.until("all keepers have ended", () -> keepers().isEmpty(), this::log);
  }

  /** The keepers' log; empty where syslog has it. */
  String log() {
    return read(runDir.resolve("diffkeeper.log"));
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException none) {
      return "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Fails unless the log has a text; where syslog has the log there is nothing to look into. */
  void assertLogged(String text) {
    if (!Files.exists(Path.of("/dev/log"))) {
      Await.until("the log says " + text, () -> log().contains(text), this::log);
    }
  }

  // --- the end -----------------------------------------------------------------------------------

  /** Removes all containers, and ends what ran them. */
  abstract void removeContainers() throws IOException;

  /** What the engine logged, and the hook's errors as far as it keeps them. */
  abstract String engineLog();

  @Override
  public void close() throws IOException {
    removeContainers();
    attached.forEach(Attached::close);
    boolean ended = Await.holds(this::areAllSpares);
    processes().forEach(ProcessHandle::destroyForcibly);
    Await.until("spares are gone", () -> processes().findAny().isEmpty(), this::log);
    attached.forEach(each -> printed.append(each.everything()));
    printed.append(engineLog()).append(log());
    List<Path> left = folders();
    String log = log();
    for (Path folder : List.of(scratch, runDir)) {
      Run.of(Path.of("/tmp"), null, List.of("rm", "-rf", folder.toString()));
    }
    assertEquals(true, ended, () -> "a keeper was left\n" + log);
    assertEquals(List.of(), left, () -> "left in the run directory\n" + log);
    assertFalse(STACK_TRACE.matcher(printed).find(), () -> "a stack trace\n" + printed);
  }

  private List<Path> folders() throws IOException {
    try (Stream<Path> folders = Files.list(runDir.resolve("containers"))) {
      return folders.toList();
    } catch (NoSuchFileException none) {
      return List.of();
    }
  }
}
