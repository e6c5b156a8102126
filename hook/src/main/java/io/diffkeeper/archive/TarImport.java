package io.diffkeeper.archive;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.Quantity;
import io.diffkeeper.store.FileContent;
import io.diffkeeper.store.VersionWriter;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Metadata;
import io.diffkeeper.tree.Name;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Stores a tar archive as a version's tree, straight from the stream: no file is written anywhere,
 * so nothing that the archive names can lead out of the state.
 */
public final class TarImport {
  private static final int DEPTH_MAX = 1000;
  private static final Metadata DIRECTORY =
      new Metadata(FileType.DIRECTORY, 0755, 0, 0, 0, 0, 0, Metadata.NO_XATTRS);

  private final VersionWriter writer;
  private final Node top = new Node(DIRECTORY);
  private final List<List<Name>> stateDirs = new ArrayList<>();
  private long links;
  private long files;
  private long bytes;

  private static final class Node {
    private Metadata metadata;
    private FileContent content;
    private Name target;
    private long link;
    private final Map<Name, Node> children = new TreeMap<>();

    Node(Metadata metadata) {
      this.metadata = metadata;
    }

    boolean isDirectory() {
      return metadata.type() == FileType.DIRECTORY;
    }
  }

  private TarImport(VersionWriter writer, Collection<Name> stateDirs) {
    this.writer = writer;
    stateDirs.forEach(dir -> this.stateDirs.add(components(dir)));
  }

  /**
   * What was stored.
   *
   * @param root digest of the version's tree
   * @param tops the root's entries, which nobody else can read before the commit
   * @param files names of regular files: one that has two counts twice, as in a capture
   * @param bytes the sizes of these files
   */
  public record Done(Digest root, List<Entry> tops, long files, long bytes) {}

  /**
   * Stores an archive.
   *
   * @param stateDirs absolute paths; the archive has to have each of them, and nothing outside
   * @throws DiffKeeperException BAD_INPUT if it has not, or is no tar archive
   * @throws IOException if it cannot be read
   */
  public static Done read(InputStream archive, Collection<Name> stateDirs, VersionWriter writer)
      throws IOException {
    TarImport tree = new TarImport(writer, stateDirs);
    TarReader tar = new TarReader(archive);
    try {
      for (TarReader.Item item = tar.next(); item != null; item = tar.next()) {
        tree.add(item);
      }
      archive.transferTo(OutputStream.nullOutputStream()); // or its writer would get a SIGPIPE
    } catch (EOFException e) {
      throw tar.bad("the archive is cut short");
    }
    List<Entry> tops = tree.tops(stateDirs);
    return new Done(writer.directory(tops), tops, tree.files, tree.bytes);
  }

  private static DiffKeeperException bad(Name path, String what) {
    String shown = Quantity.shown(path.toString());
    return new DiffKeeperException(ExitCode.BAD_INPUT, "tar archive: " + shown + ": " + what);
  }

  private static List<Name> components(Name path) {
    List<Name> components = new ArrayList<>();
    Name rest = path;
    while (rest.length() > 0) {
      int slash = rest.firstSlash();
      Name first = slash < 0 ? rest : rest.prefix(slash);
      rest = slash < 0 ? Name.EMPTY : rest.suffix(slash + 1);
      boolean here = first.length() == 0 || first.equals(Name.of("."));
      if (!here && !first.isComponent()) {
        throw bad(path, "such a path is not taken");
      }
      if (!here) {
        components.add(first);
      }
    }
    if (components.size() > DEPTH_MAX) {
      throw bad(path, "nested too deeply");
    }
    return components;
  }

  private void add(TarReader.Item item) throws IOException {
    List<Name> path = components(item.path());
    boolean inside = stateDirs.stream().anyMatch(dir -> starts(path, dir));
    boolean above = stateDirs.stream().anyMatch(dir -> starts(dir, path));
    boolean directory = item.metadata().type() == FileType.DIRECTORY;
    if (!inside && !(above && directory)) {
      throw bad(item.path(), "is in none of the state-dirs");
    }
    if (!directory && stateDirs.contains(path)) {
      throw bad(item.path(), "is no directory");
    }
    Node node = node(path, item.path());
    if (item.hardLink() != null) {
      link(node, item);
      return;
    }
    if (node.isDirectory() && !directory && !node.children.isEmpty()) {
      throw bad(item.path(), "is a directory, and then it is none");
    }
    node.metadata = item.metadata();
    node.target = item.target();
    node.link = 0;
    node.content = null;
    if (item.content() != null) {
      node.content = writer.file(item.content());
    }
  }

  private static boolean starts(List<Name> path, List<Name> with) {
    return path.size() >= with.size() && path.subList(0, with.size()).equals(with);
  }

  private Node node(List<Name> path, Name shown) {
    Node node = top;
    for (Name component : path) {
      if (!node.isDirectory()) {
        throw bad(shown, "is beneath what is no directory");
      }
      node = node.children.computeIfAbsent(component, name -> new Node(DIRECTORY));
    }
    return node;
  }

  private void link(Node node, TarReader.Item item) {
    Node other = top;
    for (Name component : components(item.hardLink())) {
      other = other == null ? null : other.children.get(component);
    }
    if (other == null || other == node || other.isDirectory()) {
      throw bad(item.path(), "a hard link to what is not there");
    }
    if (other.link == 0) {
      other.link = ++links;
    }
    node.metadata = other.metadata;
    node.content = other.content;
    node.target = other.target;
    node.link = other.link;
  }

  private List<Entry> tops(Collection<Name> paths) {
    List<Entry> tops = new ArrayList<>();
    for (Name path : paths) {
      Node node = top;
      for (Name component : components(path)) {
        node = node == null ? null : node.children.get(component);
      }
      if (node == null) {
        throw bad(path, "is a state-dir, and is not there");
      }
      tops.add(entry(path, node));
    }
    return tops;
  }

  private Entry entry(Name name, Node node) {
    if (node.isDirectory()) {
      List<Entry> entries = new ArrayList<>(node.children.size());
      node.children.forEach((child, its) -> entries.add(entry(child, its)));
      return new Entry(name, node.metadata, 0, writer.directory(entries), null, 0);
    }
    long size = node.content == null ? 0 : node.content.size();
    files += node.metadata.type() == FileType.FILE ? 1 : 0;
    bytes += size;
    Digest content = node.content == null ? null : node.content.digest();
    return new Entry(name, node.metadata, size, content, node.target, node.link);
  }
}
