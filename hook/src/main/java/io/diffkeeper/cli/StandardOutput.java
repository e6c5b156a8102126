package io.diffkeeper.cli;

import io.diffkeeper.FileFailure;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * Standard output, which never loses anything without a word: what cannot be written ends the
 * command. If its reader has gone, quietly.
 */
final class StandardOutput extends OutputStream implements WritableByteChannel {
  /** As a shell has it of who is ended by SIGPIPE: 128 and its number. */
  static final int READER_GONE = 141;

  /** The kernel's words for EPIPE and ECONNRESET; the program's script sets the locale. */
  private static final Set<String> GONE = Set.of("Broken pipe", "Connection reset by peer");

  private final FileOutputStream stream = new FileOutputStream(FileDescriptor.out);
  private boolean lost;

  /** Not all could be written. */
  static final class Lost extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final IOException why;

    Lost(IOException why) {
      super(why);
      this.why = why;
    }

    /** Whether it is that nobody reads any more what was written. */
    static boolean isReaderGone(IOException why) {
      return GONE.contains(String.valueOf(why.getMessage()));
    }

    /** Says why on standard error, unless it is that the reader has gone; what to exit with. */
    int told() {
      if (isReaderGone(why)) {
        return READER_GONE;
      }
      System.err.println("diffkeeper: standard output: " + FileFailure.message(why));
      return FileFailure.exitCode(why).code();
    }
  }

  /** For text, in UTF-8 whatever the locale is, and buffered: it has to be flushed in the end. */
  PrintWriter text() {
    return new PrintWriter(new OutputStreamWriter(this, StandardCharsets.UTF_8));
  }

  @Override
  public void write(int b) {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    write(ByteBuffer.wrap(bytes, offset, length));
  }

  @Override
  public int write(ByteBuffer bytes) {
    int length = bytes.remaining();
    try {
      while (!lost && bytes.hasRemaining()) {
        stream.getChannel().write(bytes);
      }
    } catch (IOException e) {
      lost = true; // the rest, which may be in a buffer, is dropped
      throw new Lost(e);
    }
    return length;
  }

  @Override
  public boolean isOpen() {
    return stream.getChannel().isOpen();
  }

  @Override
  public void close() {
    // It is the process's: it is closed when that ends.
  }
}
