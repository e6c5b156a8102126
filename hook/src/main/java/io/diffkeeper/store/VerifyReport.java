package io.diffkeeper.store;

import io.diffkeeper.tree.Digest;
import java.util.List;

/**
 * What a verification covered and found.
 *
 * @param states states covered
 * @param versions versions covered
 * @param objects objects that were read and hashed
 * @param bytes their plain size
 * @param problems what is wrong, at most {@link #PROBLEMS_MAX}; empty if all is well
 */
public record VerifyReport(
    long states, long versions, long objects, long bytes, List<Problem> problems) {

  /** More problems than this are not listed. */
  public static final int PROBLEMS_MAX = 1000;

  /** In place of a version's number: all that a state has. */
  public static final long ALL_VERSIONS = 0;

  /** Whether nothing is wrong. */
  public boolean ok() {
    return problems.isEmpty();
  }

  /**
   * One thing that is wrong.
   *
   * @param state the state it is in; null if it is in none or none can be told
   * @param versions the versions that are hurt, ascending
   * @param path the path in those versions; empty if it is not about one
   * @param digest the object it is about; null if it is not about one
   * @param what what is wrong, one lower-case line
   */
  public record Problem(
      StateName state, List<Long> versions, String path, Digest digest, String what) {
    @Override
    public String toString() {
      StringBuilder line = new StringBuilder();
      if (state != null) {
        line.append(state).append(versions.isEmpty() ? "" : "@" + versions).append(": ");
      }
      line.append(path).append(path.isEmpty() ? "" : ": ").append(what);
      return digest == null
          ? line.toString()
          : line.append(" (").append(digest).append(')').toString();
    }
  }
}
