package io.diffkeeper.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.bpf.DirtySink;
import io.diffkeeper.bpf.EventSource;
import io.diffkeeper.bpf.ForwardingSource;
import io.diffkeeper.bpf.Still;
import io.diffkeeper.capture.Capture.Picture;
import io.diffkeeper.files.Attributes;
import io.diffkeeper.files.Dir;
import io.diffkeeper.files.Ids;
import io.diffkeeper.files.Policy;
import io.diffkeeper.files.StateDir;
import io.diffkeeper.store.ContentSource;
import io.diffkeeper.store.Cut;
import io.diffkeeper.store.Draft;
import io.diffkeeper.store.FileContent;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.Version;
import io.diffkeeper.store.VersionWriter;
import io.diffkeeper.sys.Kernel;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A container that writes whenever its events are taken. */
class HeldTest {
  private static final StateName STATE = new StateName("test", "held");
  private static final int TOO_MUCH_BYTES = 5 << 20;

  @TempDir Path temp;
  private final List<String> order = new ArrayList<>();
  private final Deque<Runnable> writes = new ArrayDeque<>();
  private Store store;
  private StateDir dir;
  private Path file;
  private Capture capture;

  @BeforeEach
  void readTheTreeOnce() throws IOException {
    store = Store.open(temp.resolve("store"));
    store.create(STATE, HashAlgorithm.SHA256, "");
    Path tree = Files.createDirectory(temp.resolve("tree"));
    file = Files.writeString(tree.resolve("file"), "0");
    dir =
        new StateDir(
            Name.of("/data"), Dir.ofHost(new Kernel(), Name.of(tree.toString())), true, true);
    capture = capture();
    try (VersionWriter writer = writer()) {
      capture.scan(Map.of(), new Still(), writer);
    }
    order.clear();
  }

  @AfterEach
  void close() {
    dir.close();
    store.close();
  }

  private Capture capture() {
    return Captures.of(dir, new Attributes(Ids.SAME, new Policy(false, false)), note -> {});
  }

  private VersionWriter writer() {
    VersionWriter real = store.writer(STATE);
    return new VersionWriter() {
      @Override
      public FileContent file(ContentSource source, Entry previous) throws IOException {
        order.add("store");
        return real.file(source, previous);
      }

      @Override
      public Digest directory(List<Entry> entries, Digest previous) {
        return real.directory(entries, previous);
      }

      @Override
      public Version commit(Draft draft) {
        return real.commit(draft);
      }

      @Override
      public void close() {
        real.close();
      }
    };
  }

  private EventSource source(long inode) {
    return new ForwardingSource(new Still()) {
      @Override
      public void drain(DirtySink sink) {
        order.add("drain");
        if (!writes.isEmpty()) {
          writes.remove().run();
          sink.dirty(inode, 0, null);
        }
      }
    };
  }

  private void write(Path to, String text) {
    try {
      Files.writeString(to, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Picture picture() throws IOException {
    long inode = (Long) Files.getAttribute(file, "unix:ino");
    try (VersionWriter writer = writer()) {
      return capture.picture(source(inode), writer);
    }
  }

  private Picture afresh() throws IOException {
    try (VersionWriter writer = writer()) {
      return capture().scan(Map.of(), new Still(), writer);
    }
  }

  @Test
  void isStoredOnceAndOnlyWhenNothingChangesAnyMore() throws IOException {
    for (int i = 1; i <= 6; i++) {
      String text = Integer.toString(i);
      writes.add(() -> write(file, text));
    }
    Picture picture = picture();
    assertEquals(Cut.SETTLED, picture.cut());
    assertEquals(1, order.stream().filter("store"::equals).count(), order::toString);
    assertEquals("store", order.get(order.size() - 1), order::toString);
    assertEquals(afresh().root(), picture.root());
  }

  @Test
  void mayBecomeAnotherFileMeanwhile() throws IOException {
    Path other = file.resolveSibling("other");
    writes.add(() -> write(file, "changed"));
    writes.add(
        () -> {
          write(other, "other");
          if (!other.toFile().renameTo(file.toFile())) {
            throw new IllegalStateException("not renamed");
          }
        });
    Picture picture = picture();
    assertEquals(Cut.SETTLED, picture.cut());
    assertEquals(afresh().root(), picture.root());
  }

  @Test
  void doesNotTakeMoreThanItsRoom() throws IOException {
    writes.add(() -> write(file, "x".repeat(TOO_MUCH_BYTES)));
    Picture picture = picture();
    assertTrue(order.indexOf("store") < order.lastIndexOf("drain"), order::toString);
    assertEquals(afresh().root(), picture.root());
  }

  @Test
  void isReadAgainAfterAFailure() throws IOException {
    writes.add(() -> write(file, "changed"));
    writes.add(
        () -> {
          throw new IllegalStateException("no events any more");
        });
    try {
      picture();
    } catch (IllegalStateException expected) {
      order.add(expected.getMessage());
    }
    assertTrue(order.contains("no events any more"), order::toString);
    assertEquals(afresh().root(), picture().root());
  }
}
