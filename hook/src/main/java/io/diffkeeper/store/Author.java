package io.diffkeeper.store;

import java.util.Objects;

/**
 * The process that made a change.
 *
 * @param pid its id as it saw it itself, in its own process namespace
 * @param name its name, not null, at most 65535 bytes of UTF-8
 * @param certain whether the kernel told both with the change; else they were looked up afterwards
 */
public record Author(int pid, String name, boolean certain) {
  /** Checks that nothing is null. */
  public Author {
    Objects.requireNonNull(name);
  }

  /** As people see it: {@code name[pid]}, with a question mark if it is not certain. */
  @Override
  public String toString() {
    return name + "[" + pid + "]" + (certain ? "" : "?");
  }
}
