package io.diffkeeper.files;

import java.util.function.LongUnaryOperator;

/**
 * The two directions of a container's uid and gid mappings.
 *
 * @param uidToContainer host uid to container uid; 65534 for one that is not mapped
 * @param gidToContainer the same for groups
 * @param uidToHost container uid to host uid; -1 for one that is not mapped
 * @param gidToHost the same for groups
 */
public record Ids(
    LongUnaryOperator uidToContainer,
    LongUnaryOperator gidToContainer,
    LongUnaryOperator uidToHost,
    LongUnaryOperator gidToHost) {

  /** No user namespace: ids are the same inside and outside. */
  public static final Ids SAME =
      new Ids(
          LongUnaryOperator.identity(),
          LongUnaryOperator.identity(),
          LongUnaryOperator.identity(),
          LongUnaryOperator.identity());
}
