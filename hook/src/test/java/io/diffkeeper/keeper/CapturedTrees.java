package io.diffkeeper.keeper;

import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.bpf.Still;
import io.diffkeeper.capture.Capture;
import io.diffkeeper.capture.Freezer;
import io.diffkeeper.capture.Profiler;
import io.diffkeeper.capture.WritableMaps;
import io.diffkeeper.files.Attributes;
import io.diffkeeper.files.Dir;
import io.diffkeeper.files.Ids;
import io.diffkeeper.files.Policy;
import io.diffkeeper.files.StateDir;
import io.diffkeeper.replay.Replay;
import io.diffkeeper.replay.ReplayMode;
import io.diffkeeper.store.Origin;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.Tuning;
import io.diffkeeper.store.Version;
import io.diffkeeper.sys.Kernel;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Trees that are captured, and replayed elsewhere, with a store of the test's own. */
abstract class CapturedTrees {
  private static final Name PATH = Name.of("/data");
  static final StateName STATE = new StateName("test", "state");

  final Kernel kernel = new Kernel();
  final Attributes attributes = new Attributes(Ids.SAME, new Policy(true, false));
  private final List<String> notes = new ArrayList<>();
  @TempDir Path temp;
  Store store;

  @BeforeEach
  void openStore() {
    store = Store.open(temp.resolve("store"));
    store.create(STATE, HashAlgorithm.SHA256, "");
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  StateDir dir(Kernel through, String name) throws IOException {
    Path path = Files.createDirectories(temp.resolve(name));
    return new StateDir(PATH, Dir.ofHost(through, Name.of(path.toString())), true, true);
  }

  Session session(StateDir dir, Digest base, Version latest) {
    Capture capture =
        new Capture(
            List.of(dir),
            attributes,
            path -> path.toString().endsWith(".tmp"),
            WritableMaps.none(),
            Freezer.none(),
            List.of(),
            Capture.SETTLING_ROUNDS,
            new Profiler(1),
            notes::add);
    return new Session(
        store,
        STATE,
        capture,
        new Still(),
        new Origin("c1", ""),
        Tuning.DEFAULT,
        base,
        latest,
        new Figures());
  }

  Version capture(String name) throws IOException {
    try (StateDir dir = dir(kernel, name)) {
      return session(dir, null, null).commit();
    }
  }

  Replay.Done replay(Version version, ReplayMode mode, String into) throws IOException {
    return replay(kernel, version, mode, into);
  }

  Replay.Done replay(Kernel through, Version version, ReplayMode mode, String into)
      throws IOException {
    try (StateDir dir = dir(through, into)) {
      Replay replay = new Replay(store, STATE, attributes, path -> false, () -> {}, notes::add);
      Replay.Target target = new Replay.Target(version.root(), version.base(), null);
      return replay.run(target, mode, List.of(dir));
    }
  }

  Path path(String text) {
    return temp.resolve(text);
  }

  void write(String file, String content) throws IOException {
    Files.createDirectories(path(file).getParent());
    Files.writeString(path(file), content);
  }
}
