package io.diffkeeper.bpf;

/**
 * A set of programs that together see every kind of change, each set in a BPF object of its own.
 */
enum ProgramSet {
  /** The tracepoints of change times. */
  TIMESTAMPS("bpf-timestamps", "diffkeeper.bpf.o", true),

  /** The functions that changes pass through, by trampolines. */
  FENTRY("bpf-fentry", "fentry.bpf.o", false),

  /** The same functions, by breakpoints. */
  KPROBES("bpf-kprobes", "kprobes.bpf.o", false);

  private final String sourceName;
  private final String object;
  private final boolean complete;

  ProgramSet(String sourceName, String object, boolean complete) {
    this.sourceName = sourceName;
    this.object = object;
    this.complete = complete;
  }

  /** Its name on the ladder. */
  String sourceName() {
    return sourceName;
  }

  /** The object's file name. */
  String object() {
    return object;
  }

  /** Whether an event comes for every change, and none before what it tells of can be read. */
  boolean isComplete() {
    return complete;
  }
}
