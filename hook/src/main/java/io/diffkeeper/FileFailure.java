package io.diffkeeper;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/**
 * What to tell users of failures of files, of which Java's own messages often name only the path.
 */
public final class FileFailure {
  private static final String NO_SPACE = "No space left";

  private FileFailure() {}

  /** One line with the path, where it is known, and the reason. */
  public static String message(IOException failure) {
    if (!(failure instanceof FileSystemException file)) {
      return String.valueOf(failure.getMessage());
    }
    String path = file.getOtherFile() == null ? file.getFile() : file.getOtherFile();
    return path + ": " + reason(file);
  }

  private static String reason(FileSystemException failure) {
    if (failure.getReason() != null) {
      return failure.getReason();
    }
    if (failure instanceof NoSuchFileException) {
      return "no such file or directory";
    }
    if (failure instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (failure instanceof FileAlreadyExistsException) {
      return "is there already";
    }
    if (failure instanceof DirectoryNotEmptyException) {
      return "is not empty";
    }
    return failure instanceof NotDirectoryException
        ? "is no directory"
        : failure.getClass().getSimpleName();
  }

  /** What kind of failure it is. */
  public static ExitCode exitCode(IOException failure) {
    if (String.valueOf(failure.getMessage()).contains(NO_SPACE)) {
      return ExitCode.NO_SPACE;
    }
    if (failure instanceof NoSuchFileException || failure instanceof FileNotFoundException) {
      return ExitCode.NOT_FOUND;
    }
    return failure instanceof FileSystemException ? ExitCode.BAD_INPUT : ExitCode.INTERNAL;
  }
}
