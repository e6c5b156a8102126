package io.diffkeeper.history;

import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.store.Contents;
import io.diffkeeper.store.Cut;
import io.diffkeeper.store.Draft;
import io.diffkeeper.store.FileContent;
import io.diffkeeper.store.Origin;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.Version;
import io.diffkeeper.store.VersionWriter;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Metadata;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A state whose versions are written as lines: {@code f=content d/g=other:600 l->target e/}. A
 * file's time follows from its content, so that what was renamed has the same.
 */
final class History implements AutoCloseable {
  static final StateName STATE = new StateName("test", "state");

  final Store store;

  History(Path dir) {
    store = Store.open(dir.resolve("store"));
    store.create(STATE, HashAlgorithm.SHA256, "image");
  }

  /** Commits /data as the line says. */
  Version commit(String line) throws IOException {
    return commit(line, "container");
  }

  Version commit(String line, String container) throws IOException {
    Map<String, String> tree = new TreeMap<>();
    for (String word : line.split(" ")) {
      int at = word.contains("->") ? word.indexOf("->") : word.indexOf('=');
      tree.put(at < 0 ? word : word.substring(0, at), at < 0 ? "" : word.substring(at));
    }
    try (VersionWriter writer = store.writer(STATE)) {
      Digest data = directory(writer, tree, "");
      Entry top =
          new Entry(Name.of("/data"), metadata(FileType.DIRECTORY, 0755, 0), 0, data, null, 0);
      Digest root = writer.directory(List.of(top));
      return writer.commit(
          new Draft(
              Draft.LATEST,
              root,
              null,
              Instant.now(),
              new Origin(container, ""),
              Cut.SETTLED,
              "test",
              false,
              0,
              0));
    }
  }

  /** The changes between two versions, as {@code operation path[<from]}. */
  List<String> changes(Version before, Version after) {
    List<String> shown = new ArrayList<>();
    Changes.between(store, STATE, before.root(), after.root())
        .forEach(change -> shown.add(shown(change)));
    return shown;
  }

  static String shown(Change change) {
    String from = change.from() == null ? "" : "<" + change.from().suffix(6);
    return change.operation() + " " + change.path().suffix(6) + from;
  }

  private static Metadata metadata(FileType type, int mode, long time) {
    return new Metadata(type, mode, 0, 0, time, 7, 0, Metadata.NO_XATTRS);
  }

  private Digest directory(VersionWriter writer, Map<String, String> tree, String prefix)
      throws IOException {
    List<Entry> entries = new ArrayList<>();
    List<String> done = new ArrayList<>();
    for (Map.Entry<String, String> each : tree.entrySet()) {
      if (!each.getKey().startsWith(prefix)) {
        continue;
      }
      String rest = each.getKey().substring(prefix.length());
      int slash = rest.indexOf('/');
      String name = slash < 0 ? rest : rest.substring(0, slash);
      if (name.isEmpty() || done.contains(name)) {
        continue;
      }
      done.add(name);
      entries.add(
          slash < 0
              ? file(writer, name, each.getValue())
              : new Entry(
                  Name.of(name),
                  metadata(FileType.DIRECTORY, 0755, 1),
                  0,
                  directory(writer, tree, prefix + name + "/"),
                  null,
                  0));
    }
    return writer.directory(entries);
  }

  private static Entry file(VersionWriter writer, String name, String text) throws IOException {
    if (text.startsWith("->")) {
      Metadata metadata = metadata(FileType.SYMLINK, 0777, 2);
      return new Entry(Name.of(name), metadata, 0, null, Name.of(text.substring(2)), 0);
    }
    int colon = text.indexOf(':');
    String content = text.substring(1, colon < 0 ? text.length() : colon);
    int mode = colon < 0 ? 0644 : Integer.parseInt(text.substring(colon + 1), 8);
    FileContent stored = writer.file(Contents.of(content.getBytes(StandardCharsets.UTF_8)));
    Metadata metadata = metadata(FileType.FILE, mode, content.hashCode());
    return new Entry(Name.of(name), metadata, stored.size(), stored.digest(), null, 0);
  }

  @Override
  public void close() {
    store.close();
  }
}
