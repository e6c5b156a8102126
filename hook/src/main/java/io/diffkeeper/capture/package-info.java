/**
 * Capture: from a container's live tree to versions in the store.
 *
 * <p>{@link io.diffkeeper.capture.TreeIndex} remembers what was last captured, by name and by
 * inode. Kernel events say which inodes are dirty; {@link io.diffkeeper.capture.Capture} reads just
 * those again and commits a version once nothing changed while it was reading.
 *
 * <p>May use: {@code files}, {@code store}, {@code tree}, {@code bpf}, {@code sys} for failures.
 * Does not know replay: the two meet in the store.
 */
package io.diffkeeper.capture;
