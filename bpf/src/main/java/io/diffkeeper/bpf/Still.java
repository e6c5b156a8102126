package io.diffkeeper.bpf;

/** The source of events for a tree that nobody changes: it has none. */
public final class Still implements EventSource {
  @Override
  public String name() {
    return "none";
  }

  @Override
  public int pollFd() {
    return -1;
  }

  @Override
  public boolean isComplete() {
    return true;
  }

  @Override
  public void drain(DirtySink sink) {
    // Nothing happens here.
  }

  @Override
  public void close() {
    // Nothing is held.
  }
}
