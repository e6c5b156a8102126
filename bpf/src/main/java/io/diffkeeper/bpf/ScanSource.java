package io.diffkeeper.bpf;

/** Sees nothing by itself: the caller compares metadata from time to time. */
final class ScanSource implements EventSource {
  static final String NAME = "scan";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int pollFd() {
    return -1;
  }

  @Override
  public boolean isComplete() {
    return false;
  }

  @Override
  public void drain(DirtySink sink) {}

  @Override
  public void close() {}
}
