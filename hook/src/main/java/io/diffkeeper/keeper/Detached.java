package io.diffkeeper.keeper;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Programs that have nothing of this process: no standard streams, no environment. */
final class Detached {
  private Detached() {}

  static Process start(List<String> words) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(words);
    builder.environment().clear();
    builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    return builder.start();
  }
}
