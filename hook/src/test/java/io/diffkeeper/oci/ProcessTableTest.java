package io.diffkeeper.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessTableTest {
  @TempDir Path proc;

  @Test
  void readsAProcessWhateverItCallsItself() throws IOException {
    byte[] stat = "42 (\u00ff) R 1 \n\u00fe) Z 7 42 42 0".getBytes(StandardCharsets.ISO_8859_1);
    Files.write(Files.createDirectory(proc.resolve("42")).resolve("stat"), stat);
    ProcessTable table = new ProcessTable(proc);
    assertEquals(Optional.of("Z"), table.state(42));
    assertEquals(7, table.parent(42));
  }

  @Test
  void tellsNothingOfAProcessThatThereIsNot() throws IOException {
    Files.createFile(Files.createDirectory(proc.resolve("43")).resolve("stat"));
    ProcessTable table = new ProcessTable(proc);
    for (long pid : List.of(42L, 43L)) {
      assertEquals(Optional.empty(), table.state(pid));
      assertEquals(0, table.parent(pid));
    }
  }

  @Test
  void listsProcessesOnly() throws IOException {
    for (String name : List.of("42", "7", "self", "sys")) {
      Files.createDirectory(proc.resolve(name));
    }
    assertEquals(List.of(7L, 42L), new ProcessTable(proc).all().stream().sorted().toList());
    assertEquals(List.of(), new ProcessTable(proc.resolve("none")).all());
  }
}
