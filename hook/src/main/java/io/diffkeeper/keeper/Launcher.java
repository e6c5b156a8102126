package io.diffkeeper.keeper;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.oci.ContainerState;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Runs the launcher as a container runtime does.
 *
 * @param program its absolute path
 * @param options what it is given before the stage
 */
public record Launcher(Path program, List<String> options) {
  /** A little more than the launcher itself waits. */
  private static final long SECONDS_MAX = 310;

  private static final int ERROR_BYTES_MAX = 8192;

  private static final String INSTALLED = "../../libexec/oci/hooks.d/diffkeeper-hook";

  /** Copies the options. */
  public Launcher {
    options = List.copyOf(options);
  }

  /**
   * The launcher of this installation, for keepers with a run directory and configuration.
   *
   * @param config the configuration file; empty for the default ones
   */
  public static Launcher installed(Path runDir, Optional<Path> config) {
    return with(Home.path().resolve(INSTALLED), runDir, config);
  }

  /** The same with another program. */
  public static Launcher with(Path program, Path runDir, Optional<Path> config) {
    List<String> options = new ArrayList<>();
    if (!runDir.equals(KeeperMain.RUN_DIR)) {
      options.addAll(List.of("--run-dir", runDir.toAbsolutePath().toString()));
    }
    config.ifPresent(file -> options.addAll(List.of("--config", file.toAbsolutePath().toString())));
    return new Launcher(program.toAbsolutePath().normalize(), options);
  }

  /**
   * Has a running container captured from now on.
   *
   * @throws DiffKeeperException if it is not, with the launcher's reason
   */
  public void adopt(ContainerState container) {
    run("adopt", container);
  }

  /** Has what an ended container left captured, if its keeper died before it was done. */
  public void finish(ContainerState container) {
    run("poststop", container);
  }

  private void run(String stage, ContainerState container) {
    List<String> words = new ArrayList<>(List.of(program.toString()));
    words.addAll(options);
    words.add(stage);
    ProcessBuilder builder = new ProcessBuilder(words);
    builder.environment().clear();
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    try {
      Process process = builder.start();
      try (OutputStream state = process.getOutputStream()) {
        state.write(container.json());
      } catch (IOException refused) {
        // It ended without reading: its exit code and its reason follow.
      }
      byte[] error = process.getErrorStream().readNBytes(ERROR_BYTES_MAX);
      if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw failed(stage, "no answer in " + SECONDS_MAX + " s");
      }
      if (process.exitValue() != 0) {
        String why = new String(error, StandardCharsets.UTF_8).strip();
        throw new DiffKeeperException(ExitCode.of(process.exitValue()), stage + ": " + why);
      }
    } catch (IOException e) {
      throw failed(stage, e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed(stage, "interrupted");
    }
  }

  private static DiffKeeperException failed(String stage, String why) {
    return new DiffKeeperException(ExitCode.INTERNAL, stage + ": " + why);
  }
}
