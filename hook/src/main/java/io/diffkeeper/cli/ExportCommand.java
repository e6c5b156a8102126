package io.diffkeeper.cli;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.archive.TarExport;
import io.diffkeeper.files.Attributes;
import io.diffkeeper.files.Dir;
import io.diffkeeper.files.Ids;
import io.diffkeeper.files.Policy;
import io.diffkeeper.files.StateDir;
import io.diffkeeper.replay.Replay;
import io.diffkeeper.replay.ReplayMode;
import io.diffkeeper.store.Cut;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.VersionRef;
import io.diffkeeper.sys.Kernel;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code diffkeeper export}: a version's files, out of the store. */
@Command(
    name = "export",
    description = {
      "Write a version's files into a new directory or a tar archive, each state-dir under its path.",
      "An archive has nanoseconds, owners and extended attributes; files with holes are in it as"
          + " by GNU tar with --sparse."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  diffkeeper export web@-5m --out DIR       as it was five minutes ago",
      "  diffkeeper export web@2026-11-22T10:00:00Z --out web.tar",
      "  diffkeeper export web --out - | ssh host tar -x --xattrs -C /srv"
    })
final class ExportCommand implements Callable<Integer> {
  private static final String STREAM = "-";
  private static final String COMPRESSED = ".*\\.(tgz|tar\\.[a-z0-9]+)";

  @Mixin StateOptions options;

  @Mixin OutputOptions output;

  @Parameters(paramLabel = "NAME[@V]", description = "The state and version.")
  String name;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR|FILE.tar|-",
      description =
          "Where to: an empty or new directory, a new tar archive, or - for a tar stream.")
  String out;

  @Override
  public Integer call() throws IOException {
    if (out.matches(COMPRESSED)) {
      throw new DiffKeeperException(
          ExitCode.USAGE, "--out " + out + ": nothing is compressed here: --out - | gzip > " + out);
    }
    try (Store store = options.open()) {
      VersionRef.Found found = options.ref(name).find(store);
      long total = found.version().bytes();
      if (found.version().cut() == Cut.DAMAGED) {
        output.note("version " + found.version().number() + " is what damage has left of it");
      }
      if (out.equals(STREAM)) {
        stream(store, found, total);
        return 0;
      }
      TarExport.Done done =
          Progress.during(
              "export",
              store::bytesRead,
              total,
              () -> out.endsWith(".tar") ? archive(store, found) : directory(store, found));
      Output rows = output.table("STATE", "VERSION", "ENTRIES", "BYTES", "OUT");
      rows.row(
          found.state(),
          found.version().number(),
          done.entries(),
          new Output.Size(done.bytes()),
          out);
      rows.end();
      return 0;
    }
  }

  private void stream(Store store, VersionRef.Found found, long total) throws IOException {
    if (Screen.isTerminal(Screen.OUT)) {
      throw new DiffKeeperException(
          ExitCode.USAGE, "--out -: a tar archive is not for a terminal: redirect it");
    }
    try (StandardOutput channel = new StandardOutput()) {
      Progress.during(
          "export", store::bytesRead, total, () -> TarExport.write(store, found, channel));
    }
  }

  private TarExport.Done archive(Store store, VersionRef.Found found) throws IOException {
    Path file = Path.of(out);
    if (Files.exists(file)) {
      throw new DiffKeeperException(ExitCode.BAD_INPUT, file + ": is there already");
    }
    return OutputFile.create(
        file,
        part -> {
          try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
            return TarExport.write(store, found, channel);
          }
        });
  }

  private TarExport.Done directory(Store store, VersionRef.Found found) throws IOException {
    Path to = Path.of(out);
    requireEmpty(to);
    Kernel kernel = new Kernel();
    List<StateDir> dirs = new ArrayList<>();
    try {
      for (Entry top : VersionTree.of(store, found).stateDirs()) {
        Path directory = to.toAbsolutePath().resolve(top.name().toString().substring(1));
        Files.createDirectories(directory);
        dirs.add(
            new StateDir(
                top.name(), Dir.ofHost(kernel, Name.of(directory.toString())), true, true));
      }
      Attributes attributes = new Attributes(Ids.SAME, new Policy(true, true));
      Replay.Target target = new Replay.Target(found.root(), found.root(), null);
      Replay.Done done =
          new Replay(store, found.state(), attributes, path -> false, () -> {}, output::note)
              .run(target, ReplayMode.EXACT, dirs);
      return new TarExport.Done(done.entries(), done.bytes());
    } finally {
      dirs.forEach(StateDir::close);
    }
  }

  private static void requireEmpty(Path directory) throws IOException {
    if (Files.exists(directory)) {
      try (var entries = Files.newDirectoryStream(directory)) {
        if (entries.iterator().hasNext()) {
          throw new DiffKeeperException(ExitCode.BAD_INPUT, directory + ": is not empty");
        }
      }
    }
  }
}
