package io.diffkeeper.store;

import io.diffkeeper.tree.Digest;

/**
 * A file that was stored.
 *
 * @param digest what {@code Entry.content} has to be: covers the bytes and where the holes are
 * @param size bytes really read, holes included: what {@code Entry.size} has to be
 */
public record FileContent(Digest digest, long size) {}
