package io.diffkeeper.history;

import io.diffkeeper.store.ContentSink;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/** Looks at files of a version to compare them: as text if they are, else block by block. */
public final class FileView {
  /** Longest file that is shown as text, in bytes. */
  public static final int TEXT_BYTES_MAX = 1 << 20;

  /** Length of the blocks that binary files are compared in, in bytes. */
  public static final int BLOCK_BYTES = 64 << 10;

  private static final int TEXT_LINES_MAX = 20_000;

  private final Source source;

  /** Reads a file of the version. */
  @FunctionalInterface
  public interface Source {
    /**
     * Gives a file's bytes to a sink.
     *
     * @throws IOException as the sink throws it
     */
    void read(Entry file, ContentSink sink) throws IOException;
  }

  /** A view through {@code source}. */
  public FileView(Source source) {
    this.source = source;
  }

  /**
   * A file's text, or a symbolic link's target.
   *
   * @param entry may be null, which is the empty text
   * @return null if it is too long, or no text: not UTF-8, or with control characters in it
   */
  public String text(Entry entry) throws IOException {
    if (entry == null) {
      return "";
    }
    if (entry.type() == FileType.SYMLINK) {
      return entry.target().toString() + "\n";
    }
    if (entry.type() != FileType.FILE || entry.size() > TEXT_BYTES_MAX) {
      return null;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(); // most are no text, or short
    try {
      source.read(entry, new Whole(bytes));
      ByteBuffer all = ByteBuffer.wrap(bytes.toByteArray());
      String text = StandardCharsets.UTF_8.newDecoder().decode(all).toString();
      return isText(text) ? text : null;
    } catch (NotText | CharacterCodingException notText) {
      return null;
    }
  }

  private static boolean isText(String text) {
    int lines = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      lines += c == '\n' ? 1 : 0;
      if (!isText(c)) {
        return false;
      }
    }
    return lines <= TEXT_LINES_MAX;
  }

  private static boolean isText(char c) {
    return !Character.isISOControl(c) || c == '\n' || c == '\t' || c == '\r' || c == '\f';
  }

  /**
   * What differs between two files.
   *
   * @param changed blocks of {@link #BLOCK_BYTES} that are not the same
   * @param total blocks of the longer file
   */
  public record Blocks(long changed, long total) {}

  /** Compares two regular files block by block, at the same offsets. Memory: 8 bytes a block. */
  public Blocks blocks(Entry before, Entry after) throws IOException {
    long[] old = sums(before);
    long[] now = sums(after);
    long changed = Math.abs(old.length - now.length);
    for (int i = 0; i < Math.min(old.length, now.length); i++) {
      changed += old[i] == now[i] ? 0 : 1;
    }
    return new Blocks(changed, Math.max(old.length, now.length));
  }

  private long[] sums(Entry file) throws IOException {
    Sums sums = new Sums(Math.toIntExact((file.size() + BLOCK_BYTES - 1) / BLOCK_BYTES));
    source.read(file, sums);
    sums.end();
    return sums.all;
  }

  /** Ends the reading of a file at the first byte that no text has. */
  private static final class NotText extends IOException {
    private static final long serialVersionUID = 1;

    @Override
    public synchronized Throwable fillInStackTrace() {
      return this; // nobody looks at it
    }
  }

  private record Whole(ByteArrayOutputStream bytes) implements ContentSink {
    @Override
    public void data(long offset, ByteBuffer data) throws NotText {
      for (int i = data.position(); i < data.limit(); i++) {
        byte b = data.get(i);
        if (b >= 0 && !isText((char) b)) {
          throw new NotText();
        }
      }
      byte[] some = new byte[data.remaining()];
      data.get(some);
      bytes.writeBytes(some);
    }

    @Override
    public void hole(long offset, long length) throws NotText {
      throw new NotText(); // it is read as zeros
    }
  }

  /** Two checksums of each block, which together tell blocks apart. */
  private static final class Sums implements ContentSink {
    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(BLOCK_BYTES);
    private final long[] all;
    private final CRC32 crc = new CRC32();
    private final CRC32C crc32c = new CRC32C();
    private int block;
    private int filled;

    Sums(int blocks) {
      this.all = new long[blocks];
    }

    @Override
    public void data(long offset, ByteBuffer data) {
      ByteBuffer left = data.duplicate();
      while (left.hasRemaining()) {
        int some = Math.min(left.remaining(), BLOCK_BYTES - filled);
        ByteBuffer part = left.slice(left.position(), some);
        crc.update(part.duplicate());
        crc32c.update(part);
        left.position(left.position() + some);
        filled += some;
        if (filled == BLOCK_BYTES) {
          end();
        }
      }
    }

    @Override
    public void hole(long offset, long length) {
      for (long left = length; left > 0; ) {
        int some = (int) Math.min(left, BLOCK_BYTES - filled);
        data(0, ZEROS.duplicate().limit(some));
        left -= some;
      }
    }

    private void end() {
      if (filled > 0) {
        all[block++] = crc.getValue() << 32 | crc32c.getValue();
        crc.reset();
        crc32c.reset();
        filled = 0;
      }
    }
  }
}
