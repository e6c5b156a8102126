package io.diffkeeper.delta;

/** Suffix arrays by prefix doubling with counting sorts: n log n whatever the content. */
final class Suffixes {
  private Suffixes() {}

  /** The starts of all suffixes of the bytes, in the order of the suffixes. */
  static int[] sort(byte[] bytes) {
    int n = bytes.length;
    int[] order = new int[n];
    int[] rank = new int[n];
    int[] spare = new int[n];
    int[] counts = new int[Math.max(n, 256) + 1];
    for (int i = 0; i < n; i++) {
      rank[i] = bytes[i] & 0xff;
      spare[i] = i;
    }
    count(spare, rank, counts, 255, order);
    int classes = classes(order, rank, spare, 0);
    int[] now = spare.clone();
    for (int length = 1; classes < n && length < n; length <<= 1) {
      System.arraycopy(now, 0, rank, 0, n);
      // By the second half, which the order of the first round gives, then stably by the first.
      int at = 0;
      for (int i = n - length; i < n; i++) {
        spare[at++] = i;
      }
      for (int i = 0; i < n; i++) {
        if (order[i] >= length) {
          spare[at++] = order[i] - length;
        }
      }
      count(spare, rank, counts, classes - 1, order);
      classes = classes(order, rank, now, length);
    }
    return order;
  }

  /** Sorts {@code from} stably by rank into {@code to}. */
  private static void count(int[] from, int[] rank, int[] counts, int rankMax, int[] to) {
    java.util.Arrays.fill(counts, 0, rankMax + 2, 0);
    for (int start : from) {
      counts[rank[start] + 1]++;
    }
    for (int i = 0; i <= rankMax; i++) {
      counts[i + 1] += counts[i];
    }
    for (int start : from) {
      to[counts[rank[start]]++] = start;
    }
  }

  /** Numbers the suffixes that are equal in twice the length; 0 stands for the bytes alone. */
  private static int classes(int[] order, int[] rank, int[] to, int length) {
    int n = order.length;
    int classes = 0;
    for (int i = 0; i < n; i++) {
      if (i > 0) {
        int a = order[i - 1];
        int b = order[i];
        int restA = length == 0 || a + length >= n ? -1 : rank[a + length];
        int restB = length == 0 || b + length >= n ? -1 : rank[b + length];
        classes += rank[a] != rank[b] || restA != restB ? 1 : 0;
      }
      to[order[i]] = classes;
    }
    return n == 0 ? 0 : classes + 1;
  }
}
