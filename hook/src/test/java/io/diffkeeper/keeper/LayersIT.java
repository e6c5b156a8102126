package io.diffkeeper.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.bpf.DirtySink;
import io.diffkeeper.bpf.ForwardingSource;
import io.diffkeeper.bpf.Still;
import io.diffkeeper.capture.Capture;
import io.diffkeeper.capture.Freezer;
import io.diffkeeper.capture.Profiler;
import io.diffkeeper.capture.WritableMaps;
import io.diffkeeper.files.Attributes;
import io.diffkeeper.files.Ids;
import io.diffkeeper.files.Policy;
import io.diffkeeper.files.StateDir;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.VersionWriter;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * By which inodes' events a directory on an overlay is followed: those of the upper layer, where it
 * has the directory and is on a file system that takes a time for every change; else all.
 */
class LayersIT {
  @TempDir static Path scratch;
  private static FileSystems fileSystems;

  private final Source source = new Source();
  private final List<String> notes = new ArrayList<>();
  private VersionWriter writer;

  @BeforeAll
  static void makeWorld() throws IOException {
    assumeTrue(Files.isWritable(Path.of("/sys/fs/cgroup")), "file systems take root");
    fileSystems = new FileSystems(scratch);
    for (String kind : List.of("ext4", "tmpfs", "overlay", FileSystems.LAYERED)) {
      fileSystems.mount(kind);
    }
  }

  @AfterAll
  static void unmakeWorld() {
    if (fileSystems != null) {
      fileSystems.close();
    }
  }

  /** Tells of the inodes that a test wants, and remembers whether it is wide. */
  private static final class Source extends ForwardingSource {
    private final List<Long> inodes = new ArrayList<>();
    private boolean wide;

    Source() {
      super(new Still());
    }

    @Override
    public boolean tellsUpper() {
      return true;
    }

    @Override
    public boolean widen() {
      wide = true;
      return true;
    }

    @Override
    public void narrow() {
      wide = false;
    }

    @Override
    public void drain(DirtySink sink) {
      inodes.forEach(inode -> sink.dirty(inode, 0, null));
      inodes.clear();
    }
  }

  /** What is done to a tree that has been read. */
  private interface Change {
    void in(Capture capture) throws Exception;
  }

  private void read(Path tree, Change change) throws Exception {
    Path own = Files.createTempDirectory(scratch, "own");
    Lives lives = new Lives(own);
    try (Store store = Store.open(lives.store());
        StateDir dir = lives.open(tree)) {
      store.create(Lives.STATE, HashAlgorithm.SHA256, "");
      Capture capture =
          new Capture(
              List.of(dir),
              new Attributes(Ids.SAME, new Policy(false, false)),
              path -> false,
              WritableMaps.none(),
              Freezer.none(),
              List.of(),
              Capture.SETTLING_ROUNDS,
              new Profiler(1),
              notes::add);
      try (VersionWriter writer = store.writer(Lives.STATE)) {
        this.writer = writer;
        capture.scan(Map.of(), source, writer);
        change.in(capture);
      }
    }
    assertEquals(List.of(), notes);
  }

  private void picture(Capture capture) throws IOException {
    capture.picture(source, writer);
  }

  private static Path upper(Path merged) {
    try (var found = Files.newDirectoryStream(scratch, "layers*")) {
      for (Path layers : found) {
        Path upper = layers.resolve("upper").resolve(merged.getParent().relativize(merged));
        if (Files.exists(upper)) {
          return upper;
        }
      }
      throw new AssertionError(merged + " has nothing in an upper layer");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static long inode(Path path) throws IOException {
    return (long) Files.getAttribute(path, "unix:ino");
  }

  @Test
  void onlyWhatTheFileSystemDoesNotTellByItselfNeedsAll() throws Exception {
    read(fileSystems.tree("ext4"), capture -> assertFollowed(capture, false));
    read(fileSystems.tree("tmpfs"), capture -> assertFollowed(capture, true));
    source.wide = false;
    read(
        fileSystems.tree("overlay"),
        capture -> {
          assertTrue(source.wide);
          assertTrue(capture.shortfall().contains("/data"), capture.shortfall());
        });
  }

  private void assertFollowed(Capture capture, boolean wide) {
    assertEquals(wide, source.wide);
    assertEquals("", capture.shortfall());
  }

  @Test
  void whatTheUpperLayerHasOrGetsIsFollowedThere() throws Exception {
    Path tree = fileSystems.tree(FileSystems.LAYERED);
    read(
        tree,
        capture -> {
          assertFollowed(capture, false);
          long lower = inode(tree.resolve("d0/f12"));
          Files.writeString(tree.resolve("d0/f12"), "copied up");
          assertEquals(lower, inode(tree.resolve("d0/f12")), "the overlay's number");
          Path upper = upper(tree);
          source.inodes.add(inode(upper)); // which the copy of d0 has changed; not what is below
          picture(capture);
          assertEquals(9, size(capture, "/data/d0/f12"));

          Files.writeString(tree.resolve("d0/f12"), "longer than before");
          source.inodes.add(inode(upper.resolve("d0/f12")));
          picture(capture);
          assertEquals(18, size(capture, "/data/d0/f12"));
          assertFollowed(capture, false);
        });
  }

  @Test
  void aDirectoryThatOnlyTheImageHasGetsAPlaceInTheUpperLayerAndKeepsItsTimes() throws Exception {
    Path tree = fileSystems.tree(FileSystems.LAYERED);
    Object before = Files.getLastModifiedTime(tree);
    Object above = Files.getLastModifiedTime(tree.getParent());
    read(tree, capture -> assertFollowed(capture, false));
    assertEquals(before, Files.getLastModifiedTime(tree));
    assertEquals(before, Files.getLastModifiedTime(upper(tree)));
    assertEquals(above, Files.getLastModifiedTime(tree.getParent()));
  }

  /** What is there is covered by something else, for whoever looks from this host. */
  @Test
  void aLayerThatIsNotWhatItShouldBeIsTrustedNoMoreAndNothingIsMissed() throws Exception {
    Path tree = fileSystems.tree(FileSystems.LAYERED);
    read(
        tree,
        capture -> {
          Files.writeString(tree.resolve("d3/s0/f3"), "copied up");
          Path upper = upper(tree);
          source.inodes.add(inode(upper));
          picture(capture);
          assertFollowed(capture, false);
          source.inodes.add(inode(upper.resolve("d3")));
          FileSystems.run("mount", "-t", "tmpfs", "none", upper.resolve("d3").toString());
          try {
            Files.writeString(tree.resolve("d4/f12"), "told by nobody");
            picture(capture);
          } finally {
            FileSystems.run("umount", upper.resolve("d3").toString());
          }
          assertTrue(source.wide);
          assertEquals(14, size(capture, "/data/d4/f12"));
          assertTrue(notes.remove(0).contains("cannot be followed"));
        });
  }

  private static long size(Capture capture, String path) {
    return capture.entries().get(Name.of(path)).size();
  }
}
