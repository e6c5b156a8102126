package io.diffkeeper.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.bpf.BpfFiles;
import io.diffkeeper.bpf.EventSources;
import io.diffkeeper.bpf.Rung;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every event source that this kernel has on every file system: a process in a cgroup of its own
 * performs every file operation that there is, and the newest version has to become what is there,
 * first while the process is still running, when only events can have told, then after its end.
 */
@Timeout(600)
class ConformanceIT {
  @RegisterExtension
  static final FileSystems fileSystems =
      new FileSystems(
          Stream.of(FileSystems.KINDS, FileSystems.MORE_LAYERED).flatMap(List::stream).toList());

  @TempDir static Path scratch;
  private static List<Rung> rungs;
  private static Path program;

  @BeforeAll
  static void makeWorld() throws IOException {
    rungs = EventSources.probe(new BpfFiles(Kept.OBJECTS, null));
    program = Kept.program(scratch);
  }

  /** More overlays with the best source only, as they differ in nothing but upper layers. */
  static List<Arguments> combinations() {
    List<Arguments> all = new ArrayList<>();
    for (Rung rung : rungs) {
      if (rung.usable()) {
        if (all.isEmpty()) {
          FileSystems.MORE_LAYERED.forEach(kind -> all.add(Arguments.of(rung.name(), kind)));
        }
        FileSystems.KINDS.forEach(kind -> all.add(Arguments.of(rung.name(), kind)));
      } else {
        System.out.println("ConformanceIT: not " + rung.name() + ": " + rung.reason());
      }
    }
    return all;
  }

  @ParameterizedTest(name = "{0} on {1}")
  @MethodSource("combinations")
  void theNewestVersionBecomesWhatIsThere(String name, String kind) throws Exception {
    Path tree = fileSystems.tree(kind);
    if (!FileSystems.isLayered(kind)) {
      Files.writeString(tree.resolve("there-before"), "x");
    }
    Path out = Files.createTempFile(scratch, "out", "");
    Path own = Files.createTempDirectory(scratch, "own");
    String[] command = {
      "sh",
      "-c",
      "exec \"$0\" exercise \"$1\" > \"$2\"",
      program.toString(),
      tree.toString(),
      out + ""
    };
    try (Kept kept = new Kept(own, tree, Map.of("event-source", name), command)) {
      assertEquals(name, kept.source().name());
      kept.start();
      Await.until("all is done", () -> Files.readString(out).contains("ready"));
      assertTrue(Files.readString(out).contains("did mmap"));
      kept.awaitLive();
      kept.end();
      assertEquals(List.of(), kept.differences(), "after the end");
    }
  }
}
