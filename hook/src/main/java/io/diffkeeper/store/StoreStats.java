package io.diffkeeper.store;

/**
 * What a state, or a whole store, takes up, and why not more.
 *
 * @param versions how many versions there are
 * @param live sizes of all regular files of the newest version; of a store: of each state's
 * @param copies the same of all versions: what keeping copies would take
 * @param bases bytes of files that an image had and none of the versions after it has
 * @param content bytes of the content of all files, what is equal counted once
 * @param plain bytes of all objects, decoded, each counted once: content, manifests, directories
 * @param newest bytes that the objects of the newest versions take in the store
 * @param stored bytes that all objects take in the store, each counted once, keys included
 */
public record StoreStats(
    long versions,
    long live,
    long copies,
    long bases,
    long content,
    long plain,
    long newest,
    long stored) {

  /** What the store takes for versions that are not the newest ones. */
  public long history() {
    return stored - newest;
  }

  /**
   * How many bytes of files there are for each that is different: 1 and more, as files' holes are
   * among them.
   */
  public double dedupRatio() {
    return content == 0 ? 1 : (double) (copies + bases) / content;
  }

  /**
   * How many times smaller deltas and compression make what is different; below 1 where that is so
   * little that keys weigh more.
   */
  public double deltaRatio() {
    return stored == 0 ? 1 : (double) plain / stored;
  }
}
