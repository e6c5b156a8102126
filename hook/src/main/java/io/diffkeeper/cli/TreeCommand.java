package io.diffkeeper.cli;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.VersionRef;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Metadata;
import io.diffkeeper.tree.Name;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code diffkeeper tree}: the files of a version. */
@Command(
    name = "tree",
    description = "Show the files of a version.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  diffkeeper tree web              what is there now",
      "  diffkeeper tree web@-1h /data/conf   a folder as it was an hour ago",
      "  diffkeeper tree web --json | jq -r '.[] | select(.size > 1e6).path'"
    })
final class TreeCommand implements Callable<Integer> {
  @Mixin StateOptions options;

  @Mixin OutputOptions output;

  @Parameters(index = "0", paramLabel = "NAME[@V]", description = "The state and version.")
  String name;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "PATH",
      description = "A path in the container (default: all state-dirs).")
  String path;

  @Option(names = "--depth", paramLabel = "N", description = "How many levels to show.")
  int depth = Integer.MAX_VALUE;

  private Output rows;
  private final Screen screen = Screen.out();
  private VersionTree tree;
  private long files;
  private long bytes;

  @Override
  public Integer call() {
    if (depth < 0) {
      throw new DiffKeeperException(ExitCode.USAGE, "--depth: is less than 0");
    }
    try (Store store = options.open()) {
      VersionRef.Found found = options.ref(name).find(store);
      tree = VersionTree.of(store, found);
      if (output.json) {
        rows =
            output.table("PATH", "TYPE", "SIZE", "MODE", "UID", "GID", "TIME", "TARGET", "DIGEST");
      }
      if (path == null) {
        tree.stateDirs().forEach(top -> show(top, top.name(), "", "", 0));
      } else {
        show(tree.entry(path), tree.name(path), "", "", 0);
      }
    }
    if (output.json) {
      rows.end();
    } else {
      output.out().println("\n" + files + " files, " + new Output.Size(bytes));
    }
    return 0;
  }

  private void show(Entry entry, Name full, String lead, String indent, int level) {
    files += entry.type() == FileType.FILE ? 1 : 0;
    bytes += entry.size();
    if (output.json) {
      row(entry, full);
    } else {
      output.out().println(lead + label(entry, level == 0 ? full : entry.name()));
    }
    if (entry.type() != FileType.DIRECTORY || level >= depth) {
      return;
    }
    List<Entry> children = tree.list(entry);
    for (int i = 0; i < children.size(); i++) {
      boolean last = i == children.size() - 1;
      Entry child = children.get(i);
      show(
          child,
          full.resolve(child.name()),
          indent + (last ? "└── " : "├── "),
          indent + (last ? "    " : "│   "),
          level + 1);
    }
  }

  private String label(Entry entry, Name shown) {
    return switch (entry.type()) {
      case DIRECTORY -> screen.note(shown + "/");
      case FILE -> shown + "  " + screen.faint(new Output.Size(entry.size()).toString());
      case SYMLINK -> shown + " -> " + entry.target();
      default -> shown + "  " + screen.faint(type(entry));
    };
  }

  private static String type(Entry entry) {
    return entry.type().name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private void row(Entry entry, Name full) {
    Metadata metadata = entry.metadata();
    rows.row(
        full,
        type(entry),
        entry.size(),
        String.format("%04o", metadata.permissions()),
        metadata.uid(),
        metadata.gid(),
        Instant.ofEpochSecond(metadata.mtimeSeconds(), metadata.mtimeNanos()),
        entry.target(),
        entry.content());
  }
}
