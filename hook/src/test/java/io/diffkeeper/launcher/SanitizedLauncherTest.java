package io.diffkeeper.launcher;

import java.nio.file.Path;

/** All that holds for the launcher, for one that tells of every wrong access. */
class SanitizedLauncherTest extends LauncherTest {
  @Override
  Path built() {
    return Path.of(System.getProperty("diffkeeper.dist", "target/dist"))
        .resolveSibling("test/diffkeeper-hook");
  }
}
