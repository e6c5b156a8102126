package io.diffkeeper.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.bpf.EventSource;
import io.diffkeeper.bpf.EventTarget;
import io.diffkeeper.log.Log;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HomeTest {
  @TempDir Path temp;

  private EventSource source(Path program) {
    Lives lives = new Lives(temp).with("ebpf-program", program.toString());
    return Home.events(lives.configuration(), EventTarget.NONE, Log.none());
  }

  @Test
  void takesTheObjectThatIsNamedAndNoOther() throws IOException {
    Path broken = Files.writeString(temp.resolve("diffkeeper.bpf.o"), "not an object\n");
    try (EventSource source = source(broken)) {
      assertFalse(source.name().startsWith("bpf-"), source.name());
    }
    Path shipped = Kept.OBJECTS.resolve("diffkeeper.bpf.o").toAbsolutePath();
    try (EventSource source = source(shipped)) {
      assertFalse(source.name().matches("bpf-(fentry|kprobes)"), source.name());
    }
  }

  @Test
  void refusesAnObjectThatStandsForNoSource() {
    DiffKeeperException refused =
        assertThrows(DiffKeeperException.class, () -> source(temp.resolve("other.o")));
    assertEquals(ExitCode.BAD_INPUT, refused.exitCode());
    assertTrue(refused.getMessage().contains("other.o"), refused.getMessage());
  }
}
