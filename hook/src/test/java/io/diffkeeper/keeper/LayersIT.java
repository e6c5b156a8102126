package io.diffkeeper.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.bpf.DirtySink;
import io.diffkeeper.bpf.ForwardingSource;
import io.diffkeeper.bpf.Still;
import io.diffkeeper.capture.Capture;
import io.diffkeeper.capture.Captures;
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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * By which inodes' events a directory on an overlay is followed: those of the upper layer, where it
 * has the directory and is on a file system that takes a time for every change; else all.
 */
class LayersIT {
  /** Its upper layer cannot be told for certain. */
  private static final String INDEXED = "indexed-overlay-on-ext4";

  @RegisterExtension
  static final FileSystems fileSystems =
      new FileSystems(
          Stream.of(
                  List.of("ext4", "xfs", "btrfs", "tmpfs", INDEXED, FileSystems.LAYERED),
                  FileSystems.MORE_LAYERED)
              .flatMap(List::stream)
              .toList());

  @TempDir static Path scratch;

  private final Source source = new Source();
  private final List<String> notes = new ArrayList<>();
  private VersionWriter writer;

  static Stream<String> layered() {
    return Stream.concat(Stream.of(FileSystems.LAYERED), FileSystems.MORE_LAYERED.stream());
  }

  /** Tells of the inodes that a test wants, and remembers how it is told to follow them. */
  private static final class Source extends ForwardingSource {
    private final List<Long> inodes = new ArrayList<>();
    private final Set<Long> lists = new HashSet<>();
    private boolean follows = true;
    private boolean wide;

    Source() {
      super(new Still());
    }

    @Override
    public boolean tellsUpper() {
      return true;
    }

    @Override
    public boolean followList(int directory, long inode) {
      lists.add(inode);
      return follows;
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
      Attributes attributes = new Attributes(Ids.SAME, new Policy(false, false));
      Capture capture = Captures.of(dir, attributes, notes::add);
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

  private static long inode(Path path) throws IOException {
    return (long) Files.getAttribute(path, "unix:ino");
  }

  @Test
  void onlyWhatTheFileSystemDoesNotTellByItselfNeedsAll() throws Exception {
    for (String kind : List.of("ext4", "xfs", "btrfs")) {
      read(fileSystems.tree(kind), capture -> assertFollowed(capture, false));
    }
    assertEquals(Set.of(), source.lists);
    read(
        fileSystems.tree(INDEXED),
        capture -> {
          assertTrue(source.wide);
          assertTrue(capture.shortfall().contains("/data"), capture.shortfall());
        });
  }

  @Test
  void onATmpfsEachDirectoryOfAnOverlayIsFollowedByItself() throws Exception {
    read(fileSystems.tree("tmpfs"), capture -> assertFollowed(capture, true));
    assertEquals(Set.of(), source.lists);
    source.wide = false;

    Path merged = fileSystems.tree("overlay-on-tmpfs");
    read(merged, capture -> assertFollowed(capture, false));
    assertTrue(source.lists.contains(inode(merged.resolve("d0/s1"))), "the overlay's number");
  }

  @Test
  void whereTheyCannotBeFollowedAllIsNeeded() throws Exception {
    source.follows = false;
    read(
        fileSystems.tree("overlay-on-tmpfs"),
        capture -> {
          assertTrue(source.wide);
          assertTrue(capture.shortfall().contains("/data"), capture.shortfall());
        });
  }

  private void assertFollowed(Capture capture, boolean wide) {
    assertEquals(wide, source.wide);
    assertEquals("", capture.shortfall());
  }

  @ParameterizedTest
  @MethodSource("layered")
  void whatTheUpperLayerHasOrGetsIsFollowedThere(String kind) throws Exception {
    Path tree = fileSystems.tree(kind);
    read(
        tree,
        capture -> {
          assertFollowed(capture, false);
          long lower = inode(tree.resolve("d0/f12"));
          Files.writeString(tree.resolve("d0/f12"), "copied up");
          assertEquals(lower, inode(tree.resolve("d0/f12")), "the overlay's number");
          Path upper = fileSystems.upper(tree);
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

  /** As by a keeper that another one's container is given to. */
  @ParameterizedTest
  @MethodSource("layered")
  void whatWasCopiedUpBeforeIsFollowedToo(String kind) throws Exception {
    Path tree = fileSystems.tree(kind);
    Files.writeString(tree.resolve("d1/f14"), "copied up");
    Files.createDirectory(tree.resolve("d1/new"));
    Files.writeString(tree.resolve("d1/new/file"), "new");
    Files.delete(tree.resolve("d1/f16"));
    read(
        tree,
        capture -> {
          Path upper = fileSystems.upper(tree.resolve("d1"));
          Files.writeString(tree.resolve("d1/f14"), "longer than before");
          Files.writeString(tree.resolve("d1/new/file"), "not new");
          source.inodes.add(inode(upper.resolve("f14")));
          source.inodes.add(inode(upper.resolve("new/file")));
          picture(capture);
          assertEquals(18, size(capture, "/data/d1/f14"));
          assertEquals(7, size(capture, "/data/d1/new/file"));

          Files.writeString(tree.resolve("d1/f16"), "again");
          source.inodes.add(inode(upper));
          picture(capture);
          assertEquals(5, size(capture, "/data/d1/f16"));
          assertFollowed(capture, false);
        });
  }

  @ParameterizedTest
  @MethodSource("layered")
  void aDirectoryThatOnlyTheImageHasGetsAPlaceInTheUpperLayerAndKeepsItsTimes(String kind)
      throws Exception {
    Path tree = fileSystems.tree(kind);
    Object before = Files.getLastModifiedTime(tree);
    Object above = Files.getLastModifiedTime(tree.getParent());
    read(tree, capture -> assertFollowed(capture, false));
    assertEquals(before, Files.getLastModifiedTime(tree));
    assertEquals(before, Files.getLastModifiedTime(fileSystems.upper(tree)));
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
          Path upper = fileSystems.upper(tree);
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
