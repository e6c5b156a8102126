package io.diffkeeper.capture;

import io.diffkeeper.files.Attributes;
import io.diffkeeper.files.StateDir;
import java.util.List;
import java.util.function.Consumer;

/** Captures for tests and benchmarks. */
public final class Captures {
  private Captures() {}

  /** Of one directory as a whole, of whose processes nothing is known. */
  public static Capture of(StateDir dir, Attributes attributes, Consumer<String> notes) {
    return new Capture(
        List.of(dir),
        attributes,
        path -> false,
        WritableMaps.none(),
        Freezer.none(),
        List.of(),
        Capture.SETTLING_ROUNDS,
        new Profiler(1),
        notes);
  }
}
