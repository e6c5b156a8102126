package io.diffkeeper.keeper;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.User;
import io.diffkeeper.capture.WritableMaps;
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
 * whole life, from the claim on, so that the code of a start and of an end is loaded, linked and
 * compiled. Also what the archive of classes is made from.
 *
 * <pre>
 *   overlay-containers/containers.json            as Podman lists its containers
 *   overlay-containers/warm-N/userdata/           the bundle: config.json, rootfs/data
 *   store/, run/, log, socket
 * </pre>
 */
final class WarmUp {
  /** What is called once for each file is compiled after 200 calls, and few of these replay it. */
  private static final int FILES = 60;

  private static final int FILE_BYTES = 20_000;
  private static final int LISTED = 20;

  /** A container's first process, which ends with its input. */
  private static final String[] FIRST = {"/bin/sh", "-c", "read line"};

  private final Kernel kernel;
  private final Path folder;
  private final Events events;
  private final Configuration configuration;
  private final Log log;

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
    this.log = Log.inFile(kernel, this.folder.resolve("log"));
  }

  /**
   * Lives through so many lives, then rehearses what every start does until it is compiled, for
   * which a whole life takes too long.
   */
  void run(int lives, int starts) {
    try {
      Files.createDirectories(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      Random random = new Random(1);
      for (int round = 0; round < lives; round++) {
        live("warm-" + round, random);
      }
      rehearse(starts);
    } catch (IOException | DiffKeeperException e) {
      log.warning("warm-up: " + e.getMessage());
    }
    events.rest();
  }

  /** Starts on a state without files: what is left is what every start does. */
  private void rehearse(int starts) throws IOException {
    for (int i = 0; i < starts; i++) {
      Path bundle = bundle("claim-" + i, "empty");
      Connection.Request request = claim("claim-" + i, ProcessHandle.current().pid(), bundle);
      Container container = Container.of(ContainerState.parse(request.body()));
      try (Attachment life = new Attachment(kernel, configuration, log, container, events)) {
        life.start();
        if (i == 0) {
          life.last();
        }
        life.abandon();
      }
    }
  }

  /** A bundle about as large as Podman's, in a storage like Podman's. */
  private Path bundle(String id, String state) throws IOException {
    Path storage = folder.resolve("overlay-containers");
    delete(storage);
    Path bundle = storage.resolve(id).resolve("userdata");
    Files.createDirectories(bundle.resolve("rootfs/data"));
    StringBuilder calls = new StringBuilder("\"read\"");
    StringBuilder list = new StringBuilder("[");
    for (int i = 0; i < LISTED; i++) {
      calls.append(",\"write\",\"openat\",\"clock_gettime\",\"rt_sigaction\",\"futex\"");
      list.append(i == 0 ? "" : ",");
      list.append("{\"id\":\"").append(i == 0 ? id : "other-" + i);
      list.append("\",\"names\":[\"n").append(i).append("\"],\"metadata\":\"");
      list.append("{\\\"image-name\\\":\\\"localhost/warm\\\",\\\"image-id\\\":\\\"0a\\\"}\"}");
    }
    Files.writeString(storage.resolve("containers.json"), list.append("]"));
    Files.writeString(
        bundle.resolve("config.json"),
        "{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"rootfs\"},"
            + "\"process\":{\"user\":{\"uid\":0,\"gid\":0},\"env\":[\"PATH=/bin\"]},"
            + "\"mounts\":[{\"destination\":\"/tmp\",\"type\":\"tmpfs\",\"source\":\"tmpfs\","
            + "\"options\":[\"rw\",\"nosuid\"]}],\"annotations\":{"
            + "\"io.diffkeeper.state-dir\":\"/data\",\"io.diffkeeper.name\":\""
            + state
            + "\"},"
            + "\"linux\":{\"seccomp\":{\"syscalls\":[{\"names\":["
            + calls
            + "],\"action\":\"SCMP_ACT_ALLOW\"}]}}}");
    return bundle;
  }

  /** Both ends of a claim, and the request that comes with it. */
  private Connection.Request claim(String id, long pid, Path bundle) throws IOException {
    String state =
        String.format(
            "{\"ociVersion\":\"1.0.2\",\"id\":\"%s\",\"status\":\"created\",\"pid\":%d,"
                + "\"bundle\":\"%s\",\"annotations\":{\"a\":\"b\"}}",
            id, pid, bundle);
    SocketFile socket = new SocketFile(folder, "socket");
    Files.deleteIfExists(folder.resolve("socket"));
    int listening = socket.listen(kernel, 1);
    try (Connection claimant = socket.connect(kernel);
        Connection launcher = new Connection(kernel, (int) kernel.accept(listening))) {
      claimant.send(new Connection.Request("createRuntime", state.getBytes(UTF_8)));
      launcher.greet();
      Connection.Request request = launcher.receive();
      log.info("claimed as a spare");
      launcher.ready();
      claimant.answer();
      return request;
    } finally {
      kernel.close(listening);
    }
  }

  /** A whole life, from the claim to the end of a process that is the container's. */
  private void live(String id, Random random) throws IOException {
    Path bundle = bundle(id, "warm");
    Process first = new ProcessBuilder(FIRST).start();
    try {
      Connection.Request request = claim(id, first.pid(), bundle);
      Container container = Container.of(ContainerState.parse(request.body()));
      try (Attachment life = new Attachment(kernel, configuration, log, container, events)) {
        life.start();
        write(bundle.resolve("rootfs/data"), random);
        first.getOutputStream().close();
        first.waitFor();
        try (Connection runtime =
            new RunFolder(configuration.runDir(), container.id()).connect(kernel)) {
          runtime.send(new Connection.Request("poststop", new byte[0])); // before it is read
          life.capture(WritableMaps.none(), () -> {}, () -> {});
          runtime.answer();
        }
      }
    } catch (InterruptedException e) {
      throw new IOException("interrupted", e);
    } finally {
      first.destroy();
    }
  }

  private static void write(Path data, Random random) throws IOException {
    byte[] content = new byte[FILE_BYTES];
    for (int i = 0; i < FILES; i++) {
      random.nextBytes(content);
      Files.createDirectories(data.resolve("d" + i % 3));
      Files.write(data.resolve("d" + i % 3).resolve("f" + i), content);
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
