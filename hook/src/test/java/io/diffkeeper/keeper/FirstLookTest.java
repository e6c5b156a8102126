package io.diffkeeper.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.bpf.DirtySink;
import io.diffkeeper.bpf.EventSource;
import io.diffkeeper.bpf.ForwardingSource;
import io.diffkeeper.bpf.Still;
import io.diffkeeper.bpf.Writer;
import io.diffkeeper.capture.Capture;
import io.diffkeeper.capture.Captures;
import io.diffkeeper.files.Attributes;
import io.diffkeeper.files.Dir;
import io.diffkeeper.files.Ids;
import io.diffkeeper.files.Policy;
import io.diffkeeper.files.StateDir;
import io.diffkeeper.store.Origin;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.Tuning;
import io.diffkeeper.store.Version;
import io.diffkeeper.sys.Kernel;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The first look at a tree that a replay has just put there: /data with one file. */
class FirstLookTest {
  private static final StateName STATE = new StateName("podman", "first");
  private static final Name DATA = Name.of("/data");

  @TempDir Path temp;
  private final Kernel kernel = new Kernel();
  private Store store;
  private StateDir dir;
  private Path file;
  private Version replayed;
  private Map<Name, Entry> placed;

  @BeforeEach
  void keepAVersion() throws IOException {
    store = Store.open(temp.resolve("store"));
    store.create(STATE, HashAlgorithm.SHA256, "");
    Path data = Files.createDirectory(temp.resolve("data"));
    file = Files.writeString(data.resolve("file"), "as it was replayed");
    dir = new StateDir(DATA, Dir.ofHost(kernel, Name.of(data.toString())), true, true);
    Capture capture = capture();
    replayed = session(capture, new Still()).commit();
    placed = capture.entries();
  }

  @AfterEach
  void close() {
    dir.close();
    store.close();
  }

  @Test
  void readsNothingOfAContainerThatEndedAtOnce() {
    Capture capture = capture();
    Session session = session(capture, new Still());
    session.expect(placed);

    assertEquals(replayed.root(), session.last(() -> true).root());
    assertEquals(0, capture.readBytes());
  }

  @Test
  void readsWhatEventsHaveToldOfThoughSizeAndTimeAreTheSame() throws IOException {
    FileTime time = Files.getLastModifiedTime(file);
    Files.writeString(file, "AS IT WAS REPLAYED");
    Files.setLastModifiedTime(file, time);
    Session session = session(capture(), changed((Long) Files.getAttribute(file, "unix:ino")));
    session.expect(placed);

    assertNotEquals(replayed.root(), session.last(() -> true).root());
  }

  private Capture capture() {
    return Captures.of(dir, new Attributes(Ids.SAME, new Policy(true, false)), note -> {});
  }

  private Session session(Capture capture, EventSource source) {
    Origin origin = new Origin("c1", "");
    return new Session(
        store, STATE, capture, source, origin, Tuning.DEFAULT, null, null, new Figures());
  }

  /** Tells once that an inode has changed, as programs in the kernel do. */
  private static EventSource changed(long inode) {
    return new ForwardingSource(new Still()) {
      private boolean told;

      @Override
      public void drain(DirtySink sink) {
        if (!told) {
          sink.dirty(inode, 0, new Writer(1, "sh", true));
        }
        told = true;
      }
    };
  }
}
