package io.diffkeeper.shim.trace;

import io.diffkeeper.bpf.ProcessAge;
import io.diffkeeper.oci.RuntimeRecord;
import java.nio.file.Path;

/**
 * A container whose first process was there when it was looked up.
 *
 * @param runtime what runs it, as people call it
 * @param record what its OCI runtime has written down
 */
record RunningContainer(String runtime, RuntimeRecord record) {
  String id() {
    return record.id();
  }

  Path bundle() {
    return record.bundle();
  }

  int pid() {
    return record.pid();
  }

  /** Whether the process is there, and no later one that got its number. */
  static boolean isAlive(RuntimeRecord record) {
    return ProcessAge.started(record.pid()) == record.started();
  }

  /** Whether this is the other one, and was not started anew. */
  boolean isSameStart(RunningContainer other) {
    return record.equals(other.record);
  }
}
