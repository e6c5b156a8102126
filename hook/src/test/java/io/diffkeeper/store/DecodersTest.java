package io.diffkeeper.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Metadata;
import io.diffkeeper.tree.Name;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Whatever a record or an object says: it is decoded, or it is none; nothing else happens. */
class DecodersTest {
  private static final int ROUNDS = 40_000;

  /** Has damaged copies decoded; the seed is in failures. */
  private static void feed(byte[] sample, Consumer<ByteBuffer> decoder) {
    decoder.accept(direct(sample));
    for (int seed = 1; seed <= ROUNDS; seed++) {
      byte[] damaged = damaged(sample, new Random(seed));
      try {
        decoder.accept(direct(damaged));
      } catch (RuntimeException | Error escaped) {
        throw new AssertionError("seed " + seed, escaped);
      }
    }
  }

  private static ByteBuffer direct(byte[] bytes) {
    return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
  }

  private static byte[] damaged(byte[] sample, Random random) {
    byte[] bytes = sample.clone();
    for (int hits = 1 + random.nextInt(5); hits > 0 && bytes.length > 0; hits--) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(5)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = (byte) (random.nextBoolean() ? 0xff : 0x80);
        case 2 -> bytes[at] = 0;
        case 3 -> bytes = Arrays.copyOf(bytes, at);
        default -> bytes = Arrays.copyOf(bytes, bytes.length + random.nextInt(40));
      }
    }
    return bytes;
  }

  private static byte[] bytes(ByteBuffer from) {
    byte[] bytes = new byte[from.remaining()];
    from.duplicate().get(bytes);
    return bytes;
  }

  private static List<Entry> entries() {
    TreeMap<Name, byte[]> xattrs = new TreeMap<>();
    xattrs.put(Name.of("user.a"), new byte[5]);
    xattrs.put(Name.of("user.b"), new byte[0]);
    Metadata file = new Metadata(FileType.FILE, 0644, 1, 2, 3, 4, 0, xattrs);
    Metadata link = new Metadata(FileType.SYMLINK, 0777, 1, 2, 3, 4, 0, Metadata.NO_XATTRS);
    Digest digest = Digest.of(new byte[Digest.BYTES]);
    return new ArrayList<>(
        List.of(
            new Entry(Name.of("a"), file, 77, digest, null, 9),
            new Entry(Name.of("b"), link, 0, null, Name.of("../x"), 0),
            Trees.directory("c", digest)));
  }

  @Test
  void directories() {
    List<Entry> entries = entries();
    ByteBuffer plain = ByteBuffer.allocateDirect((int) Directories.encodedBytes(entries));
    Directories.encode(entries, plain);
    byte[] sample = bytes(plain.flip());
    assertTrue(Directories.decode(Kind.DIRECTORY, direct(sample)).equals(entries));
    feed(sample, from -> Directories.decode(Kind.DIRECTORY, from));
    feed(sample, from -> Directories.decode(Kind.ROOT, from));
  }

  /** With a checksum that is right, as whoever writes one on purpose has it. */
  private static ByteBuffer sealed(ByteBuffer key, ByteBuffer body) {
    ByteBuffer record = ByteBuffer.allocateDirect(body.remaining() + Fields.CHECKSUM_BYTES);
    return Fields.seal(key, record.put(body));
  }

  private static byte[] body(ByteBuffer record) {
    byte[] bytes = bytes(record);
    return Arrays.copyOf(bytes, bytes.length - Fields.CHECKSUM_BYTES);
  }

  @Test
  void states() {
    ByteBuffer key = Records.stateKey(Trees.WEB);
    Records.State state =
        new Records.State(
            Trees.WEB, Trees.SPACE, "nginx", Set.of("a", "b"), Instant.EPOCH, 7, "c0");
    byte[] record = bytes(Records.encode(key, state));
    assertTrue(state.equals(Records.state(key.duplicate(), direct(record))));
    feed(record, from -> Records.state(key.duplicate(), from));
    feed(
        body(direct(record)),
        from -> Records.state(key.duplicate(), sealed(key.duplicate(), from)));
  }

  @Test
  void versions() {
    ByteBuffer key = Records.versionKey(Records.stateKey(Trees.WEB), 3);
    Author sure = new Author(7, "sh", true);
    Author guessed = new Author(4_000_000, "\u00fcber", false);
    Map<Name, Author> authors =
        Map.of(Name.of("/a"), sure, Name.of(new byte[] {'/', -1}), guessed, Name.of("/b"), sure);
    Version version = version(new Provenance("scan: no better", authors, new Ending(137, true)));
    byte[] record = bytes(Records.encode(key, version));
    assertTrue(version.equals(Records.version(key.duplicate(), direct(record))));
    feed(record, from -> Records.version(key.duplicate(), from));
    feed(
        body(direct(record)),
        from -> Records.version(key.duplicate(), sealed(key.duplicate(), from)));
    Version plain = version(Provenance.NONE);
    byte[] older = body(Records.encode(key, plain));
    assertEquals(plain, parsed(key, older));
    byte[] newer = Arrays.copyOf(older, older.length + 8);
    System.arraycopy(new byte[] {99, 0, 0, 0, 3, 1, 2, 3}, 0, newer, older.length, 8);
    assertEquals(plain, parsed(key, newer), "unknown field");
  }

  private static Version version(Provenance provenance) {
    Digest digest = Digest.of(new byte[Digest.BYTES]);
    return new Version(
        3,
        2,
        digest,
        digest,
        Instant.EPOCH,
        new Origin("c0", "nginx"),
        Cut.FUZZY,
        "told",
        true,
        1,
        2,
        3,
        provenance);
  }

  private static Version parsed(ByteBuffer key, byte[] body) {
    return Records.version(key.duplicate(), sealed(key.duplicate(), direct(body)));
  }

  @Test
  void provenancesAreBounded() {
    Map<Name, Author> many = new HashMap<>();
    for (int i = 0; i < 10_000; i++) {
      many.put(Name.of("/" + i), new Author(i, "sh", true));
    }
    Provenance bounded = new Provenance("x".repeat(5000), many);
    assertEquals(Provenance.PATHS_MAX, bounded.authors().size());
    assertTrue(bounded.authors().containsKey(Name.of("/9")), "the shortest are left");
    assertEquals(1000, bounded.shortfall().length());
    Name longest = Name.of("/" + "x".repeat(Provenance.PATHS_BYTES_MAX));
    assertEquals(0, new Provenance("", Map.of(longest, many.get(Name.of("/1")))).authors().size());
  }

  @Test
  void objects() {
    for (int form : new int[] {0, 1, 5, 0x10, 0x20, 0x30}) {
      ByteBuffer object = ByteBuffer.allocateDirect(StoredObject.HEADER_BYTES + 100);
      StoredObject.putHeader(object, Kind.LEAF, form, 3, 100);
      feed(
          bytes(object.clear()),
          from -> {
            StoredObject parsed = StoredObject.parse(from);
            assertTrue(parsed == null || parsed.length() <= parsed.kind().bytesMax());
          });
    }
  }
}
