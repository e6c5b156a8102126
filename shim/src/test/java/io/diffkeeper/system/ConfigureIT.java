package io.diffkeeper.system;

import static io.diffkeeper.system.PodsIT.COUNT;
import static io.diffkeeper.system.PodsIT.KEEPING;
import static io.diffkeeper.system.PodsIT.found;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The settings that real containerds have by default, changed by command, and what they do then.
 */
@Timeout(600)
class ConfigureIT {
  private static List<Path> containerds() {
    return Node.containerds();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("containerds")
  void containerdRunsWithWhatWasConfigured(Path programs) throws Exception {
    try (Node node = Node.byDefault(programs)) {
      Path settings = node.containerd().config();
      String before = Files.readString(settings);
      String[] configure = {"configure", "containerd", "--settings", settings.toString()};

      String[] show = {"configure", "containerd", "--settings", settings.toString(), "--dry-run"};
      String diff = node.installed().run(show).expect(0).out();
      assertTrue(diff.contains("\n+  BinaryName = \"" + node.installed().wrapper() + "\"\n"), diff);
      assertEquals(before, Files.readString(settings));
      node.installed().run(configure).expect(0);
      String after = Files.readString(settings);
      assertTrue(node.installed().run(configure).expect(0).out().contains("nothing to do"));
      assertEquals(after, Files.readString(settings));

      node.start();
      Pod pod = node.pod("web", KEEPING);
      assertEquals(0, found(pod.start("app", COUNT)));
      node.remove(pod);
      Pod again = node.pod("web", KEEPING);
      assertEquals(1, found(again.start("app", COUNT)));
      Pod plain = node.pod("", "web-2", KEEPING);
      assertEquals(0, found(plain.start("app", COUNT)));
      assertEquals(1, node.keepers().size());

      configure[0] = "unconfigure";
      node.installed().run(configure).expect(0);
      assertEquals(before, Files.readString(settings));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("containerds")
  void theHandlerMayBeTheDefault(Path programs) throws Exception {
    try (Node node = Node.byDefault(programs)) {
      String settings = node.containerd().config().toString();
      node.installed()
          .run("configure", "containerd", "--set-default", "--settings", settings)
          .expect(0);
      node.start();
      // No annotations are passed on by the handler of runc, so this is not that one.
      assertEquals(0, found(node.pod("", "web", KEEPING).start("app", COUNT)));
      assertEquals(1, node.keepers().size());
    }
  }
}
