package io.diffkeeper.cli;

import io.diffkeeper.history.Change;
import io.diffkeeper.history.Changes;
import io.diffkeeper.history.FileView;
import io.diffkeeper.history.Operation;
import io.diffkeeper.history.TextDiff;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.VersionRef;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code diffkeeper diff}: what changed between two versions. */
@Command(
    name = "diff",
    description = {
      "Show what changed between two versions: text as a unified diff, other files by size.",
      "patch -p1 takes what is printed."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  diffkeeper diff web base          all that the container changed in its image",
      "  diffkeeper diff web @~1           what the last version changed",
      "  diffkeeper diff web -5m           what changed in the last five minutes",
      "  diffkeeper diff web 3 7 --stat    which files differ",
      "  diffkeeper diff web @-1h --path /data/app.conf"
    })
final class DiffCommand implements Callable<Integer> {
  private static final String NOTHING = "/dev/null";

  @Mixin StateOptions options;

  @Mixin OutputOptions output;

  @Parameters(index = "0", paramLabel = "NAME", description = "The state.")
  String name;

  @Parameters(index = "1", paramLabel = "A", description = "The older version.")
  String from;

  @Parameters(
      index = "2",
      arity = "0..1",
      paramLabel = "B",
      description = "The newer version (default: latest).")
  String to = "latest";

  @Option(names = "--stat", description = "Only which files differ, not their text.")
  boolean stat;

  @Option(
      names = "--path",
      paramLabel = "PATH",
      description = "Only this path and what is beneath it.")
  String path;

  private Output rows;
  private final Screen screen = Screen.out();
  private FileView view;

  @Override
  public Integer call() throws IOException {
    try (Store store = options.open()) {
      VersionRef.Found before = find(store, from);
      VersionRef.Found after = find(store, to);
      view = new FileView((file, sink) -> store.read(before.state(), file, sink));
      if (output.json) {
        rows =
            output.table(
                "OPERATION", "PATH", "FROM", "BEFORE", "AFTER", "BLOCKS", "BLOCKS CHANGED", "TEXT");
      }
      List<Name> wanted = path == null ? List.of() : PathArgument.names(path);
      for (Change change : Changes.between(store, before.state(), before.root(), after.root())) {
        if (path == null || wanted.stream().anyMatch(change::touches)) {
          show(change);
        }
      }
    }
    if (output.json) {
      rows.end();
    }
    output.out().flush();
    return 0;
  }

  private VersionRef.Found find(Store store, String version) {
    String which = version.startsWith("@") ? version.substring(1) : version;
    return options.ref(name + "@" + which).find(store);
  }

  /** What was at the path that a file has now, or was renamed from. */
  private static Entry old(Change change) {
    return change.operation() == Operation.RENAME ? change.after() : change.before();
  }

  private void show(Change change) throws IOException {
    Entry before = old(change);
    Entry after = change.after();
    boolean content = isContent(before) && isContent(after) && differs(before, after);
    List<String> text = content && !stat ? text(change, before, after) : null;
    FileView.Blocks blocks = null;
    if (content && !stat && text == null && isFile(before) && isFile(after)) {
      blocks = view.blocks(before, after);
    }
    if (output.json) {
      rows.row(
          change.operation(),
          change.path(),
          change.from(),
          isFile(before) ? before.size() : null,
          isFile(after) ? after.size() : null,
          blocks == null ? null : blocks.total(),
          blocks == null ? null : blocks.changed(),
          text == null ? null : String.join("\n", text) + "\n");
      return;
    }
    output.out().println(heading(change, before, after, blocks));
    if (text != null) {
      text.forEach(line -> output.out().println(coloured(line)));
    }
  }

  private List<String> text(Change change, Entry before, Entry after) throws IOException {
    String old = view.text(before);
    String now = old == null ? null : view.text(after);
    if (now == null) {
      return null;
    }
    return TextDiff.unified(
        before == null ? NOTHING : "a" + change.path(),
        old,
        after == null ? NOTHING : "b" + change.path(),
        now);
  }

  private static boolean isFile(Entry entry) {
    return entry != null && entry.type() == FileType.FILE;
  }

  /** Whether it is nothing, or has content of its own. */
  private static boolean isContent(Entry entry) {
    return entry == null || entry.type() == FileType.FILE || entry.type() == FileType.SYMLINK;
  }

  private static boolean differs(Entry before, Entry after) {
    return before == null || after == null || !before.sameContent(after);
  }

  private String heading(Change change, Entry before, Entry after, FileView.Blocks blocks) {
    StringBuilder text = new StringBuilder();
    text.append(change.operation()).append(' ').append(change.path());
    String details = Details.of(change);
    if (details != null) {
      text.append(" (").append(details).append(')');
    }
    if (isFile(before) && isFile(after) && before.size() != after.size()) {
      text.append(", ").append(size(before)).append(" -> ").append(size(after));
    } else if (isFile(after)) {
      text.append(", ").append(size(after));
    } else if (isFile(before)) {
      text.append(", was ").append(size(before));
    }
    if (blocks != null) {
      text.append(", binary: ").append(blocks.changed()).append(" of ").append(blocks.total());
      text.append(" blocks of ").append(new Output.Size(FileView.BLOCK_BYTES)).append(" differ");
    }
    return screen.heading(text.toString());
  }

  private static Output.Size size(Entry entry) {
    return new Output.Size(entry.size());
  }

  private String coloured(String text) {
    String line = screen.content(text);
    if (line.startsWith("@@")) {
      return screen.note(line);
    }
    return line.startsWith("+")
        ? screen.good(line)
        : line.startsWith("-") ? screen.bad(line) : line;
  }
}
