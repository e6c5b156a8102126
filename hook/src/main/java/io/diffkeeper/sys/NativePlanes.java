package io.diffkeeper.sys;

import com.kenai.jffi.Invoker;
import com.kenai.jffi.MemoryIO;
import com.kenai.jffi.Type;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/**
 * Puts 32-bit words together whose bytes are apart, by the processor's vectors: a library of our
 * own. For one thread at a time.
 *
 * <pre>
 * what it is told   4 × address of a plane │ address of the base │ words of the base
 *                   │ address of the target │ words          eight longs, as diffkeeper-planes.c has them
 * </pre>
 */
public final class NativePlanes {
  private static final int PLANES = 4;
  private static final int BASE = PLANES * Long.BYTES;
  private static final int COMMON = BASE + Long.BYTES;
  private static final int TARGET = COMMON + Long.BYTES;
  private static final int WORDS = TARGET + Long.BYTES;

  private static final Invoker INVOKER = Invoker.getInstance();
  private static final MemoryIO MEMORY = MemoryIO.getInstance();

  private final NativeFunction join;
  private final ByteBuffer memory =
      ByteBuffer.allocateDirect(WORDS + Long.BYTES).order(ByteOrder.nativeOrder());
  private final long address = MEMORY.getDirectBufferAddress(memory);

  private NativePlanes(NativeFunction join) {
    this.join = join;
  }

  /** One by this library; null if it cannot be loaded. */
  public static NativePlanes of(Path file) {
    NativeFunction join =
        NativeFunction.of(file, "diffkeeper_planes_join", Type.VOID, Type.POINTER);
    return join == null ? null : new NativePlanes(join);
  }

  /**
   * Fills words from planes of their folded differences; all buffers are direct, and used from
   * their positions on, which are not changed.
   *
   * @param planes four, lowest to highest byte of each word
   * @param base what the first words differ from
   * @param common how many words these are; the others differ from 0
   * @param words how many there are in all
   */
  public void join(ByteBuffer[] planes, ByteBuffer base, int common, ByteBuffer target, int words) {
    for (int i = 0; i < PLANES; i++) {
      require(planes[i], words);
      memory.putLong(i * Long.BYTES, address(planes[i]));
    }
    require(base, common * Integer.BYTES);
    require(target, words * Integer.BYTES);
    memory.putLong(BASE, address(base)).putLong(COMMON, Math.min(common, words));
    memory.putLong(TARGET, address(target)).putLong(WORDS, words);
    INVOKER.invokeN1(join.context(), join.address(), address);
  }

  private static void require(ByteBuffer buffer, int bytes) {
    if (!buffer.isDirect() || bytes < 0 || buffer.remaining() < bytes) {
      throw new IllegalArgumentException(buffer + " for " + bytes + " bytes");
    }
  }

  private static long address(ByteBuffer buffer) {
    return MEMORY.getDirectBufferAddress(buffer) + buffer.position();
  }
}
