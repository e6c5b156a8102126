package io.diffkeeper.store;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.tree.Digest;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Keys and values of the format, state and version records; docs/store-format.md draws them. */
final class Records {
  private static final int NANOS_PER_SECOND = 1_000_000_000;
  static final int STATE_KEY_BYTES = Digest.BYTES;
  static final int VERSION_KEY_BYTES = STATE_KEY_BYTES + Long.BYTES;

  /** A state as stored: all but its newest version, of which it has the number. */
  record State(
      StateName name,
      Space space,
      String imageRepository,
      Set<String> allowedImages,
      Instant created,
      long latest,
      String lastContainer) {

    State withLatest(long number) {
      return new State(name, space, imageRepository, allowedImages, created, number, lastContainer);
    }

    State allowing(String repository) {
      Set<String> allowed = new TreeSet<>(allowedImages);
      allowed.add(repository);
      return new State(name, space, imageRepository, allowed, created, latest, lastContainer);
    }

    State startedBy(String container) {
      return new State(name, space, imageRepository, allowedImages, created, latest, container);
    }
  }

  private Records() {}

  /** SHA-256 of the name, by the hasher that is loaded anyway: Java's own takes a start 6 ms. */
  static ByteBuffer stateKey(StateName name) {
    byte[] bytes = name.toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer rest = direct(bytes).position(1); // the first byte goes in as the tag
    return direct(Hashers.create(HashAlgorithm.SHA256).hash(bytes[0], rest).toBytes());
  }

  static ByteBuffer versionKey(ByteBuffer stateKey, long number) {
    ByteBuffer key = ByteBuffer.allocateDirect(VERSION_KEY_BYTES);
    return key.put(stateKey.duplicate()).putLong(number).flip();
  }

  static ByteBuffer encode(ByteBuffer key, State state) {
    List<String> texts = new ArrayList<>(state.allowedImages);
    texts.addAll(List.of(state.name.toString(), state.imageRepository, state.lastContainer, ""));
    ByteBuffer to = Fields.record(texts);
    Fields.putText(to, state.name.namespace());
    Fields.putText(to, state.name.name());
    to.put(state.space.code());
    Fields.putText(to, state.imageRepository);
    to.putShort((short) state.allowedImages.size());
    state.allowedImages.forEach(image -> Fields.putText(to, image));
    putTime(to, state.created);
    to.putLong(state.latest);
    Fields.putText(to, state.lastContainer);
    return Fields.seal(key, to);
  }

  /** The state of a record; null if the record is damaged. */
  static State state(ByteBuffer key, ByteBuffer from) {
    State state = Fields.unseal(key, from) ? unverified(from) : null;
    return state != null && stateKey(state.name).equals(key) ? state : null;
  }

  /**
   * What the record of a state without its checksum says; null if it says nothing that could be.
   */
  static State unverified(ByteBuffer from) {
    try {
      StateName name = new StateName(Fields.text(from), Fields.text(from));
      Space space = Space.of(name, from.get());
      String repository = Fields.text(from);
      Set<String> allowed = new TreeSet<>();
      for (int n = from.getShort() & 0xffff; n > 0; n--) {
        allowed.add(Fields.text(from));
      }
      Instant created = time(from);
      long latest = from.getLong();
      String container = Fields.text(from);
      Fields.end(from);
      boolean valid = space != null && latest >= 0;
      return valid ? new State(name, space, repository, allowed, created, latest, container) : null;
    } catch (BufferUnderflowException | DateTimeException | DiffKeeperException damaged) {
      return null;
    }
  }

  static ByteBuffer encode(ByteBuffer key, Version v) {
    List<String> texts = List.of(v.origin().containerId(), v.origin().image(), v.eventSource());
    ByteBuffer to = Fields.record(texts, Provenances.bytesMax(v.provenance()));
    to.putLong(v.parent());
    v.root().write(to);
    to.put((byte) (v.base() == null ? 0 : 1));
    if (v.base() != null) {
      v.base().write(to);
    }
    putTime(to, v.time());
    Fields.putText(to, v.origin().containerId());
    Fields.putText(to, v.origin().image());
    to.put((byte) v.cut().ordinal());
    Fields.putText(to, v.eventSource());
    to.put((byte) (v.ended() ? 1 : 0));
    to.putLong(v.filesChanged()).putLong(v.bytes()).putLong(v.storedBytes());
    Provenances.write(to, v.provenance());
    return Fields.seal(key, to);
  }

  /** Whether the record of a version says that a container wrote it; only that is looked at. */
  static boolean isOf(String container, ByteBuffer record) {
    ByteBuffer from = record.duplicate();
    try {
      from.position(from.position() + Long.BYTES + Digest.BYTES);
      from.position(from.position() + 1 + (from.get(from.position()) == 0 ? 0 : Digest.BYTES));
      from.position(from.position() + Long.BYTES + Integer.BYTES); // the time
      return Fields.text(from).equals(container);
    } catch (BufferUnderflowException | IllegalArgumentException | IndexOutOfBoundsException e) {
      return true; // damaged: whoever reads it, tells
    }
  }

  /** The version of a record; null if the record is damaged. */
  static Version version(ByteBuffer key, ByteBuffer from) {
    try {
      if (key.remaining() != VERSION_KEY_BYTES || !Fields.unseal(key, from)) {
        return null;
      }
      long number = key.getLong(key.position() + STATE_KEY_BYTES);
      long parent = from.getLong();
      Digest root = Digest.read(from);
      Digest base = from.get() == 0 ? null : Digest.read(from);
      Instant time = time(from);
      Origin origin = new Origin(Fields.text(from), Fields.text(from));
      Cut cut = Cut.of(from.get());
      String source = Fields.text(from);
      boolean ended = from.get() != 0;
      Version version =
          new Version(
              number,
              parent,
              root,
              base,
              time,
              origin,
              cut,
              source,
              ended,
              from.getLong(),
              from.getLong(),
              from.getLong(),
              Provenances.read(from));
      return cut == null || number < 1 ? null : version;
    } catch (BufferUnderflowException | DateTimeException damaged) {
      return null;
    }
  }

  private static void putTime(ByteBuffer to, Instant time) {
    to.putLong(time.getEpochSecond()).putInt(time.getNano());
  }

  private static Instant time(ByteBuffer from) {
    long seconds = from.getLong();
    int nanos = from.getInt();
    if (nanos < 0 || nanos >= NANOS_PER_SECOND) {
      throw new DateTimeException("nanoseconds out of range");
    }
    return Instant.ofEpochSecond(seconds, nanos);
  }

  static ByteBuffer direct(byte[] bytes) {
    return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
  }
}
