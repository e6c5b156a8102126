package io.diffkeeper.store;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;

/**
 * A file's content in memory: bytes, and which of its 512-byte sectors are holes. Sectors are
 * smaller than the store's pages, so that holes that are not aligned to those are tried as well.
 */
public record Contents(byte[] bytes, boolean[] holes) implements ContentSource {
  static final int SECTOR = 512;

  /** Bytes without holes. */
  public static Contents of(byte[] bytes) {
    return new Contents(bytes, new boolean[(bytes.length + SECTOR - 1) / SECTOR]);
  }

  static Contents random(Random random, int size) {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    if (random.nextBoolean()) {
      for (int i = 0; i < size; i++) {
        bytes[i] = (byte) (i / 100); // compressible
      }
    }
    return of(bytes);
  }

  /** Makes a hole from and to the sector borders around the range. */
  Contents punch(int from, int to) {
    for (int sector = from / SECTOR; sector < holes.length && sector * SECTOR < to; sector++) {
      holes[sector] = true;
      int start = sector * SECTOR;
      Arrays.fill(bytes, start, Math.min(bytes.length, start + SECTOR), (byte) 0);
    }
    return this;
  }

  /** The holes the store has to keep: pages that are nothing but hole. */
  boolean[] holePages() {
    boolean[] pages = new boolean[(bytes.length + 4095) / 4096];
    Arrays.fill(pages, true);
    for (int sector = 0; sector < holes.length; sector++) {
      pages[sector * SECTOR / 4096] &= holes[sector];
    }
    return pages;
  }

  @Override
  public long size() {
    return bytes.length;
  }

  @Override
  public boolean isRandomAccess() {
    return true;
  }

  @Override
  public int read(ByteBuffer to, long offset) {
    if (offset >= bytes.length) {
      return -1;
    }
    int n = (int) Math.min(to.remaining(), bytes.length - offset);
    n = n > 5000 ? n - 1001 : n; // short reads happen
    to.put(bytes, (int) offset, n);
    return n;
  }

  @Override
  public long nextData(long offset) {
    return next(offset, false);
  }

  @Override
  public long nextHole(long offset) {
    return next(offset, true);
  }

  private long next(long offset, boolean hole) {
    for (int sector = (int) offset / SECTOR; sector < holes.length; sector++) {
      if (holes[sector] == hole) {
        return Math.max(offset, (long) sector * SECTOR);
      }
    }
    return bytes.length;
  }

  /** Collects what the store gives, and checks that it comes in order and without gaps. */
  static final class Sink implements ContentSink {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    final java.util.BitSet holePages = new java.util.BitSet();
    boolean afterHole;

    @Override
    public void data(long offset, ByteBuffer from) throws IOException {
      check(offset, from.remaining());
      byte[] part = new byte[from.remaining()];
      from.get(part);
      bytes.write(part);
      afterHole = false;
    }

    @Override
    public void hole(long offset, long length) throws IOException {
      check(offset, length);
      if (afterHole) {
        throw new AssertionError("one hole in two calls");
      }
      afterHole = true;
      holePages.set((int) (offset / 4096), (int) ((offset + length + 4095) / 4096));
      bytes.write(new byte[(int) length]);
    }

    private void check(long offset, long length) {
      if (offset != bytes.size() || length < 1) {
        throw new AssertionError("gap or overlap at " + offset);
      }
    }
  }
}
