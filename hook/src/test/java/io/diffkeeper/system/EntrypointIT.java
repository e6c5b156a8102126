package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * {@code diffkeeper run} as a container's first process, by the command of docs/guides/docker.md.
 */
@Timeout(300)
class EntrypointIT {
  private static final String VOLUME = "keep";

  /** The image has no C library: the host's is lent to it. */
  private static final List<String> LIBRARIES = List.of("/lib", "/lib64", "/usr/lib", "/usr/lib64");

  /** What the guide has people type, for podman and with another command. */
  private static List<String> words(String container, String script) throws Exception {
    String guide = Files.readString(World.root().resolve("docs/guides/docker.md"));
    String block =
        guide.substring(guide.indexOf("docker run "), guide.indexOf("\n```\n\nIt replays"));
    List<String> words = new ArrayList<>();
    for (String word : block.replace("\\\n", " ").strip().split("\\s+")) {
      switch (word) {
        case "docker", "app", "--its-arguments" -> {
          if (word.equals("app") && words.get(words.size() - 1).equals("--name")) {
            words.add(word);
          }
        }
        case "IMAGE" -> {
          words.addAll(List.of("--name", container, "--network", "none"));
          for (String folder : LIBRARIES) {
            if (Files.isDirectory(Path.of(folder))) {
              words.addAll(List.of("-v", folder + ":" + folder + ":ro"));
            }
          }
          words.add(Images.FIRST);
        }
        default -> words.add(word.replace("/PATH/target/dist", World.dist().toString()));
      }
    }
    words.addAll(List.of("sh", "-c", script));
    return words;
  }

  private static String[] run(String container, String script) throws Exception {
    return words(container, script).toArray(String[]::new);
  }

  @Test
  void keepsWhatIsWrittenAndPassesSignalsAndTheExitCode() throws Exception {
    try (World world = new World("crun", World.NO_SPARES)) {
      try {
        String first = "echo kept > /data/file; echo parent $PPID; exit 7";
        Run run = world.tryPodman(run("first", first)).expect(7);
        assertEquals("parent 1\n", run.out());
        world.podman("rm", "first");

        String second =
            "cat /data/file; trap 'echo stopped > /data/end; exit 42' TERM; echo ready;"
                + " (sleep 0.1 &); while :; do sleep 0.05; done";
        Attached container = world.startPodman(words("second", second)).await("ready");
        assertTrue(container.lines().contains("kept"), container::everything);
        world.podman("stop", "--time", "100", "second");
        assertEquals(42, container.end(), container::everything);
        world.podman("rm", "second");

        run = world.tryPodman(run("third", "cat /data/end")).expect(0);
        assertTrue(run.out().startsWith("stopped\n"), run::toString);
        world.podman("rm", "third");
      } finally {
        world.tryPodman("rm", "--force", "--ignore", "--time", "0", "first", "second", "third");
        world.tryPodman("volume", "rm", "--force", VOLUME);
      }
    }
  }
}
