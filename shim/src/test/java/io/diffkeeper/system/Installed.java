package io.diffkeeper.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The product in a prefix of its own, so that the runtime wrapper has settings of its own.
 *
 * <pre>
 *   prefix/bin/diffkeeper, diffkeeper-runtime
 *   prefix/etc/diffkeeper/runtime.toml           leads to the host's configuration and run directory
 *   prefix/libexec/oci/hooks.d/diffkeeper-hook
 *   prefix/lib                                   a link to that of the product
 * </pre>
 */
final class Installed {
  private final Host host;
  private final Path prefix;

  Installed(Host host) throws IOException {
    this.host = host;
    this.prefix = host.scratch().resolve("prefix");
    Files.createDirectories(prefix.resolve("bin"));
    Path hook = prefix.resolve("libexec/oci/hooks.d/diffkeeper-hook");
    Files.createDirectories(hook.getParent());
    Files.copy(Host.hook(), hook);
    Files.createSymbolicLink(prefix.resolve("lib"), Host.dist().resolve("lib"));
    Files.copy(Host.dist().resolve("bin/diffkeeper-runtime"), wrapper());
    Files.copy(Path.of(Host.program()), prefix.resolve("bin/diffkeeper"));
    configure();
  }

  /** Writes the wrapper's settings: where this host's things are, and these lines. */
  void configure(String... more) throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add("config = \"" + host.config() + "\"");
    lines.add("run-dir = \"" + host.runDir() + "\"");
    lines.addAll(List.of(more));
    Path settings = prefix.resolve("etc/diffkeeper/runtime.toml");
    Files.createDirectories(settings.getParent());
    Files.write(settings, lines);
  }

  /** The runtime wrapper. */
  Path wrapper() {
    return prefix.resolve("bin/diffkeeper-runtime");
  }

  /** Runs a command of diffkeeper. */
  Run run(String... words) {
    List<String> all = new ArrayList<>(List.of(prefix.resolve("bin/diffkeeper").toString()));
    all.addAll(List.of(words));
    return host.run(null, all);
  }
}
