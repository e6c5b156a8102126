package io.diffkeeper.replay;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Shares jobs among this thread and a few helpers. Bounded: what does not fit into the queue is
 * done by who brings it. Every job is run, after a failure too; jobs ask {@link #failed}.
 */
final class Crew implements AutoCloseable {
  private static final int THREADS_MAX = 4;

  /** So many wait: who is farther behind would need packs that were let go of. */
  private static final int QUEUED_MAX = 64;

  /** So few are done faster alone than a thread is started. */
  private static final int ALONE_MAX = 8;

  private static final Task END = new Task(() -> {}, 0);

  private final BlockingQueue<Task> queue = new ArrayBlockingQueue<>(QUEUED_MAX);
  private final AtomicInteger queued = new AtomicInteger();
  private final List<Thread> helpers = new ArrayList<>();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private int jobs;

  /** One piece of work. */
  @FunctionalInterface
  interface Job {
    void run() throws IOException;
  }

  /** A job, and as how many it counts. */
  private record Task(Job job, int count) {}

  /** Whether a job failed: then the others need not do more than let go of what they hold. */
  boolean failed() {
    return failure.get() != null;
  }

  /** Has a job done, now or later. */
  void add(Job job) throws IOException {
    add(job, 1);
  }

  /** The same with one that counts as several. */
  void add(Job job, int count) throws IOException {
    jobs += count;
    if (jobs >= ALONE_MAX) {
      start();
    }
    boolean room = !helpers.isEmpty() && queued.get() + count <= QUEUED_MAX;
    if (room && queue.offer(new Task(job, count))) {
      queued.addAndGet(count);
    } else {
      run(job);
    }
    rethrow();
  }

  /** Starts the helpers now: the next jobs are large ones. */
  void start() {
    if (helpers.isEmpty()) {
      int threads = Math.min(THREADS_MAX, Runtime.getRuntime().availableProcessors());
      for (int i = 1; i < threads; i++) {
        Thread helper = new Thread(this::help, "replay-" + i);
        helper.setDaemon(true);
        helper.start();
        helpers.add(helper);
      }
    }
  }

  private void help() {
    try {
      for (Task task = queue.take(); task != END; task = queue.take()) {
        run(task);
      }
    } catch (InterruptedException e) {
      failure.compareAndSet(null, e);
    }
  }

  private void run(Task task) {
    queued.addAndGet(-task.count);
    run(task.job);
  }

  private void run(Job job) {
    try {
      job.run();
    } catch (IOException | RuntimeException | Error e) {
      failure.compareAndSet(null, e);
    }
  }

  /**
   * Waits until everything is done.
   *
   * @throws IOException what made the first job fail
   */
  void finish() throws IOException {
    end();
    rethrow();
  }

  private void end() {
    for (Task task = queue.poll(); task != null; task = queue.poll()) {
      run(task);
    }
    try {
      for (Thread helper : helpers) {
        queue.put(END);
      }
      for (Thread helper : helpers) {
        helper.join();
      }
    } catch (InterruptedException e) {
      failure.compareAndSet(null, e);
      Thread.currentThread().interrupt();
    }
    helpers.clear();
  }

  private void rethrow() throws IOException {
    Throwable cause = failure.get();
    if (cause instanceof IOException e) {
      throw e;
    } else if (cause instanceof RuntimeException e) {
      throw e;
    } else if (cause instanceof Error e) {
      throw e;
    } else if (cause != null) {
      throw new IOException("interrupted", cause);
    }
  }

  /** Ends the helpers; what is not done yet is given up. */
  @Override
  public void close() {
    failure.compareAndSet(null, new IOException("given up"));
    end();
  }
}
