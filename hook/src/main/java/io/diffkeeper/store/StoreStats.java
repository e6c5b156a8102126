package io.diffkeeper.store;

/**
 * What a state, or a whole store, takes up, and why not more.
 *
 * @param versions how many versions there are
 * @param live sizes of all regular files of the newest version; of a store: of each state's
 * @param copies the same of all versions: what keeping copies would take
 * @param unique plain bytes of all objects that the versions consist of, each counted once
 * @param newest bytes that the objects of the newest versions take in the store
 * @param stored bytes that all objects take in the store, each counted once
 */
public record StoreStats(
    long versions, long live, long copies, long unique, long newest, long stored) {

  /** What the store takes for versions that are not the newest ones. */
  public long history() {
    return stored - newest;
  }

  /** How many times what is stored once is used, in bytes. */
  public double dedupRatio() {
    return unique == 0 ? 1 : (double) copies / unique;
  }

  /** How many times smaller deltas and compression make what is stored. */
  public double deltaRatio() {
    return stored == 0 ? 1 : (double) unique / stored;
  }
}
