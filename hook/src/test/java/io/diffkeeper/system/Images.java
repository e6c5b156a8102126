package io.diffkeeper.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/**
 * The images that the tests run: busybox, the program {@code fileops}, and this tree.
 *
 * <pre>
 *   /data/image/{changed,removed,mode,moved,kept}   files, each of which holds its name
 *   /data/image/{gone,replaced,recreated}/file
 *   /data/image/version                             1 or 2
 *   /data/image/new                                 in version 2 only
 * </pre>
 */
final class Images {
  static final String FIRST = "localhost/diffkeeper/fileops:1";

  /** A later build of the same repository. */
  static final String SECOND = "localhost/diffkeeper/fileops:2";

  /** The same content in another repository. */
  static final String OTHER = "localhost/stranger/fileops:1";

  /** Its {@code /data} leads to {@code /etc}, its {@code /up} out of the root. */
  static final String HOSTILE = "localhost/diffkeeper/hostile:1";

  private static final Instant BUILT = Instant.parse("2020-02-02T02:02:02Z");
  private static boolean built;

  private Images() {}

  /** Builds them, once for all tests. */
  static synchronized void build(Path root) throws IOException {
    if (built) {
      return;
    }
    Path work = Files.createTempDirectory("dk-images");
    try {
      run(work, root.resolve(".ci/images").toString());
      Path program = work.resolve("fileops");
      compile(work, program);
      image(work, program, FIRST, "1");
      image(work, program, SECOND, "2");
      run(work, "podman", "tag", FIRST, OTHER);
      hostile(work, program);
      built = true;
    } finally {
      run(work.getParent(), "rm", "-rf", work.toString());
    }
  }

  private static void compile(Path work, Path program) {
    String sources = "hook/src/test/c/fileops*.c";
    String compiler = "$(command -v musl-gcc || echo gcc)";
    String options = "-std=gnu11 -Wall -Wextra -Werror -O1 -static";
    run(
        work,
        "sh",
        "-c",
        "cd \"$0\" && " + compiler + " " + options + " " + sources + " -o \"$1\"",
        World.root().toString(),
        program.toString());
  }

  private static void image(Path work, Path program, String name, String version)
      throws IOException {
    Path tree = Files.createDirectories(work.resolve("tree" + version));
    Path data = Files.createDirectories(tree.resolve("data/image"));
    for (String file : new String[] {"changed", "removed", "mode", "moved", "kept"}) {
      Files.writeString(data.resolve(file), file + " in image\n");
    }
    for (String directory : new String[] {"gone", "replaced", "recreated"}) {
      Files.createDirectory(data.resolve(directory));
      Files.writeString(data.resolve(directory).resolve("file"), directory + " in image\n");
    }
    Files.writeString(data.resolve("version"), version);
    if (version.equals("2")) {
      Files.writeString(data.resolve("new"), "only in version 2\n");
    }
    build(work, tree, program, name);
  }

  private static void hostile(Path work, Path program) throws IOException {
    Path tree = Files.createDirectories(work.resolve("hostile"));
    Files.createSymbolicLink(tree.resolve("data"), Path.of("/etc"));
    Files.createSymbolicLink(tree.resolve("up"), Path.of("../../../../../../.."));
    Files.createDirectories(tree.resolve("inside"));
    Files.createSymbolicLink(tree.resolve("inside/out"), Path.of("/etc"));
    Files.writeString(tree.resolve("file"), "no directory\n");
    build(work, tree, program, HOSTILE);
  }

  private static void build(Path work, Path tree, Path program, String name) throws IOException {
    Files.copy(program, tree.resolve("fileops"));
    try (Stream<Path> files = Files.walk(tree)) {
      for (Path file : files.filter(f -> !Files.isSymbolicLink(f)).toList()) {
        Files.setLastModifiedTime(file, FileTime.from(BUILT));
      }
    }
    Path context = Files.createDirectories(work.resolve("context"));
    run(work, "tar", "-C", tree.toString(), "-cf", context.resolve("tree.tar").toString(), ".");
    Files.writeString(
        context.resolve("Containerfile"), "FROM localhost/diffkeeper/busybox\nADD tree.tar /\n");
    run(work, "podman", "build", "-q", "-t", name, context.toString());
  }

  private static void run(Path work, String... words) {
    Run.of(work, null, List.of(words)).expect(0);
  }
}
