package io.diffkeeper.bpf.libbpf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class BpfLogTest {
  @Test
  void theFirstWarningIsTheReason() {
    assertEquals(
        "prog 'p': failed to find kernel BTF type ID of 't': -3",
        BpfLog.reason(
            List.of(
                "libbpf: prog 'p': failed to find kernel BTF type ID of 't': -3\n",
                "libbpf: failed to load object 'x'\n")));
  }

  @Test
  void theVerifiersLastLineIsABetterOne() {
    assertEquals(
        "R1 invalid mem access 'scalar'",
        BpfLog.reason(
            List.of(
                "libbpf: prog 'p': BPF program load failed: Permission denied\n",
                "libbpf: prog 'p': -- BEGIN PROG LOAD LOG --\n0: (79) r1 = *(u64 *)(r1 +0)\n"
                    + "R1 invalid mem access 'scalar'\nprocessed 2 insns (limit 1000000)\n"
                    + "-- END PROG LOAD LOG --\n")));
  }

  @Test
  void missingPrivilegeIsNamed() {
    assertEquals(
        "not even a trivial program loads: this takes CAP_BPF and CAP_PERFMON of the host",
        BpfLog.reason(
            List.of(
                "libbpf: Failed to bump RLIMIT_MEMLOCK (err = -1), you might need to do it!\n",
                "libbpf: Error in bpf_object__probe_loading():Operation not permitted(1). …\n")));
  }

  @Test
  void silenceIsNoReason() {
    assertEquals("", BpfLog.reason(List.of()));
  }
}
