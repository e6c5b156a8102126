package io.diffkeeper.store;

import io.diffkeeper.DiffLibrary;
import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Metadata;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

/**
 * A small store with everything in it that the format has, and a text that says what it holds. Each
 * released format's is committed; {@code main} makes one of the present format.
 */
final class SampleStore {
  private static final int VERSIONS = 9;
  private static final long LARGE_BYTES = 33L << 20;

  private final Random random = new Random(1);

  private SampleStore() {}

  /** Makes data.mdb and expected.txt in the directory of the argument. */
  public static void main(String[] args) throws IOException {
    Path to = Files.createDirectories(Path.of(args[0]));
    Path work = Files.createTempDirectory("sample");
    try (Store store = Store.open(work.resolve("store"))) {
      SampleStore sample = new SampleStore();
      sample.fill(store, new StateName("podman", "web"), HashAlgorithm.SHA256, DiffLibrary.ZSTD);
      sample.fill(store, new StateName("k8s/shop", "db"), HashAlgorithm.BLAKE3, DiffLibrary.BSDIFF);
      store.collect(true);
      sample.fill(store, new StateName("podman", "late"), HashAlgorithm.SHA256, DiffLibrary.XDELTA);
      store.allow(new StateName("podman", "web"), "valkey");
      store.copy(work.resolve("copy"));
      Files.writeString(to.resolve("expected.txt"), describe(store));
    }
    Files.copy(work.resolve("copy/data.mdb"), to.resolve("data.mdb"));
  }

  private void fill(Store store, StateName name, HashAlgorithm hash, DiffLibrary library)
      throws IOException {
    store.create(name, hash, "nginx");
    byte[] text = new byte[9000];
    for (int i = 0; i < text.length; i++) {
      text[i] = (byte) ("etaoin shrdlu".charAt(random.nextInt(13)));
    }
    byte[] floats = new byte[12288];
    random.nextBytes(floats);
    for (int i = 3; i < floats.length; i += 4) {
      floats[i] = 0x3c;
    }
    Entry before = null;
    Entry beforeFloats = null;
    Digest data = null;
    for (int version = 1; version <= VERSIONS; version++) {
      text = edited(text, version);
      for (int i = 0; i < floats.length; i += 4) {
        floats[i] += (byte) random.nextInt(6); // every word moves a little
      }
      try (VersionWriter writer = store.writer(name, new Tuning(library, 4))) {
        before = Trees.file("text", writer.file(Contents.of(text), before));
        beforeFloats = Trees.file("floats", writer.file(Contents.of(floats), beforeFloats));
        List<Entry> entries = new ArrayList<>(List.of(before, beforeFloats));
        entries.addAll(others(writer, version));
        data = writer.directory(entries, data);
        writer.commit(Trees.draft(writer.directory(List.of(Trees.directory("/data", data)))));
      }
    }
  }

  private byte[] edited(byte[] text, int version) {
    byte[] now = java.util.Arrays.copyOf(text, text.length + 30);
    int at = random.nextInt(text.length - 400);
    int moved = version % 3 == 0 ? 0 : 30; // sometimes what follows moves
    System.arraycopy(text, at, now, at + moved, text.length - at);
    byte[] news = new byte[version * 40];
    random.nextBytes(news);
    System.arraycopy(news, 0, now, at, news.length);
    return now;
  }

  /** Types, attributes, holes, names that are one file, and a file of more than one block. */
  private List<Entry> others(VersionWriter writer, int version) throws IOException {
    byte[] holey = new byte[200_000];
    Contents holes = Contents.of(holey).punch(8192, 160_000);
    holey[0] = (byte) version;
    FileContent sparse = writer.file(holes);
    FileContent large = writer.file(new Marked(LARGE_BYTES, version));
    TreeMap<Name, byte[]> xattrs = new TreeMap<>();
    xattrs.put(Name.of("user.note"), new byte[] {1, 2, (byte) version});
    Metadata special = new Metadata(FileType.FILE, 06755, 1000, 1001, -5, 999_999_999, 0, xattrs);
    Metadata device =
        new Metadata(FileType.CHAR_DEVICE, 0600, 0, 0, 1, 2, 0x103, Metadata.NO_XATTRS);
    Metadata link = new Metadata(FileType.SYMLINK, 0777, 0, 0, 1, 2, 0, Metadata.NO_XATTRS);
    Metadata fifo = new Metadata(FileType.FIFO, 0600, 0, 0, 1, 2, 0, Metadata.NO_XATTRS);
    return List.of(
        new Entry(Name.of("one"), special, sparse.size(), sparse.digest(), null, 7),
        new Entry(Name.of("two"), special, sparse.size(), sparse.digest(), null, 7),
        new Entry(Name.of(new byte[] {(byte) 0xff, 'x'}), link, 0, null, Name.of("../no/where"), 0),
        new Entry(Name.of("tty"), device, 0, null, null, 0),
        new Entry(Name.of("queue"), fifo, 0, null, null, 0),
        Trees.directory("empty", writer.directory(List.of())),
        Trees.file("large", large),
        Trees.file("none", writer.file(Contents.of(new byte[0]))));
  }

  /** A hole with a byte of data at its start and one at its end. */
  private record Marked(long size, int mark) implements ContentSource {
    @Override
    public int read(java.nio.ByteBuffer to, long offset) {
      if (offset >= size) {
        return -1;
      }
      int n = (int) Math.min(to.remaining(), size - offset);
      for (int i = 0; i < n; i++) {
        to.put((byte) (offset + i == 0 || offset + i == size - 1 ? mark : 0));
      }
      return n;
    }

    @Override
    public long nextData(long offset) {
      return offset < 4096 ? offset : Math.max(offset, size - 4096);
    }

    @Override
    public long nextHole(long offset) {
      return offset < 4096 ? 4096 : size;
    }
  }

  /** What a store holds: each entry of each version, with a digest of its content as it reads. */
  static String describe(Store store) throws IOException {
    StringBuilder text = new StringBuilder();
    for (StateInfo state : store.states()) {
      text.append(state.name()).append(' ').append(state.space().hash()).append(' ');
      text.append(state.imageRepository()).append(' ').append(state.allowedImages()).append('\n');
      for (Version version : store.versions(state.name())) {
        text.append(version.number()).append(' ').append(version.parent()).append(' ');
        text.append(version.time()).append(' ').append(version.cut()).append('\n');
        describe(store, state.name(), version.root(), "", text);
      }
    }
    return text.toString();
  }

  private static void describe(
      Store store, StateName state, Digest directory, String path, StringBuilder text)
      throws IOException {
    for (Entry entry : store.directory(state, directory)) {
      Metadata m = entry.metadata();
      String name = HexFormat.of().formatHex(entry.name().toBytes());
      text.append(path).append(name).append(' ').append(m.type()).append(' ');
      text.append(Integer.toOctalString(m.permissions())).append(' ').append(m.uid());
      text.append(' ').append(m.gid()).append(' ').append(m.mtimeSeconds()).append(' ');
      text.append(m.mtimeNanos()).append(' ').append(m.device()).append(' ').append(entry.link());
      m.xattrs()
          .forEach(
              (key, value) -> text.append(' ').append(key).append(HexFormat.of().formatHex(value)));
      text.append(entry.target() == null ? "" : " " + entry.target());
      if (entry.type() == FileType.FILE) {
        text.append(' ').append(content(store, state, entry));
      }
      text.append('\n');
      if (entry.type() == FileType.DIRECTORY) {
        describe(store, state, entry.content(), path + name + "/", text);
      }
    }
  }

  /** Checksum of data, with its place in the file, and of holes. */
  private static String content(Store store, StateName state, Entry file) throws IOException {
    java.util.zip.CRC32C sum = new java.util.zip.CRC32C();
    long[] holes = new long[1];
    store.read(
        state,
        file,
        new ContentSink() {
          @Override
          public void data(long offset, java.nio.ByteBuffer bytes) {
            sum.update(bytes.duplicate());
          }

          @Override
          public void hole(long offset, long length) {
            holes[0] += length;
          }
        });
    return file.size() + " " + Long.toHexString(sum.getValue()) + " " + holes[0];
  }
}
