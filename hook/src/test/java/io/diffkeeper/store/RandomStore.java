package io.diffkeeper.store;

import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.tree.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A store's file with what was put into it: large enough to have all kinds of pages, small enough
 * to be damaged and tried often.
 */
record RandomStore(
    byte[] bytes, List<StateInfo> states, List<Version> versions, List<Trees.Node> nodes) {
  static final StateName DB = new StateName("k8s/shop", "db");
  static final List<StateName> STATES = List.of(Trees.WEB, DB);
  private static final int BYTES_MIN = 150_000;
  private static final int BYTES_MAX = 300_000;

  /** Makes one in a new directory beneath the one given. */
  static RandomStore make(Path temp, Random random) throws IOException {
    while (true) {
      RandomStore made = make(random, Files.createTempDirectory(temp, "sample"));
      if (made.bytes.length >= BYTES_MIN && made.bytes.length <= BYTES_MAX) {
        return made;
      }
    }
  }

  private static RandomStore make(Random random, Path dir) throws IOException {
    List<Trees.Node> nodes = new ArrayList<>();
    try (Store store = Store.open(dir)) {
      store.create(Trees.WEB, HashAlgorithm.SHA256, "nginx");
      store.create(DB, HashAlgorithm.BLAKE3, "redis");
      store.allow(DB, "valkey");
      for (int i = 0; i < 5; i++) {
        Trees.Node node = Trees.random(random, 2);
        nodes.add(node);
        try (VersionWriter writer = store.writer(Trees.WEB)) {
          Digest data = Trees.write(writer, node, random);
          writer.commit(Trees.draft(writer.directory(List.of(Trees.directory("/data", data)))));
        }
      }
      store.collect(true); // packs
      Trees.Node last = nodes.get(nodes.size() - 1);
      for (int i = 0; i < 3; i++) { // and deltas beside them
        Trees.Node node = Trees.random(random, 2);
        nodes.add(node);
        try (VersionWriter writer = store.writer(Trees.WEB)) {
          Digest before = Trees.write(writer, last, random);
          Digest data = Trees.write(writer, node, random, before);
          writer.commit(Trees.draft(writer.directory(List.of(Trees.directory("/data", data)))));
        }
      }
      List<StateInfo> states = store.states();
      List<Version> versions = store.versions(Trees.WEB);
      byte[] bytes = Files.readAllBytes(dir.resolve(StoreDirectory.DATA));
      return new RandomStore(bytes, states, versions, nodes);
    }
  }

  /** What was put into a version of {@link Trees#WEB}. */
  Trees.Node node(Version version) {
    return nodes.get((int) version.number() - 1);
  }

  /** Puts a data file into a directory, which becomes a store if it was none. */
  static Path store(Path dir, byte[] data) throws IOException {
    if (!Files.exists(dir)) {
      var mode = PosixFilePermissions.fromString("rwx------");
      Files.createDirectory(dir, PosixFilePermissions.asFileAttribute(mode));
    }
    Files.write(dir.resolve(StoreDirectory.DATA), data);
    return dir;
  }
}
