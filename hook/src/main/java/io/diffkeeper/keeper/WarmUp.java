package io.diffkeeper.keeper;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.diffkeeper.User;
import io.diffkeeper.config.Configuration;
import io.diffkeeper.log.Log;
import io.diffkeeper.oci.ContainerState;
import io.diffkeeper.sys.Kernel;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Random;

/**
 * Keeps a container that is none, in a private directory with a store of its own: each round is a
 * whole life, so that the code of a start and of an end is loaded, linked and partly compiled. Also
 * what the archive of classes is made from.
 */
final class WarmUp {
  private static final int FILES = 20;
  private static final int FILE_BYTES = 20_000;
  private static final String CONFIG =
      """
      {"ociVersion":"1.0.2","root":{"path":"rootfs"},"mounts":[{"destination":"/tmp","type":"tmpfs",
      "source":"tmpfs","options":["rw"]}],"process":{"user":{"uid":0,"gid":0}},"linux":{},
      "annotations":{"io.diffkeeper.state-dir":"/data","io.diffkeeper.name":"warm"}}
      """;

  private final Kernel kernel;
  private final Path folder;
  private final Events events;
  private final Configuration configuration;
  private final Log log = Log.none();

  /**
   * A warm-up.
   *
   * @param folder a directory of its own, made here
   */
  WarmUp(Kernel kernel, Path folder, Events events) {
    this.kernel = kernel;
    this.folder = folder.toAbsolutePath();
    this.events = events;
    this.configuration =
        Configuration.defaults(User.current(), Map.of())
            .with("store", this.folder.resolve("store").toString())
            .with("run-dir", this.folder.resolve("run").toString());
  }

  /** Lives through so many lives. */
  void run(int rounds) {
    try {
      Path data = folder.resolve("rootfs/data");
      Files.createDirectories(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      Random random = new Random(1);
      for (int round = 0; round < rounds; round++) {
        delete(folder.resolve("rootfs"));
        Files.createDirectories(data);
        Files.writeString(folder.resolve("config.json"), CONFIG);
        live(round, data, random);
      }
    } catch (IOException e) {
      log.warning("warm-up: " + e.getMessage());
    }
  }

  private void live(int round, Path data, Random random) throws IOException {
    String state =
        String.format(
            "{\"ociVersion\":\"1.0.2\",\"id\":\"warm-%d\",\"status\":\"created\",\"pid\":%d,"
                + "\"bundle\":\"%s\",\"annotations\":{\"a\":\"b\"}}",
            round, ProcessHandle.current().pid(), folder);
    Container container = Container.of(ContainerState.parse(state.getBytes(UTF_8)));
    try (Attachment life = new Attachment(kernel, configuration, log, container, events)) {
      life.start();
      byte[] content = new byte[FILE_BYTES];
      for (int i = 0; i < FILES; i++) {
        random.nextBytes(content);
        Files.createDirectories(data.resolve("d" + i % 3));
        Files.write(data.resolve("d" + i % 3).resolve("f" + i), content);
      }
      life.last();
      life.abandon();
    }
  }

  /** Deletes a file, or a directory with everything in it. */
  static void delete(Path path) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        path,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path dir, IOException failed)
              throws IOException {
            Files.delete(dir);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
