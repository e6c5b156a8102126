package io.diffkeeper.store;

import io.diffkeeper.tree.Name;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a version record says of its provenance: optional fields at its end, each with a tag and its
 * length, so that older records have none and a reader passes over what it does not know.
 */
final class Provenances {
  private static final byte SHORTFALL = 1;
  private static final byte AUTHORS = 2;
  private static final byte ENDING = 3;
  private static final int EXITED = 1;
  private static final int OUT_OF_MEMORY = 2;
  private static final int ENDING_BYTES = 1 + Short.BYTES;
  private static final int TAG_BYTES = 1 + Integer.BYTES;
  private static final int COUNTS_BYTES = 2 * Short.BYTES;
  private static final int AUTHOR_BYTES = Integer.BYTES + 1;
  private static final int PATH_BYTES = Short.BYTES + Short.BYTES;

  private Provenances() {}

  /** How many bytes {@link #write} takes, at most. */
  static int bytesMax(Provenance provenance) {
    int bytes = TAG_BYTES + Fields.textBytesMax(provenance.shortfall()) + TAG_BYTES + COUNTS_BYTES;
    bytes += TAG_BYTES + ENDING_BYTES;
    for (Map.Entry<Name, Author> each : provenance.authors().entrySet()) {
      bytes += PATH_BYTES + each.getKey().length();
      bytes += AUTHOR_BYTES + Fields.textBytesMax(each.getValue().name());
    }
    return bytes;
  }

  static void write(ByteBuffer to, Provenance provenance) {
    if (!provenance.shortfall().isEmpty()) {
      int start = begin(to, SHORTFALL);
      Fields.putText(to, provenance.shortfall());
      end(to, start);
    }
    if (!provenance.authors().isEmpty()) {
      int start = begin(to, AUTHORS);
      writeAuthors(to, new TreeMap<>(provenance.authors()));
      end(to, start);
    }
    if (provenance.ending().isKnown()) {
      int start = begin(to, ENDING);
      writeEnding(to, provenance.ending());
      end(to, start);
    }
  }

  private static int begin(ByteBuffer to, byte tag) {
    to.put(tag).putInt(0);
    return to.position();
  }

  private static void end(ByteBuffer to, int start) {
    to.putInt(start - Integer.BYTES, to.position() - start);
  }

  private static void writeEnding(ByteBuffer to, Ending ending) {
    boolean exited = ending.hasExitCode();
    to.put((byte) ((exited ? EXITED : 0) | (ending.outOfMemory() ? OUT_OF_MEMORY : 0)));
    to.putShort((short) (exited ? ending.exitCode() : 0));
  }

  private static Ending readEnding(ByteBuffer from) {
    int flags = from.get();
    int code = from.getShort() & 0xffff;
    return new Ending((flags & EXITED) == 0 ? Ending.UNTOLD : code, (flags & OUT_OF_MEMORY) != 0);
  }

  private static void writeAuthors(ByteBuffer to, Map<Name, Author> byPath) {
    List<Author> authors = new ArrayList<>(new LinkedHashSet<>(byPath.values()));
    to.putShort((short) authors.size());
    for (Author author : authors) {
      to.putInt(author.pid()).put((byte) (author.certain() ? 1 : 0));
      Fields.putText(to, author.name());
    }
    to.putShort((short) byPath.size());
    byPath.forEach(
        (path, author) -> {
          to.putShort((short) authors.indexOf(author));
          Fields.putName(to, path);
        });
  }

  /**
   * Reads all that is left.
   *
   * @throws BufferUnderflowException if it is damaged
   */
  static Provenance read(ByteBuffer from) {
    String shortfall = "";
    Map<Name, Author> authors = Map.of();
    Ending ending = Ending.UNKNOWN;
    while (from.hasRemaining()) {
      byte tag = from.get();
      int length = from.getInt();
      if (length < 0 || length > from.remaining()) {
        throw new BufferUnderflowException();
      }
      ByteBuffer field = from.slice(from.position(), length);
      from.position(from.position() + length);
      if (tag == SHORTFALL) {
        shortfall = Fields.text(field);
      } else if (tag == AUTHORS) {
        authors = readAuthors(field);
      } else if (tag == ENDING) {
        ending = readEnding(field);
      }
    }
    return shortfall.isEmpty() && authors.isEmpty() && !ending.isKnown()
        ? Provenance.NONE
        : new Provenance(shortfall, authors, ending);
  }

  private static Map<Name, Author> readAuthors(ByteBuffer from) {
    List<Author> authors = new ArrayList<>();
    for (int n = from.getShort() & 0xffff; n > 0; n--) {
      int pid = from.getInt();
      boolean certain = from.get() != 0;
      authors.add(new Author(pid, Fields.text(from), certain));
    }
    Map<Name, Author> byPath = new HashMap<>();
    for (int n = from.getShort() & 0xffff; n > 0; n--) {
      int index = from.getShort() & 0xffff;
      if (index >= authors.size()) {
        throw new BufferUnderflowException();
      }
      byPath.put(Fields.name(from), authors.get(index));
    }
    return byPath;
  }
}
