package io.diffkeeper.bpf;

import io.diffkeeper.bpf.libbpf.BpfException;
import io.diffkeeper.bpf.libbpf.BpfLink;
import io.diffkeeper.bpf.libbpf.BpfMap;
import io.diffkeeper.bpf.libbpf.BpfObject;
import io.diffkeeper.bpf.libbpf.BpfProgram;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The one program that costs those who are not watched, attached only while somebody holds its
 * attachment. All holders share one, whose number a map has; it is no path's, so the kernel counts
 * them, and a killed one counts no more. Not thread-safe; owned by the {@link Programs}.
 */
final class OnDemand implements AutoCloseable {
  private static final String PROGRAM = "ctime_set";
  private static final String NUMBER = "attached_number";
  private static final long KEY = 0;
  private static final int TRIES = 3;

  private final BpfProgram program;
  private final BpfMap number;

  private OnDemand(BpfProgram program, BpfMap number) {
    this.program = program;
    this.number = number;
  }

  /** The names of what is not to be attached at once. */
  static boolean isLater(String program) {
    return program.equals(PROGRAM);
  }

  /** That of loaded programs; null if they have none. */
  static OnDemand of(BpfObject loaded) {
    return loaded.hasMap(NUMBER) ? new OnDemand(loaded.program(PROGRAM), loaded.map(NUMBER)) : null;
  }

  /** That of pinned programs; null if they have none. */
  static OnDemand find(Path pinned) {
    if (!Files.exists(pinned.resolve(PROGRAM))) {
      return null;
    }
    BpfProgram program = BpfProgram.open(pinned.resolve(PROGRAM));
    try {
      return new OnDemand(program, BpfMap.open(pinned.resolve(NUMBER)));
    } catch (BpfException removed) {
      program.close();
      throw removed;
    }
  }

  /** Makes paths lead to it. */
  void pin(Path folder) {
    program.pin(folder.resolve(PROGRAM));
    number.pin(folder.resolve(NUMBER));
  }

  /**
   * Attaches the program, unless somebody else has. When this returns, it runs.
   *
   * @return to be held for as long as that is needed
   * @throws BpfException if the kernel refuses
   */
  BpfLink attach() {
    for (int i = 1; ; i++) {
      ByteBuffer known = number.get(KEY, Long.BYTES);
      if (known != null) {
        BpfLink others = BpfLink.find((int) known.getLong(0));
        if (others != null) {
          return others;
        }
        number.remove(KEY); // all who held it have gone
      }
      BpfLink own = program.attach();
      ByteBuffer value = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
      if (number.add(KEY, value.putLong(0, own.number()).array()) || i == TRIES) {
        return own; // attached twice at worst, which costs, and tells of some changes twice
      }
      own.close();
    }
  }

  @Override
  public void close() {
    program.close();
    number.close();
  }
}
