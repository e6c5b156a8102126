package io.diffkeeper.keeper;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Sets the limits of {@code diffkeeper.service}, in whose group all keepers live where systemd runs
 * it.
 *
 * <p>They are properties of the service, which systemd sets until the next boot, and no settings of
 * a group below. Such a group would need the service's own to hand controllers down, and what does
 * that takes no process itself (cgroups(7), "no internal processes"): systemd could not start the
 * service again beside keepers that go on.
 */
final class ServiceLimits {
  private static final String UNIT = "diffkeeper.service";
  private static final List<String> SET_PROPERTY =
      List.of("systemctl", "set-property", "--runtime");
  private static final long WAIT_SECONDS = 10;

  private final List<String> setProperty;

  /** Those of this host. */
  ServiceLimits() {
    this(SET_PROPERTY);
  }

  /** Set by another command, for tests. */
  ServiceLimits(List<String> setProperty) {
    this.setProperty = setProperty;
  }

  /**
   * Sets a property.
   *
   * @param property as systemd.resource-control(5) has it, with its value
   * @throws IOException if systemd does not say in time that it has done so
   */
  void set(String property) throws IOException {
    List<String> words = new ArrayList<>(setProperty);
    words.addAll(List.of(UNIT, property));
    Process process = Detached.start(words);
    try {
      if (!process.waitFor(WAIT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException(property + ": systemd did not answer in " + WAIT_SECONDS + " s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    if (process.exitValue() != 0) {
      throw new IOException(property + ": systemd refused it");
    }
  }
}
