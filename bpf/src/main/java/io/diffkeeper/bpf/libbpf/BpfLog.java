package io.diffkeeper.bpf.libbpf;

import com.kenai.jffi.Closure;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What libbpf would print, kept per thread for the exception instead.
 *
 * <p>libbpf calls back on the thread that called it.
 */
final class BpfLog implements Closure {
  private static final int WARNING = 0;

  /** Holds a verifier log of our programs; what is longer is cut. */
  private static final int MESSAGE_BYTES_MAX = 256 * 1024;

  private static final int MESSAGES_MAX = 64;

  private final Native natives;
  private final ThreadLocal<List<String>> messages = ThreadLocal.withInitial(ArrayList::new);

  BpfLog(Native natives) {
    this.natives = natives;
  }

  /** libbpf_print_fn_t; a va_list is, on every architecture that the JDK has, an address. */
  @Override
  public void invoke(Buffer call) {
    List<String> kept = messages.get();
    if (call.getInt(0) == WARNING && kept.size() < MESSAGES_MAX) {
      ByteBuffer text = ByteBuffer.allocateDirect(MESSAGE_BYTES_MAX);
      long to = Native.address(text);
      natives.call("vsnprintf", to, MESSAGE_BYTES_MAX, call.getAddress(1), call.getAddress(2));
      kept.add(Native.text(to));
      Reference.reachabilityFence(text);
    }
    call.setIntReturn(0);
  }

  /** The line that says most of what was logged on this thread since the last call; or "". */
  String take() {
    List<String> taken = List.copyOf(messages.get());
    messages.remove();
    return reason(taken);
  }

  /**
   * The verifier's last line if it has spoken, else the first warning: those after it only say that
   * the caller failed too.
   */
  static String reason(List<String> messages) {
    for (String message : messages) {
      if (message.contains("-- BEGIN PROG LOAD LOG --")) {
        String verdict = verdict(message);
        if (!verdict.isEmpty()) {
          return verdict;
        }
      }
    }
    for (String message : messages) {
      if (message.contains("bpf_object__probe_loading")) {
        return "not even a trivial program loads: this takes CAP_BPF and CAP_PERFMON of the host";
      }
      // Tried where memory is not accounted by cgroup, and only a hint if a load fails later.
      if (!message.contains("RLIMIT_MEMLOCK")) {
        return shown(message.lines().findFirst().orElse(""));
      }
    }
    return "";
  }

  private static String verdict(String log) {
    String verdict = "";
    for (String line : log.lines().toList()) {
      boolean frame = line.contains(" PROG LOAD LOG --") || line.startsWith("processed ");
      if (!frame && !line.isBlank()) {
        verdict = line;
      }
    }
    return shown(verdict);
  }

  private static String shown(String line) {
    return line.replaceFirst("^libbpf: ", "").replaceAll("\\p{Cntrl}", " ").strip();
  }
}
