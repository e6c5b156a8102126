package io.diffkeeper.bpf;

import io.diffkeeper.bpf.libbpf.BpfException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The ladder of event sources, best first. What is usable is tried, never told by a version. */
public final class EventSources {
  private static final List<Step> LADDER =
      List.of(
          new Step(
              TimestampSource.NAME,
              "every change, by the kernel's change time tracepoints",
              TimestampSource::open),
          new Step(
              ScanSource.NAME,
              "no events, changes are found by comparing metadata",
              (objectDir, target) -> new ScanSource()));

  private EventSources() {}

  /**
   * Opens the best source that can be had. The last rung can always be had.
   *
   * @param objectDir directory of the BPF objects
   * @param target whose changes to tell
   */
  public static EventSource open(Path objectDir, EventTarget target) {
    return open(objectDir, target, rung -> {});
  }

  /**
   * Opens the best source that can be had, and tells why not a better one.
   *
   * @param tried takes each rung that was tried, in order; the last is the one in use
   */
  public static EventSource open(Path objectDir, EventTarget target, Consumer<Rung> tried) {
    for (Step step : LADDER) {
      try {
        EventSource source = step.opener().open(objectDir, target);
        tried.accept(step.usable());
        return source;
      } catch (BpfException e) {
        tried.accept(step.unusable(e));
      }
    }
    throw new IllegalStateException("the last rung failed");
  }

  /**
   * Tries every rung, watching nothing.
   *
   * @param objectDir directory of the BPF objects
   */
  public static List<Rung> probe(Path objectDir) {
    List<Rung> rungs = new ArrayList<>();
    for (Step step : LADDER) {
      try {
        step.opener().open(objectDir, EventTarget.NONE).close();
        rungs.add(step.usable());
      } catch (BpfException e) {
        rungs.add(step.unusable(e));
      }
    }
    return List.copyOf(rungs);
  }

  /** Opens one kind of source, or throws BpfException if that cannot be had here. */
  private interface Opener {
    EventSource open(Path objectDir, EventTarget target);
  }

  private record Step(String name, String gives, Opener opener) {
    Rung usable() {
      return new Rung(name, true, gives);
    }

    Rung unusable(BpfException e) {
      return new Rung(name, false, e.getMessage());
    }
  }
}
