/**
 * The path-safe file layer: the only code that touches a container's tree.
 *
 * <p>A hostile image or a running neighbour may change that tree at any moment. So every access
 * starts at a directory descriptor and resolves names beneath it without following symbolic links,
 * magic links or mounts (openat2 with RESOLVE_BENEATH, NO_SYMLINKS, NO_MAGICLINKS and NO_XDEV;
 * before Linux 5.6 component by component with O_NOFOLLOW and a comparison of mount ids). A path
 * string is never resolved twice in the belief that it names the same thing.
 *
 * <p>May use: {@code sys}, {@code tree} and the exit codes. Knows no hooks, no store.
 */
package io.diffkeeper.files;
