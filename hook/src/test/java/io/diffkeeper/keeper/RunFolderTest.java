package io.diffkeeper.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.sys.Kernel;
import io.diffkeeper.sys.SyscallException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFolderTest {
  private static final String ID = "c".repeat(64);

  private final Kernel kernel = new Kernel();

  @TempDir private Path scratch;

  @Test
  void servesASocketWhosePathIsTooLongForASocketAddress() throws SyscallException {
    RunFolder folder = new RunFolder(scratch.resolve("r".repeat(60)), ID);
    folder.create("podman/web\n");
    assertTrue(folder.container().isEmpty());
    folder.remember("{\"id\":\"c\",\"bundle\":\"/b\"}".getBytes(StandardCharsets.UTF_8));
    assertEquals(Path.of("/b"), folder.container().orElseThrow().bundle());
    int listening = folder.listen(kernel);
    try (Connection keeper = folder.connect(kernel)) {
      long accepted = kernel.accept(listening);
      assertTrue(accepted >= 0 && keeper.fd() >= 0);
      kernel.close((int) accepted);
    }
    kernel.close(listening);
    assertEquals("podman/web\n", folder.about());
    assertThrows(SyscallException.class, () -> folder.connect(kernel), "nobody listens any more");
    folder.remove();
    assertFalse(folder.exists());
  }
}
