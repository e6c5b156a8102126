package io.diffkeeper.keeper;

import io.diffkeeper.bpf.EventSource;
import io.diffkeeper.bpf.ForwardingSource;

/**
 * The event source of a container that ran before anybody watched it. Its name says so, in every
 * version that is made from it.
 */
final class LateSource extends ForwardingSource {
  private static final String MARK = " (late)";

  /** Owns the source, which does all else. */
  LateSource(EventSource source) {
    super(source);
  }

  @Override
  public String name() {
    return super.name() + MARK;
  }
}
