package io.diffkeeper.shim;

import java.nio.file.Path;

/** All that holds for the wrapper, for one that tells of every wrong access. */
class SanitizedRuntimeTest extends RuntimeTest {
  @Override
  Path built() {
    return Path.of(System.getProperty("diffkeeper.dist", "target/dist"))
        .resolveSibling("test/diffkeeper-runtime");
  }
}
