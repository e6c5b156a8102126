package io.diffkeeper.store;

import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads small files together, which takes less than one after the other: with one look into the
 * database, and with digests that are computed several at a time. For any number of threads.
 */
public final class SmallFiles {
  /** The longest one that is read so, in bytes. */
  public static final int BYTES_MAX = Manifest.LEAF_BYTES;

  private final Store store;
  private final Space space;

  /** Takes files one after the other. */
  @FunctionalInterface
  public interface Sink {
    /**
     * Takes a file.
     *
     * @param number which one of those that were to be read
     * @param bytes verified, in a direct buffer that is valid during the call only
     * @throws IOException if it cannot be taken; ends the reading
     */
    void file(int number, ByteBuffer bytes) throws IOException;
  }

  /** Reads from a store's space. */
  public SmallFiles(Store store, Space space) {
    this.store = store;
    this.space = space;
  }

  /**
   * Reads files; memory is as much as they have bytes.
   *
   * @param files of at most {@link #BYTES_MAX} bytes each
   * @return the numbers of those that the sink was not told of, in order: they have holes, or are
   *     damaged, and are to be read by {@link Store#read}
   * @throws IOException as the sink throws it
   */
  public List<Integer> read(List<Entry> files, Sink to) throws IOException {
    return store.with(scratch -> read(files, to, scratch));
  }

  private List<Integer> read(List<Entry> files, Sink to, Scratch scratch) throws IOException {
    List<ByteBuffer> contents = load(files, scratch);
    verify(files, contents, scratch.hasher(space.hash()));
    List<Integer> left = new ArrayList<>();
    for (int i = 0; i < files.size(); i++) {
      if (contents.get(i) == null) {
        left.add(i);
      } else {
        to.file(i, contents.get(i));
      }
    }
    return left;
  }

  /** What the files have, to be verified yet; null for what is no single leaf of that length. */
  private List<ByteBuffer> load(List<Entry> files, Scratch scratch) {
    int bytes = 0;
    for (Entry file : files) {
      bytes += (int) file.size();
    }
    ByteBuffer all = scratch.run(bytes);
    List<ByteBuffer> contents = new ArrayList<>(files.size());
    return store
        .environment()
        .read(
            txn -> {
              contents.clear();
              int at = 0;
              for (Entry file : files) {
                int size = (int) file.size();
                ByteBuffer content = all.slice(at, size);
                Digest digest = file.content();
                boolean read = store.objects().decode(txn, space, digest, content, scratch);
                contents.add(read ? content : null);
                at += size;
              }
              return contents;
            });
  }

  /** Puts null in the place of what is not what it should be. */
  private static void verify(List<Entry> files, List<ByteBuffer> contents, Hasher hasher) {
    int together = hasher.together();
    List<Integer> numbers = new ArrayList<>(together);
    List<ByteBuffer> some = new ArrayList<>(together);
    for (long key : bySize(contents)) {
      int number = (int) key;
      if (contents.get(number) != null) {
        numbers.add(number);
        some.add(contents.get(number));
      }
      if (some.size() == together) {
        verify(files, contents, numbers, hasher.hash(Kind.LEAF.code(), some));
        numbers.clear();
        some.clear();
      }
    }
    if (!some.isEmpty()) {
      verify(files, contents, numbers, hasher.hash(Kind.LEAF.code(), some));
    }
  }

  /** Numbers in the lower halves; those of about the same length are hashed together. */
  private static long[] bySize(List<ByteBuffer> contents) {
    long[] keys = new long[contents.size()];
    for (int i = 0; i < keys.length; i++) {
      long size = contents.get(i) == null ? 0 : contents.get(i).remaining();
      keys[i] = size << Integer.SIZE | i;
    }
    Arrays.sort(keys);
    return keys;
  }

  private static void verify(
      List<Entry> files, List<ByteBuffer> contents, List<Integer> numbers, List<Digest> found) {
    for (int i = 0; i < found.size(); i++) {
      int number = numbers.get(i);
      if (!found.get(i).equals(files.get(number).content())) {
        contents.set(number, null);
      }
    }
  }
}
