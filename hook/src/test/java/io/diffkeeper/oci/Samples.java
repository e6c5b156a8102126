package io.diffkeeper.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.function.Executable;

/** What podman 4.3.1 with runc 1.1.5 wrote, its paths aside. */
final class Samples {
  static final String ID = "d26e92a682dcfceefa292e32c40a56f232896caa306e080f2476379484d25907";

  private Samples() {}

  static byte[] bytes(String name) {
    try (InputStream in = Samples.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** The message of a refusal as bad input. */
  static String refusal(Executable what) {
    DiffKeeperException refused = assertThrows(DiffKeeperException.class, what);
    assertEquals(ExitCode.BAD_INPUT, refused.exitCode());
    return refused.getMessage();
  }
}
