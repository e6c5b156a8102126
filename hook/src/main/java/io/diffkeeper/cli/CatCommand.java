package io.diffkeeper.cli;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.store.ContentSink;
import io.diffkeeper.store.Store;
import io.diffkeeper.store.VersionRef;
import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code diffkeeper cat}: a file's bytes at a version. */
@Command(
    name = "cat",
    description = "Print a file as it was at a version.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  diffkeeper cat web@~2 /data/app.conf     as it was two versions ago",
      "  diffkeeper cat web@-1h /data/app.db > app.db"
    })
final class CatCommand implements Callable<Integer> {
  private static final int ZEROS = 64 * 1024;

  @Mixin StateOptions options;

  @Parameters(index = "0", paramLabel = "NAME[@V]", description = "The state and version.")
  String name;

  @Parameters(index = "1", paramLabel = "PATH", description = "The file's path in the container.")
  String path;

  @Override
  public Integer call() throws IOException {
    try (Store store = options.open();
        WritableByteChannel out = new StandardOutput()) {
      VersionRef.Found found = options.ref(name).find(store);
      Entry entry = VersionTree.of(store, found).entry(path);
      if (entry.type() != FileType.FILE) {
        throw new DiffKeeperException(ExitCode.NOT_FOUND, path + ": is no regular file");
      }
      store.read(found.state(), entry, new Stream(out));
    }
    return 0;
  }

  /** Content as a stream: holes as zeros. */
  private record Stream(WritableByteChannel out) implements ContentSink {
    @Override
    public void data(long offset, ByteBuffer bytes) throws IOException {
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
    }

    @Override
    public void hole(long offset, long length) throws IOException {
      for (long left = length; left > 0; left -= ZEROS) {
        data(offset, ByteBuffer.allocate((int) Math.min(left, ZEROS)));
      }
    }
  }
}
