package io.diffkeeper.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.lmdbjava.Txn;

/**
 * The lanes of one version's writer: the first is its own thread's, and all there is until a large
 * file comes, whose leaves they share out.
 */
final class Lanes implements AutoCloseable {
  private static final int LANES_MAX = 4;

  /** Shorter files are read faster than another thread is started. */
  private static final long BYTES_MIN = 512 << 10;

  /** A thread that has nothing to do is there for the next version so long, then it ends. */
  private static final long IDLE_SECONDS_MAX = 10;

  /** Of all writers of the process: to start one takes longer than a small version does. */
  private static final ExecutorService THREADS =
      new ThreadPoolExecutor(
          0,
          Integer.MAX_VALUE,
          IDLE_SECONDS_MAX,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          Lanes::thread);

  private final List<Lane> lanes = new ArrayList<>();
  private final Supplier<Lane> more;
  private final int count;

  /**
   * The first lane, and more where there are processors for them.
   *
   * @param more makes a lane
   */
  Lanes(Supplier<Lane> more) {
    this.more = more;
    this.count = count();
    lanes.add(more.get());
  }

  /** How many lanes there are at most. */
  static int count() {
    return Math.max(1, Math.min(LANES_MAX, Runtime.getRuntime().availableProcessors()));
  }

  Lane first() {
    return lanes.get(0);
  }

  /** Whether to share a source out. */
  boolean areWorthIt(ContentSource source) throws IOException {
    return count > 1
        && source.isRandomAccess()
        && source.size() >= BYTES_MIN
        && source.nextData(0) == 0
        && source.nextHole(0) >= source.size();
  }

  /**
   * Adds full leaves that follow each other, which are told their digests.
   *
   * @throws IOException as the source throws it
   */
  void add(Leaves leaves) throws IOException {
    AtomicInteger next = new AtomicInteger();
    while (lanes.size() < count) {
      lanes.add(more.get());
    }
    List<Future<?>> others = new ArrayList<>();
    try {
      for (Lane lane : lanes.subList(1, lanes.size())) {
        others.add(
            THREADS.submit(
                () -> {
                  lane.add(leaves, next);
                  return null;
                }));
      }
      first().add(leaves, next);
    } finally {
      next.set(leaves.count()); // after a failure nobody begins another one
      others.forEach(Lanes::awaitEnd);
    }
    for (Future<?> other : others) {
      result(other);
    }
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "lane");
    thread.setDaemon(true);
    return thread;
  }

  /** Waits whatever happens: the buffers are in use until then. */
  private static void awaitEnd(Future<?> future) {
    boolean interrupted = false;
    while (!future.isDone()) {
      try {
        future.get();
      } catch (InterruptedException e) {
        interrupted = true;
      } catch (ExecutionException failed) {
        break; // to be told when all have ended
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void result(Future<?> done) throws IOException {
    boolean interrupted = Thread.interrupted();
    try {
      done.get();
    } catch (InterruptedException impossible) {
      throw new IllegalStateException(impossible); // it is done
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failed) {
        throw failed;
      } else if (e.getCause() instanceof RuntimeException failed) {
        throw failed;
      }
      throw new IllegalStateException(e.getCause());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Writes what waits in all of them; gives the bytes of all that was written. */
  long write(Txn<ByteBuffer> txn) {
    long before = lanes.stream().mapToLong(Lane::storedBytes).sum();
    return before + Pending.put(txn, lanes.stream().map(Lane::pending).toList());
  }

  /** Bytes that all that was written has made room of. */
  long freedBytes() {
    return lanes.stream().mapToLong(lane -> lane.pending().freedBytes()).sum();
  }

  void clear() {
    lanes.forEach(Lane::clear);
  }

  /** Each lane's scratch goes back to the store. */
  @Override
  public void close() {
    lanes.forEach(Lane::close);
  }
}
