package io.diffkeeper.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diffkeeper.DedupScope;
import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Metadata;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/** Random trees in memory, written to a store and compared with what it gives back. */
final class Trees {
  static final StateName WEB = new StateName("podman", "web");

  /** Where the objects of a state are that was made without further ado. */
  static final Space SPACE = Space.of(WEB, HashAlgorithm.SHA256, DedupScope.CLUSTER);

  private static final int[] SIZES = {
    0, 1, 511, 4095, 4096, 4097, 65535, 65536, 65537, 131072, 131073, 300000
  };

  /** A node; children null for all but directories, contents for all but files. */
  record Node(Metadata metadata, Map<Name, Node> children, Contents contents, Name target) {}

  private Trees() {}

  static Metadata metadata(FileType type) {
    return new Metadata(type, 0644, 0, 0, 1_700_000_000, 5, 0, Metadata.NO_XATTRS);
  }

  static Entry file(String name, FileContent content) {
    Metadata metadata = metadata(FileType.FILE);
    return new Entry(Name.of(name), metadata, content.size(), content.digest(), null, 0);
  }

  static Entry directory(String name, Digest content) {
    Metadata metadata = metadata(FileType.DIRECTORY);
    return new Entry(Name.of(name), metadata, 0, content, null, 0);
  }

  static Draft draft(Digest root) {
    Origin origin = new Origin("c0ffee", "docker.io/library/nginx:1");
    Instant time = Instant.ofEpochSecond(1_764_000_000L, 123_456_789);
    return new Draft(Draft.LATEST, root, null, time, origin, Cut.SETTLED, "test", false, 1, 2);
  }

  /** Commits a version with one file, /data/NAME. */
  static Version commit(Store store, String name, ContentSource source) throws IOException {
    return commit(store, WEB, name, source);
  }

  /** The same, of another state: /data/f. */
  static Version commit(Store store, StateName state, ContentSource source) throws IOException {
    return commit(store, state, "f", source);
  }

  private static Version commit(Store store, StateName state, String name, ContentSource source)
      throws IOException {
    try (VersionWriter writer = store.writer(state)) {
      Digest data = writer.directory(List.of(file(name, writer.file(source))));
      return writer.commit(draft(writer.directory(List.of(directory("/data", data)))));
    }
  }

  static Node random(Random random, int depth) {
    Map<Name, Node> children = new TreeMap<>();
    for (int i = random.nextInt(6); i > 0; i--) {
      children.put(randomName(random), child(random, depth));
    }
    return new Node(randomMetadata(random, FileType.DIRECTORY), children, null, null);
  }

  private static Node child(Random random, int depth) {
    switch (random.nextInt(depth > 0 ? 8 : 5)) {
      case 0:
        Name target = randomName(random);
        return new Node(randomMetadata(random, FileType.SYMLINK), null, null, target);
      case 1:
        FileType[] types = {FileType.FIFO, FileType.CHAR_DEVICE, FileType.BLOCK_DEVICE};
        return new Node(randomMetadata(random, types[random.nextInt(3)]), null, null, null);
      case 2, 3, 4:
        Contents contents = Contents.random(random, SIZES[random.nextInt(SIZES.length)]);
        for (int i = random.nextInt(3); i > 0 && contents.size() > 0; i--) {
          int from = random.nextInt((int) contents.size());
          contents.punch(from, from + random.nextInt(150_000));
        }
        return new Node(randomMetadata(random, FileType.FILE), null, contents, null);
      default:
        return random(random, depth - 1);
    }
  }

  private static Name randomName(Random random) {
    byte[] bytes = new byte[1 + random.nextInt(random.nextInt(20) == 0 ? 255 : 12)];
    do {
      random.nextBytes(bytes); // mostly not UTF-8
    } while (!Name.of(bytes).isComponent());
    return Name.of(bytes);
  }

  private static Metadata randomMetadata(Random random, FileType type) {
    SortedMap<Name, byte[]> xattrs = new TreeMap<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      byte[] value = new byte[random.nextInt(100)];
      random.nextBytes(value);
      xattrs.put(Name.of("user." + random.nextInt(1000)), value);
    }
    boolean device = type == FileType.CHAR_DEVICE || type == FileType.BLOCK_DEVICE;
    return new Metadata(
        type,
        random.nextInt(010000),
        random.nextInt() & 0xffffffffL,
        random.nextInt() & 0xffffffffL,
        random.nextLong(),
        random.nextInt(1_000_000_000),
        device ? random.nextLong() : 0,
        xattrs);
  }

  static Digest write(VersionWriter writer, Node directory, Random random) throws IOException {
    return write(writer, directory, random, null);
  }

  static Digest write(VersionWriter writer, Node directory, Random random, Digest previous)
      throws IOException {
    List<Entry> entries = new ArrayList<>();
    for (Map.Entry<Name, Node> child : directory.children().entrySet()) {
      Node node = child.getValue();
      Digest content = null;
      long size = 0;
      if (node.children() != null) {
        content = write(writer, node, random);
      } else if (node.contents() != null) {
        FileContent stored = writer.file(node.contents());
        content = stored.digest();
        size = stored.size();
      }
      entries.add(new Entry(child.getKey(), node.metadata(), size, content, node.target(), 0));
    }
    Collections.shuffle(entries, random);
    return writer.directory(entries, previous);
  }

  static void assertSame(Store store, Node expected, Digest digest) throws IOException {
    List<Entry> entries = store.directory(WEB, digest);
    assertEquals(List.copyOf(expected.children().keySet()), names(entries));
    for (Entry entry : entries) {
      Node node = expected.children().get(entry.name());
      assertEquals(node.metadata(), entry.metadata());
      assertEquals(node.target(), entry.target());
      if (node.children() != null) {
        assertSame(store, node, entry.content());
      } else if (node.contents() != null) {
        assertSame(store, node.contents(), entry);
      }
    }
  }

  static void assertSame(Store store, Contents expected, Entry file) throws IOException {
    Contents.Sink sink = new Contents.Sink();
    store.read(WEB, file, sink);
    assertEquals(expected.size(), file.size());
    assertArrayEquals(expected.bytes(), sink.bytes.toByteArray());
    boolean[] pages = expected.holePages();
    for (int page = 0; page < pages.length; page++) {
      assertEquals(pages[page], sink.holePages.get(page), "hole at page " + page);
    }
  }

  private static List<Name> names(List<Entry> entries) {
    return entries.stream().map(Entry::name).toList();
  }
}
