package io.diffkeeper.engine;

import java.nio.file.Path;

/**
 * A runtime handler, by which engines know the OCI runtime that a container wants.
 *
 * @param name letters, digits and dashes
 * @param prefix where we are installed, absolute
 * @param makeDefault whether it becomes the engine's default
 */
public record Handler(String name, Path prefix, boolean makeDefault) {
  /** The runtime wrapper. */
  Path program() {
    return prefix.resolve("bin/diffkeeper-runtime");
  }

  /** The folder of files that make Podman and CRI-O run our hooks. */
  Path hooks() {
    return prefix.resolve("share/containers/oci/hooks.d");
  }
}
