package io.diffkeeper.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.files.Attributes;
import io.diffkeeper.files.Dir;
import io.diffkeeper.files.Ids;
import io.diffkeeper.files.Policy;
import io.diffkeeper.files.StateDir;
import io.diffkeeper.replay.Replay;
import io.diffkeeper.replay.ReplayMode;
import io.diffkeeper.sys.Kernel;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A store in which every digest is right and a name leads out of the tree: it is not replayed. */
class CraftedStoreTest {
  @TempDir Path temp;

  private static Entry link(String name) {
    Name target = Name.of("/etc/passwd");
    return new Entry(Name.of(name), Trees.metadata(FileType.SYMLINK), 0, null, target, 0);
  }

  /** Puts a directory past every check of the writer. */
  private static Digest craft(Store store, List<Entry> entries) {
    ByteBuffer plain = ByteBuffer.allocateDirect((int) Directories.encodedBytes(entries));
    Directories.encode(entries, plain);
    plain.flip();
    try (Scratch scratch = new Scratch()) {
      Digest digest = scratch.hasher(Trees.SPACE.hash()).hash(Kind.DIRECTORY.code(), plain);
      Pending pending =
          new Pending(store.objects(), Trees.SPACE, scratch, new Claims(), Pending.BYTES_MAX);
      pending.addWhole(Kind.DIRECTORY, digest, plain, 0, false);
      store.environment().write(pending::put);
      return digest;
    }
  }

  private void assertRefused(Store store, Digest root, ReplayMode mode) throws IOException {
    Path tree = Files.createDirectories(temp.resolve("outer/tree"));
    Name path = Name.of(tree.toString());
    try (StateDir dir =
        new StateDir(Name.of("/data"), Dir.ofHost(new Kernel(), path), true, true)) {
      Attributes attributes = new Attributes(Ids.SAME, new Policy(true, true));
      Replay replay = new Replay(store, Trees.WEB, attributes, name -> false, () -> {}, line -> {});
      Digest none = emptyRoot(store);
      DiffKeeperException e =
          assertThrows(
              DiffKeeperException.class,
              () -> replay.run(new Replay.Target(root, none, null), mode, List.of(dir)));
      assertEquals(ExitCode.CORRUPT, e.exitCode());
    }
    try (Stream<Path> all = Files.walk(temp.resolve("outer"))) {
      assertEquals(2, all.count(), "something was written");
    }
  }

  private static Digest emptyRoot(Store store) {
    try (VersionWriter writer = store.writer(Trees.WEB)) {
      Digest empty = writer.directory(List.of());
      Digest root = writer.directory(List.of(Trees.directory("/other", empty)));
      writer.commit(Trees.draft(root));
      return root;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"..", ".", "", "../evil", "/etc/evil", "a/b", "nul\0", "a/../../evil"})
  void aNameThatIsNoneIsRefused(String name) throws IOException {
    try (Store store = Store.open(temp.resolve("store"))) {
      store.create(Trees.WEB, HashAlgorithm.SHA256, "");
      try (VersionWriter writer = store.writer(Trees.WEB)) {
        assertThrows(
            IllegalArgumentException.class,
            () -> writer.directory(List.of(link("ok"), link(name))));
        Digest crafted = craft(store, List.of(link(name)));
        Digest root = writer.directory(List.of(Trees.directory("/data", crafted)));
        writer.commit(Trees.draft(root));
        assertRefused(store, root, ReplayMode.MERGE);
        assertRefused(store, root, ReplayMode.EXACT);
      }
    }
  }

  @Test
  void aRootWhoseStateDirLeadsOutIsRefused() throws IOException {
    try (Store store = Store.open(temp.resolve("store"))) {
      store.create(Trees.WEB, HashAlgorithm.SHA256, "");
      try (VersionWriter writer = store.writer(Trees.WEB)) {
        Digest empty = writer.directory(List.of());
        for (String path : List.of("/../etc", "/", "/data/../..", "//etc")) {
          List<Entry> entries = List.of(Trees.directory(path, empty));
          assertThrows(IllegalArgumentException.class, () -> writer.directory(entries), path);
        }
      }
    }
  }

  /** Deeper than anything that a capture writes: no stack is exhausted. */
  @Test
  void aTreeNestedWithoutEndIsRefused() throws IOException {
    try (Store store = Store.open(temp.resolve("store"))) {
      store.create(Trees.WEB, HashAlgorithm.SHA256, "");
      try (VersionWriter writer = store.writer(Trees.WEB)) {
        Digest below = writer.directory(List.of(link("end")));
        for (int i = 0; i < 5000; i++) {
          below = writer.directory(List.of(Trees.directory("d", below)));
        }
        Digest root = writer.directory(List.of(Trees.directory("/data", below)));
        writer.commit(Trees.draft(root));
        assertRefused(store, root, ReplayMode.MERGE);
        assertRefused(store, root, ReplayMode.EXACT);
      }
    }
  }
}
