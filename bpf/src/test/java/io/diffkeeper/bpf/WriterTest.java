package io.diffkeeper.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class WriterTest {
  @Test
  void namesAreWhatIsInFrontOfTheZeroWithoutControlCharacters() {
    byte[] bytes = "a\u001b[31m\u00fc\0rest".getBytes(StandardCharsets.UTF_8);
    assertEquals("a?[31m\u00fc", Writer.of(1, bytes, true).name());
  }

  @Test
  void processesAreFoundWhileTheyAreThere() {
    try (Command command = Command.parked(java.util.List.of(), ":", "true")) {
      int pid = (int) command.pid();
      assertEquals(Optional.of(new Writer(pid, "sh", false)), Processes.find(pid));
      command.release();
      command.end();
      assertEquals(Optional.empty(), Processes.find(pid));
    }
    assertEquals(Optional.empty(), Processes.find(0));
  }
}
