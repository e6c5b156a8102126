/**
 * The store: versioned trees in one LMDB environment, content-addressed and verified on every read.
 * docs/store-format.md has the bytes. May use the JDK, lmdbjava, zstd-jni, commons-codec (BLAKE3),
 * {@code io.diffkeeper} and {@code io.diffkeeper.tree}; knows nothing of containers or files.
 */
package io.diffkeeper.store;
