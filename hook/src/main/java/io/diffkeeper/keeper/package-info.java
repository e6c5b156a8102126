/**
 * The keeper: one process per container, for its whole life. It replays, attaches, says READY,
 * captures until the container ends, makes the last version durable, and ends.
 *
 * <p>May use every package but {@code cli}. Standard streams and exits are {@link
 * io.diffkeeper.keeper.KeeperMain}'s alone.
 */
package io.diffkeeper.keeper;
