package io.diffkeeper.bpf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A cgroup of the unified hierarchy that lasts for a test. */
final class TestCgroup implements AutoCloseable {
  private final Path directory;

  private TestCgroup(Path directory) throws IOException {
    this.directory = Files.createDirectory(directory);
  }

  /** Below the root. */
  static TestCgroup fresh(String name) throws IOException {
    String unique = "diffkeeper-" + name + "-" + ProcessHandle.current().pid();
    Cgroup cgroup =
        Cgroup.of(
            Cgroup.UNIFIED,
            List.of("0::/" + unique),
            Files.readAllLines(Path.of("/proc/self/mountinfo")));
    return new TestCgroup(cgroup.directory());
  }

  TestCgroup child(String name) throws IOException {
    return new TestCgroup(directory.resolve(name));
  }

  EventTarget target() throws IOException {
    return new EventTarget(Namespaces.inode(directory), 0);
  }

  /** Parks a command in it. */
  Command parked(String... words) {
    return Command.parked(List.of(), "echo $$ > " + directory + "/cgroup.procs", words);
  }

  /** Runs a command in it. */
  void run(String... words) {
    try (Command command = parked(words)) {
      command.release();
      command.end();
    }
  }

  @Override
  public void close() throws IOException {
    Files.delete(directory);
  }
}
