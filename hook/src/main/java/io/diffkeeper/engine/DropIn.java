package io.diffkeeper.engine;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** An engine that reads a folder of settings beside its main file, to which we add one. */
abstract class DropIn implements Engine {
  private final Path file;

  /**
   * @param main the engine's main file of settings
   */
  DropIn(Path main) {
    String folder = main.getFileName() + ".d";
    this.file = main.toAbsolutePath().resolveSibling(folder).resolve("50-diffkeeper.conf");
  }

  /** What the file says; empty if there is nothing to say. */
  abstract List<String> lines(Handler handler);

  @Override
  public List<FileEdit> configure(Handler handler) throws IOException {
    List<String> lines = lines(handler);
    String text = lines.isEmpty() ? null : Marked.append("", lines);
    return List.of(new FileEdit(file, FileEdit.read(file), text));
  }

  @Override
  public List<FileEdit> unconfigure() throws IOException {
    return List.of(new FileEdit(file, FileEdit.read(file), null));
  }
}
