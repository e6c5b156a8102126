package io.diffkeeper.engine;

import java.nio.file.Path;
import java.util.List;

/** Podman. It reads the hooks of a package by itself, and others where its settings say so. */
final class Podman extends DropIn {
  private static final Path READ_ANYWAY = Path.of("/usr/share/containers/oci/hooks.d");

  Podman(Path main) {
    super(main);
  }

  @Override
  List<String> lines(Handler handler) {
    if (handler.hooks().equals(READ_ANYWAY)) {
      return List.of();
    }
    String folders = "\"" + READ_ANYWAY + "\", \"" + handler.hooks() + "\"";
    return List.of("[engine]", "hooks_dir = [" + folders + "]");
  }

  @Override
  public String afterwards() {
    return "new containers find the hook, nothing has to be restarted";
  }
}
