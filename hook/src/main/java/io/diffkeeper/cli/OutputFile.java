package io.diffkeeper.cli;

import java.io.IOException;
import java.nio.file.CopyOption;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * A file that a command makes of what is in the store: it has another name until it is whole, and
 * like the store only its owner may read it.
 */
final class OutputFile {
  private OutputFile() {}

  /** Writes the content into an empty file. */
  @FunctionalInterface
  interface Writing<T> {
    T into(Path file) throws IOException;
  }

  /** Makes a file; fails if there is one of that name. */
  static <T> T create(Path file, Writing<T> writing) throws IOException {
    return write(file, writing);
  }

  /** Makes a file; one of that name is replaced, and a link or what is no file written to. */
  static <T> T replace(Path file, Writing<T> writing) throws IOException {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)
        || Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      return write(file, writing, StandardCopyOption.REPLACE_EXISTING);
    }
    try {
      return writing.into(file);
    } catch (IOException e) {
      if (StandardOutput.Lost.isReaderGone(e)) {
        throw new StandardOutput.Lost(e);
      }
      throw e;
    }
  }

  private static <T> T write(Path file, Writing<T> writing, CopyOption... how) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    Path part = Files.createTempFile(folder.toRealPath(), ".diffkeeper", ".part");
    Undo undo = Undo.ifEnded(() -> delete(part));
    try {
      T done = writing.into(part);
      Files.move(part, file, how);
      return done;
    } finally {
      undo.needless();
      Files.deleteIfExists(part);
    }
  }

  private static void delete(Path part) {
    try {
      Files.deleteIfExists(part);
    } catch (IOException left) {
      // The process is ending: there is nobody to be told.
    }
  }
}
