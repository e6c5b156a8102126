package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The scripts of docs/examples do what they say; the README quotes the first one. */
@Timeout(300)
class ExamplesIT {
  private static final Path EXAMPLES = World.root().resolve("docs/examples");
  private static final String[] CONTAINERS = {"web", "game", "train", "encoder", "config"};

  static List<String> scripts() throws IOException {
    try (Stream<Path> files = Files.list(EXAMPLES)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".sh"))
          .sorted()
          .toList();
    }
  }

  private static Run run(World world, String script) throws IOException {
    String path = world.tools(CONTAINERS) + ":" + System.getenv("PATH");
    Path folder = Files.createDirectory(world.scratch().resolve("here"));
    String command = "cd " + folder + " && exec sh -eu " + EXAMPLES.resolve(script);
    return world.run(
        null, List.of("env", "PATH=" + path, "IMAGE=" + Images.FIRST, "sh", "-c", command));
  }

  @ParameterizedTest
  @MethodSource("scripts")
  void doesWhatItSays(String script) throws Exception {
    try (World world = new World("crun", World.NO_SPARES)) {
      Run run = run(world, script).expect(0);
      if (script.equals("first-steps.sh")) {
        assertTrue(run.out().contains("\nport = 8080\n"), run::toString);
        assertTrue(
            run.out().contains("modify") && run.out().contains("+port = 8080"), run::toString);
        assertTrue(Files.size(world.scratch().resolve("here/web.tar")) > 1024);
      }
    }
  }

  @Test
  void theReadmeQuotesTheFirstStepsInAtMostTenCommands() throws IOException {
    String script = Files.readString(EXAMPLES.resolve("first-steps.sh"));
    String steps = script.split("# README: from here\n")[1].split("# README: to here")[0];
    assertTrue(steps.lines().count() <= 10, steps);
    String readme = Files.readString(World.root().resolve("README.md"));
    assertTrue(readme.contains("```sh\n" + steps + "```\n"), "README.md has not: " + steps);
  }

  @Test
  void theListHasEveryExample() throws IOException {
    String list = Files.readString(EXAMPLES.resolve("README.md"));
    scripts().forEach(script -> assertTrue(list.contains("(" + script + ")"), script));
  }
}
