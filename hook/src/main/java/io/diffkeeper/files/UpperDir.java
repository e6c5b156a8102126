package io.diffkeeper.files;

import io.diffkeeper.sys.Kernel;
import io.diffkeeper.sys.Stat;
import io.diffkeeper.sys.SyscallException;
import io.diffkeeper.tree.Name;
import java.util.HashMap;
import java.util.Map;

/**
 * What an overlay's upper layer has of one directory and of those beneath it, by the same paths:
 * only the numbers of its inodes, by which the kernel tells of changes through the overlay. Nothing
 * but lists is read of it, and it is held open, so that no rename makes it another's. Not
 * thread-safe; to be closed by whoever opened it.
 */
public final class UpperDir implements AutoCloseable {
  /** No inode has this number. */
  public static final long NONE = 0;

  private static final int TRIES = 10;

  /** An owner that is not to be changed, chown(2). */
  private static final long AS_IT_IS = -1;

  private final Dir dir;
  private final long inode;
  private final Times times;

  private UpperDir(Dir dir, Stat stat) {
    this.dir = dir;
    this.inode = stat.inode();
    this.times = dir.times();
  }

  /**
   * That of a directory.
   *
   * @return null if it is on no overlay, or if the upper layer cannot be seen from here
   */
  static UpperDir of(Kernel kernel, Dir dir) {
    Backing.Layer layer = Backing.upper(kernel, dir);
    if (layer == null || !knock(kernel, dir)) {
      return null;
    }
    try (Dir root = Dir.ofHost(kernel, layer.root())) {
      Dir found = root.open(layer.relative());
      for (int i = 0; i < TRIES; i++) {
        Stat before = found.inode().stat();
        knock(kernel, dir);
        Stat own = dir.inode().stat();
        Stat upper = found.inode().stat();
        if (isSame(own, upper) && !upper.unchangedSince(before)) {
          return new UpperDir(found, upper);
        }
      }
      found.close();
      return null;
    } catch (SyscallException unseen) {
      return null;
    }
  }

  /**
   * Changes nothing of a directory but the time of its last change. What only the image has gets a
   * place in the upper layer by that, and whoever claims to be that place has to show the time.
   */
  private static boolean knock(Kernel kernel, Dir dir) {
    return kernel.chown(dir.descriptor(), AS_IT_IS, AS_IT_IS) == 0;
  }

  /** An overlay tells the times of its upper layer; the numbers may differ. */
  private static boolean isSame(Stat own, Stat upper) {
    return own.ctimeSeconds() == upper.ctimeSeconds()
        && own.ctimeNanos() == upper.ctimeNanos()
        && own.mtimeSeconds() == upper.mtimeSeconds()
        && own.mtimeNanos() == upper.mtimeNanos()
        && own.mode() == upper.mode();
  }

  /** Whether overlays are made here, by default, so that their upper layers do not tell all. */
  public static boolean areHidden() {
    return Backing.isIndexed(false);
  }

  /** The directory's number in the upper layer. */
  public long inode() {
    return inode;
  }

  /** What the times of changes in the upper layer tell. */
  public Times times() {
    return times;
  }

  /**
   * The numbers in the upper layer of what is in a directory, by name; whiteouts are among it.
   *
   * @param relative the directory's path beneath this one; "." for itself
   * @param expected its number in the upper layer
   * @return null if the path leads to another directory, or none, by now
   */
  public Map<Name, Long> list(Name relative, long expected) {
    try (Dir found = dir.open(relative)) {
      if (found.inode().stat().inode() != expected) {
        return null;
      }
      Map<Name, Long> numbers = new HashMap<>();
      for (Dir.Item item : found.list()) {
        numbers.put(item.name(), item.inode());
      }
      return numbers;
    } catch (SyscallException gone) {
      return null;
    }
  }

  @Override
  public void close() {
    dir.close();
  }
}
