package io.diffkeeper.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandTest {
  /** Above what a process may be called. */
  private static final String NOBODY = Integer.toString(Integer.MAX_VALUE);

  private static final String SOMEBODY = Long.toString(ProcessHandle.current().pid());

  @TempDir Path cgroups;

  @Test
  void removesCgroupsOfTheDeadThatNobodyIsIn() throws IOException {
    for (String name : Set.of("run-" + NOBODY, "run-" + SOMEBODY, "run-x", "other-" + NOBODY)) {
      Files.createDirectory(cgroups.resolve(name));
    }
    Command.removeRemains(cgroups);
    assertEquals(Set.of("run-" + SOMEBODY, "run-x", "other-" + NOBODY), names());
  }

  @Test
  void leavesCgroupsOfTheDeadThatSomebodyIsIn() throws IOException {
    Path used = Files.createDirectory(cgroups.resolve("run-" + NOBODY));
    Files.createDirectory(used.resolve("below"));
    Command.removeRemains(cgroups);
    assertEquals(Set.of("run-" + NOBODY), names());
  }

  private Set<String> names() throws IOException {
    try (Stream<Path> all = Files.list(cgroups)) {
      return all.map(each -> each.getFileName().toString()).collect(Collectors.toSet());
    }
  }
}
