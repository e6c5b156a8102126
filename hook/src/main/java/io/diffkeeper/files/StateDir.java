package io.diffkeeper.files;

import io.diffkeeper.tree.Name;

/**
 * One kept directory of a container: its path there, and the directory held open since the start,
 * which stays readable after the container has ended.
 *
 * @param path absolute, as the container sees it
 * @param dir the open directory
 * @param persistent whether what is in it outlives a stop of the container; false on tmpfs
 * @param fromImage whether what a new container finds in it is its image's, as opposed to what
 *     happens to be in a volume
 */
public record StateDir(Name path, Dir dir, boolean persistent, boolean fromImage)
    implements AutoCloseable {
  /** Where a replay stages files before it moves them into place; never part of a state. */
  public static final Name STAGE = Name.of(".diffkeeper-replay");

  // Written out, as they are part of every start: a record's own are put together at run time.
  @Override
  public boolean equals(Object other) {
    return other instanceof StateDir that && path.equals(that.path) && dir == that.dir;
  }

  @Override
  public int hashCode() {
    return path.hashCode();
  }

  @Override
  public void close() {
    dir.close();
  }
}
