package io.diffkeeper.shim.adoption;

import io.diffkeeper.shim.nri.api.Nri;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A process whose parent works beside a bundle, as containerd's shim does, and a launcher that only
 * writes down what it is given.
 */
public final class FakeContainer implements AutoCloseable {
  private static final long WAIT_SECONDS = 60;

  private final Path scratch;
  private final Path told;
  private Process shim;

  /** A container that does not run yet, in a folder. */
  public FakeContainer(Path scratch) {
    this.scratch = scratch;
    this.told = scratch.resolve("told");
  }

  /** The launcher's path. */
  public Path launcher() throws IOException {
    Path launcher = scratch.resolve("launcher");
    Files.writeString(
        launcher, "#!/bin/sh\n/bin/cat > " + told + ".new && /bin/mv " + told + ".new " + told);
    return Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwx------"));
  }

  /** Starts it, and gives its process to the description of a container. */
  public Nri.Container runningAs(Nri.Container container) throws IOException {
    return container.toBuilder().setPid((int) start(container.getId())).build();
  }

  /** Starts it with a bundle; returns its first process's number. */
  public long start(String id) throws IOException {
    Path sandbox = Files.createDirectories(scratch.resolve("bundles/sandbox"));
    Path bundle = Files.createDirectories(scratch.resolve("bundles").resolve(id));
    Files.writeString(bundle.resolve("config.json"), "{}");
    Path pid = bundle.resolve("init.pid");
    shim =
        new ProcessBuilder(
                "sh", "-c", "sleep 1000 & echo $! > $0.new; mv $0.new $0; wait", "" + pid)
            .directory(sandbox.toFile())
            .start();
    await(pid);
    return Long.parseLong(Files.readString(pid).strip());
  }

  /** What the launcher was given. */
  public String state() throws IOException {
    return Files.readString(told);
  }

  /** Waits until the launcher was called for a container. */
  public void awaitAdopted(String id) throws IOException {
    await(told);
    if (!state().contains("\"id\":\"" + id + "\"")) {
      throw new AssertionError(state());
    }
  }

  private static void await(Path file) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
    while (!Files.exists(file)) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("not within " + WAIT_SECONDS + " s: " + file);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
    }
  }

  @Override
  public void close() {
    if (shim != null) {
      shim.descendants().forEach(ProcessHandle::destroyForcibly);
      shim.destroyForcibly();
    }
  }
}
