package io.diffkeeper.keeper;

import io.diffkeeper.bpf.DirtySink;
import io.diffkeeper.bpf.EventSource;
import io.diffkeeper.bpf.EventTarget;

/**
 * The event source of a container that ran before anybody watched it. Its name says so, in every
 * version that is made from it.
 *
 * @param source does all else
 */
record LateSource(EventSource source) implements EventSource {
  private static final String MARK = " (late)";

  @Override
  public String name() {
    return source.name() + MARK;
  }

  @Override
  public int pollFd() {
    return source.pollFd();
  }

  @Override
  public boolean isComplete() {
    return source.isComplete();
  }

  @Override
  public void watch(EventTarget target) {
    source.watch(target);
  }

  @Override
  public boolean enter(int directory, long inode) {
    return source.enter(directory, inode);
  }

  @Override
  public void drain(DirtySink sink) {
    source.drain(sink);
  }

  @Override
  public void close() {
    source.close();
  }
}
