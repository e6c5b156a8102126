package io.diffkeeper.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.bpf.BpfFiles;
import io.diffkeeper.bpf.EventSources;
import io.diffkeeper.bpf.Rung;
import io.diffkeeper.history.Change;
import io.diffkeeper.history.Timeline;
import io.diffkeeper.store.Author;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Which process made a change, by every event source that can be used here. Each does something in
 * a directory of its own, so that there is no doubt who changed that one's list last:
 *
 * <pre>
 *   tree/create/made     sh           tree/remove/old   rm
 *   tree/copy/made       cp           tree/mode/old     chmod
 *   tree/rename/old      mv           tree/write/old    dd
 * </pre>
 */
@Timeout(600)
class AuthorsIT {
  private static final String SCRIPT =
      """
      cd "$0"
      cp write/old copy/made
      mv rename/old rename/new
      rm remove/old
      chmod 600 mode/old
      dd if=/dev/zero of=write/old bs=1 count=1 conv=notrunc
      echo x > create/made
      while :; do sleep 1; done
      """;
  private static final Map<String, String> EXPECTED =
      new TreeMap<>(
          Map.of(
              "create create/made", "sh",
              "create copy/made", "cp",
              "rename rename/new", "mv",
              "remove remove/old", "rm",
              "attributes mode/old", "chmod",
              "modify write/old", "dd"));

  private static final Path DATA = Path.of("/data"); // what Kept calls its directory

  @RegisterExtension static final FileSystems fileSystems = new FileSystems(FileSystems.KINDS);

  @TempDir static Path scratch;
  private static List<Rung> rungs;

  @BeforeAll
  static void probe() {
    rungs = EventSources.probe(new BpfFiles(Kept.OBJECTS, null));
  }

  static List<Arguments> combinations() {
    List<Arguments> all = new ArrayList<>();
    for (Rung rung : rungs) {
      if (rung.usable()) {
        FileSystems.KINDS.forEach(kind -> all.add(Arguments.of(rung.name(), kind)));
      }
    }
    return all;
  }

  private static Path made(Path tree) throws IOException {
    for (String name : List.of("create", "copy", "rename", "remove", "mode", "write")) {
      Files.createDirectories(tree.resolve(name));
    }
    for (String name : List.of("rename", "remove", "mode", "write")) {
      Files.writeString(tree.resolve(name).resolve("old"), name);
    }
    return tree;
  }

  @ParameterizedTest(name = "{0} on {1}")
  @MethodSource("combinations")
  void tellsWhoChangedWhat(String source, String kind) throws Exception {
    Path tree = made(fileSystems.fresh(kind));
    Path own = Files.createTempDirectory(scratch, "own");
    String[] command = {"sh", "-c", SCRIPT, tree.toString()};
    try (Kept kept = new Kept(own, tree, Map.of("event-source", source), command)) {
      kept.start();
      Await.until("all is done", () -> Files.exists(tree.resolve("create/made")));
      kept.awaitLive();
      kept.end();
      Map<String, Author> found = found(kept.timeline());
      if (source.startsWith("bpf-")) {
        assertEquals(EXPECTED, names(found));
        assertTrue(found.values().stream().allMatch(Author::certain), found::toString);
      } else if (source.equals("fanotify")) {
        // Those that have ended are not known any more, or their number is another's already.
        assertEquals("sh", names(found).get("create create/made"), found::toString);
        assertTrue(found.values().stream().noneMatch(Author::certain), found::toString);
      } else {
        assertEquals(Map.of(), found);
      }
    }
  }

  private static Map<String, Author> found(List<Timeline.Step> steps) {
    Map<String, Author> found = new HashMap<>();
    for (Timeline.Step step : steps.subList(1, steps.size())) {
      for (Change change : step.changes()) {
        Author author = step.author(change);
        if (author != null) {
          String path = DATA.relativize(Path.of(change.path().toString())).toString();
          found.put(change.operation() + " " + path, author);
        }
      }
    }
    return found;
  }

  private static Map<String, String> names(Map<String, Author> authors) {
    Map<String, String> names = new TreeMap<>();
    authors.forEach((change, author) -> names.put(change, author.name()));
    return names;
  }
}
