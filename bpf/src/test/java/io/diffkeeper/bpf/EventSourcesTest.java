package io.diffkeeper.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventSourcesTest {
  private static final BpfFiles FILES = new BpfFiles(Path.of("target/bpf"), null);

  @TempDir Path directory;

  @Test
  void probeListsTheLadderBestFirst() {
    List<Rung> rungs = EventSources.probe(FILES);
    assertEquals(
        List.of("bpf-timestamps", "bpf-fentry", "bpf-kprobes", "fanotify", "inotify", "scan"),
        rungs.stream().map(Rung::name).toList());
    assertTrue(rungs.get(rungs.size() - 1).usable());
    rungs.forEach(rung -> assertFalse(rung.reason().isBlank()));
  }

  @Test
  void probeLeavesNoProgramsBehind() throws IOException {
    Path object = directory.resolve("diffkeeper.bpf.o");
    Files.copy(FILES.objects().resolve("diffkeeper.bpf.o"), object);
    Files.write(object, new byte[1], StandardOpenOption.APPEND); // of a build of its own
    EventSources.probe(new BpfFiles(directory, null));
    Path pinned = Programs.pinned(object);
    assertFalse(pinned != null && Files.exists(pinned), () -> pinned + " is there");
  }

  @Test
  void opensTheBestUsableRung() {
    Rung best = EventSources.probe(FILES).get(0);
    assumeTrue(best.usable(), best.reason());
    List<Rung> tried = new ArrayList<>();
    EventTarget own = EventTarget.of(ProcessHandle.current().pid());
    try (EventSource source = EventSources.open(FILES, own, name -> true, tried::add)) {
      assertEquals("bpf-timestamps", source.name());
      assertEquals(List.of(best), tried);
      assertEquals("", source.shortfall());
    }
  }

  @Test
  void scansWhereTheObjectIsMissing() {
    assertScans("No such file or directory");
  }

  @Test
  void scansWhereTheObjectIsBroken() throws IOException {
    Files.writeString(directory.resolve("diffkeeper.bpf.o"), "not an object\n");
    assertScans("bpf_object__open_file: ");
  }

  @Test
  void scansWhereTheKernelLacksATracepoint() throws IOException {
    compile("tp_btf/ctime_ns_xchg", "tp_btf/no_such_tracepoint");
    assertScans("no_such_tracepoint");
  }

  @Test
  void scansWhereTheVerifierRefusesAndTellsItsVerdict() throws IOException {
    assumeTrue(EventSources.probe(FILES).get(0).usable(), "the kernel takes no program at all");
    compile("= inode->i_ino;", "= *(volatile __u64 *)inode->i_ino;");
    assertScans("invalid mem access 'scalar'");
  }

  private static boolean bpfOrScan(String name) {
    return name.equals("bpf-timestamps") || name.equals("scan");
  }

  private void assertScans(String reason) {
    List<Rung> tried = new ArrayList<>();
    EventTarget own = EventTarget.of(ProcessHandle.current().pid());
    try (EventSource source =
        EventSources.open(
            new BpfFiles(directory, null), own, EventSourcesTest::bpfOrScan, tried::add)) {
      assertEquals("scan", source.name());
      assertEquals(-1, source.pollFd());
      assertEquals(0, Told.by(source).events);
      assertEquals("bpf-timestamps: " + tried.get(0).reason(), source.shortfall());
    }
    assertEquals(2, tried.size());
    assertFalse(tried.get(0).usable());
    assertTrue(tried.get(0).reason().contains(reason), tried.get(0).reason());
    assertEquals(1, tried.get(0).reason().lines().count());
  }

  /** Compiles the object with a text of its source replaced. */
  private void compile(String text, String replacement) throws IOException {
    Path c = Path.of("src/main/c");
    String source = Files.readString(c.resolve("diffkeeper.bpf.c"));
    assertTrue(source.contains(text));
    Path changed = directory.resolve("changed.bpf.c");
    Files.writeString(changed, source.replace(text, replacement));
    String object = directory.resolve("diffkeeper.bpf.o").toString();
    Command.run(
        "clang", "-O2", "-g", "-target", "bpf", "-I" + c, "-c", changed.toString(), "-o", object);
  }
}
