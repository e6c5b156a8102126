package io.diffkeeper.store;

/**
 * What a garbage collection did.
 *
 * @param objects objects that are in use
 * @param removed objects that were removed
 * @param packed objects that were moved into packs
 * @param packsRemoved packs that were removed
 */
public record CollectReport(long objects, long removed, long packed, long packsRemoved) {}
