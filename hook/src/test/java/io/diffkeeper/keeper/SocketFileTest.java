package io.diffkeeper.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.sys.Kernel;
import io.diffkeeper.sys.SyscallException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketFileTest {
  private static final int ECONNREFUSED = 111;

  private final Kernel kernel = new Kernel();

  @TempDir private Path scratch;

  @Test
  void listensAndConnectsUnderAPathThatNoAddressHolds() throws Exception {
    Path folder = Files.createDirectories(scratch.resolve("d".repeat(200)));
    SocketFile socket = new SocketFile(folder, "s");
    int listening = socket.listen(kernel, 1);
    try (Connection client = socket.connect(kernel);
        Connection server = new Connection(kernel, (int) kernel.accept(listening))) {
      assertTrue(server.ready());
      assertEquals("READY", client.answer());
    } finally {
      kernel.close(listening);
    }
  }

  @Test
  void namesTheSocketThatNobodyListensOn() throws Exception {
    SocketFile socket = new SocketFile(scratch, "s");
    kernel.close(socket.listen(kernel, 1));
    SyscallException refused =
        assertThrows(SyscallException.class, () -> socket.connect(kernel).close());
    assertEquals(ECONNREFUSED, refused.errno());
  }
}
