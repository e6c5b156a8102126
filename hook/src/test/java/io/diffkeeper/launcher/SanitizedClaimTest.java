package io.diffkeeper.launcher;

import java.nio.file.Path;

/** The claims of spares, by a launcher that tells of every wrong access. */
class SanitizedClaimTest extends ClaimTest {
  @Override
  Path built() {
    return Path.of(System.getProperty("diffkeeper.dist", "target/dist"))
        .resolveSibling("test/diffkeeper-hook");
  }
}
