package io.diffkeeper.cli;

import java.io.IOException;
import java.nio.file.CopyOption;
import java.nio.file.FileSystemException;
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
      throw named(file, e);
    }
  }

  private static <T> T write(Path file, Writing<T> writing, CopyOption... how) throws IOException {
    Path folder = file.toAbsolutePath().getParent().toRealPath();
    Part part = new Part();
    Undo undo = Undo.ifEnded(part::dropAtEnd);
    try {
      T done = writing.into(part.create(folder));
      Files.move(part.path, file, how);
      return done;
    } catch (IOException e) {
      throw named(file, e);
    } finally {
      undo.needless();
      part.drop();
    }
  }

  /** The failure, such that it says of which file it is. */
  private static IOException named(Path file, IOException failure) {
    return failure instanceof FileSystemException
        ? failure
        : new FileSystemException(file.toString(), null, failure.getMessage());
  }

  /** A file that is not whole yet. Two threads use it if the process is ended. */
  private static final class Part {
    private Path path;
    private boolean ending;

    synchronized Path create(Path folder) throws IOException {
      if (ending) {
        Undo.awaitEnd();
      }
      path = Files.createTempFile(folder, ".diffkeeper", ".part");
      return path;
    }

    synchronized void drop() throws IOException {
      if (path != null) {
        Files.deleteIfExists(path);
      }
    }

    synchronized void dropAtEnd() {
      ending = true;
      try {
        drop();
      } catch (IOException left) {
        // There is nobody to be told any more.
      }
    }
  }
}
