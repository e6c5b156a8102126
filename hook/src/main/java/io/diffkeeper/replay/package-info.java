/**
 * Replay: from a version in the store to a container's tree, before its first instruction.
 *
 * <p>{@link io.diffkeeper.replay.Planner} compares version and base and says what to do; {@link
 * io.diffkeeper.replay.Staging} writes every file, verified, into a private directory beside its
 * destination; {@link io.diffkeeper.replay.Replay} then moves everything into place. Until the last
 * file is verified nothing of the tree is touched.
 *
 * <p>May use: {@code files}, {@code store}, {@code tree}, {@code sys} for failures. Does not know
 * capture: the two meet in the store.
 */
package io.diffkeeper.replay;
