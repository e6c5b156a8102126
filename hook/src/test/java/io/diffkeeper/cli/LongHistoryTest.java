package io.diffkeeper.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.store.Contents;
import io.diffkeeper.store.Cut;
import io.diffkeeper.store.Draft;
import io.diffkeeper.store.FileContent;
import io.diffkeeper.store.Origin;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.VersionWriter;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Metadata;
import io.diffkeeper.tree.Name;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A million changes are told by a process that could hold a few thousands: 1000 directories of the
 * same 1000 files, and then others in some.
 */
class LongHistoryTest {
  private static final StateName STATE = new StateName("podman", "long");
  private static final int DIRECTORIES = 1000;
  private static final int FILES = 1000;
  private static final int CHANGED = 100;
  private static final String HEAP = "-Xmx20m";
  @TempDir static Path scratch;

  @BeforeAll
  static void write() throws Exception {
    try (Store store = Store.open(scratch.resolve("store"))) {
      store.create(STATE, HashAlgorithm.SHA256, "image");
      commit(store, DIRECTORIES);
      commit(store, DIRECTORIES - CHANGED);
    }
  }

  private static Metadata metadata(FileType type, long seconds) {
    return new Metadata(type, 0755, 0, 0, seconds, 0, 0, Metadata.NO_XATTRS);
  }

  /** Commits directories of which so many have the one files, and those behind them the others. */
  private static void commit(Store store, int like) throws Exception {
    try (VersionWriter writer = store.writer(STATE)) {
      Digest one = list(writer, "one");
      Digest other = list(writer, "other");
      List<Entry> directories = new ArrayList<>();
      for (int i = 0; i < DIRECTORIES; i++) {
        directories.add(directory(String.format("dir-%06d", i), i < like ? one : other));
      }
      Digest data = writer.directory(directories);
      Digest root = writer.directory(List.of(directory("/data", data)));
      Origin origin = new Origin("container", "");
      Instant now = Instant.now();
      writer.commit(
          new Draft(Draft.LATEST, root, null, now, origin, Cut.SETTLED, "test", false, 0, 0));
    }
  }

  private static Digest list(VersionWriter writer, String content) throws Exception {
    FileContent file = writer.file(Contents.of(content.getBytes(StandardCharsets.UTF_8)));
    List<Entry> files = new ArrayList<>();
    for (int i = 0; i < FILES; i++) {
      Name name = Name.of(String.format("%s-%06d", content, i));
      Metadata metadata = metadata(FileType.FILE, content.hashCode());
      files.add(new Entry(name, metadata, file.size(), file.digest(), null, 0));
    }
    return writer.directory(files);
  }

  private static Entry directory(String name, Digest list) {
    return new Entry(Name.of(name), metadata(FileType.DIRECTORY, 1), 0, list, null, 0);
  }

  /** Runs a command in a small process; gives how often a byte is in what it prints. */
  private static long count(char wanted, String... words) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(a -> a.matches("--(enable-native|sun-misc).*"))
        .forEach(command::add);
    command.addAll(List.of(HEAP, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-XX:+ExitOnOutOfMemoryError", "-cp"));
    command.addAll(List.of(System.getProperty("java.class.path"), DiffKeeper.class.getName()));
    command.addAll(List.of(words));
    command.addAll(List.of("--store", scratch.resolve("store").toString()));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    long found = 0;
    byte[] some = new byte[1 << 16];
    try (InputStream in = process.getInputStream()) {
      for (int n = in.read(some); n >= 0; n = in.read(some)) {
        for (int i = 0; i < n; i++) {
          found += some[i] == wanted ? 1 : 0;
        }
      }
    }
    assertEquals(0, process.waitFor(), () -> String.join(" ", words));
    return found;
  }

  @Test
  void aTimelineIsTold() throws Exception {
    long created = 1 + DIRECTORIES + DIRECTORIES * (long) FILES;
    long replaced = 2L * CHANGED * FILES;
    assertEquals(created, count('{', "timeline", "long", "--until", "1", "--json"));
    assertEquals(1 + replaced, count('\n', "timeline", "long", "--since", "2"));
  }

  @Test
  void aDifferenceIsTold() throws Exception {
    long replaced = 2L * CHANGED * FILES;
    assertEquals(replaced, count('{', "diff", "long", "1", "2", "--stat", "--json"));
  }

  @Test
  void aTreeIsShown() throws Exception {
    long all = 1 + DIRECTORIES + DIRECTORIES * (long) FILES;
    assertEquals(all, count('{', "tree", "long", "--json"));
  }
}
