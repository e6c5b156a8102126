package io.diffkeeper.bpf;

/** A source that leaves everything to another one, which it owns, but what is overridden. */
public abstract class ForwardingSource implements EventSource {
  private final EventSource source;

  /** Makes one of a source, which it closes when it is closed. */
  protected ForwardingSource(EventSource source) {
    this.source = source;
  }

  @Override
  public void watch(EventTarget target) {
    source.watch(target);
  }

  @Override
  public String name() {
    return source.name();
  }

  @Override
  public String shortfall() {
    return source.shortfall();
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
  public boolean enter(int directory, long inode) {
    return source.enter(directory, inode);
  }

  @Override
  public boolean followList(int directory, long inode) {
    return source.followList(directory, inode);
  }

  @Override
  public boolean tellsUpper() {
    return source.tellsUpper();
  }

  @Override
  public boolean widen() {
    return source.widen();
  }

  @Override
  public void narrow() {
    source.narrow();
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
