package io.diffkeeper.replay;

/** How a version and the image's tree become one. */
public enum ReplayMode {
  /** What the container changed or deleted is replayed, the rest follows the image. */
  MERGE,
  /** The tree becomes the version. */
  EXACT
}
