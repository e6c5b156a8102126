package io.diffkeeper.bpf;

import io.diffkeeper.bpf.libbpf.BpfException;
import io.diffkeeper.bpf.libbpf.BpfFileSystem;
import io.diffkeeper.bpf.notify.Fanotify;
import io.diffkeeper.bpf.notify.Inotify;
import io.diffkeeper.bpf.notify.NotifyException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** The ladder of event sources, best first. What is usable is tried, never told by a version. */
public final class EventSources {
  private static final List<Step> LADDER =
      List.of(
          programs(ProgramSet.TIMESTAMPS, "every change, by the kernel's change time tracepoints"),
          programs(ProgramSet.FENTRY, "every change, by programs before the kernel's functions"),
          programs(ProgramSet.KPROBES, "every change, by probes in the kernel's functions"),
          plain(
              NotifySource.FANOTIFY,
              "most changes, by watches on directories; the rest by comparing metadata",
              () -> new NotifySource(NotifySource.FANOTIFY, Fanotify.open())),
          plain(
              NotifySource.INOTIFY,
              "most changes, by watches on directories; the rest by comparing metadata",
              () -> new NotifySource(NotifySource.INOTIFY, Inotify.open())),
          plain(
              ScanSource.NAME,
              "no events, changes are found by comparing metadata",
              ScanSource::new));

  private EventSources() {}

  private static Step programs(ProgramSet set, String gives) {
    return new Step(
        set.sourceName(),
        gives,
        (files, target) -> ProgramSource.open(set, files, target),
        files -> ProgramSource.probe(set, files));
  }

  private static Step plain(String name, String gives, Supplier<EventSource> opener) {
    return new Step(name, gives, (files, target) -> opener.get(), files -> opener.get().close());
  }

  /**
   * Loads what the best source takes, if it is there: for who opens one later, on another thread.
   */
  public static void load() {
    BpfFileSystem.load();
  }

  /** The names of all sources, best first. */
  public static List<String> names() {
    return LADDER.stream().map(Step::name).toList();
  }

  /** The BPF object's file name of each source that has one, by the source's name, best first. */
  public static Map<String, String> objects() {
    Map<String, String> objects = new LinkedHashMap<>();
    for (ProgramSet set : ProgramSet.values()) {
      objects.put(set.sourceName(), set.object());
    }
    return objects;
  }

  /**
   * Opens the best source that is wanted and can be had, and tells why not a better one.
   *
   * @param files what eBPF sources are made from
   * @param target whose changes to tell
   * @param wanted tells by its name whether a source may be used
   * @param tried takes each rung that was tried, in order; the last is the one in use
   * @throws IllegalStateException with the last reason if none can be had: never if "scan" is
   *     wanted
   */
  public static EventSource open(
      BpfFiles files, EventTarget target, Predicate<String> wanted, Consumer<Rung> tried) {
    List<Rung> refused = new ArrayList<>();
    for (Step step : LADDER) {
      if (wanted.test(step.name())) {
        try {
          EventSource source = step.opener().open(files, target);
          tried.accept(step.usable());
          return refused.isEmpty() ? source : new Fallback(source, refused);
        } catch (BpfException | NotifyException e) {
          refused.add(step.unusable(e));
          tried.accept(refused.get(refused.size() - 1));
        }
      }
    }
    throw new IllegalStateException(
        refused.isEmpty() ? "none wanted" : reason(refused.get(refused.size() - 1)));
  }

  private static String reason(Rung rung) {
    return rung.name() + ": " + rung.reason();
  }

  /**
   * Tries every rung, watching nothing and leaving nothing loaded.
   *
   * @param files what eBPF sources are made from
   */
  public static List<Rung> probe(BpfFiles files) {
    List<Rung> rungs = new ArrayList<>();
    for (Step step : LADDER) {
      try {
        step.probe().accept(files);
        rungs.add(step.usable());
      } catch (BpfException | NotifyException e) {
        rungs.add(step.unusable(e));
      }
    }
    return List.copyOf(rungs);
  }

  /**
   * Opens one kind of source, or throws BpfException or NotifyException if that cannot be had here.
   */
  private interface Opener {
    EventSource open(BpfFiles files, EventTarget target);
  }

  /** A source that better ones were tried before. */
  private static final class Fallback extends ForwardingSource {
    private final String shortfall;

    Fallback(EventSource source, List<Rung> refused) {
      super(source);
      shortfall = refused.stream().map(EventSources::reason).collect(Collectors.joining("; "));
    }

    @Override
    public String shortfall() {
      return shortfall;
    }
  }

  private record Step(String name, String gives, Opener opener, Consumer<BpfFiles> probe) {
    Rung usable() {
      return new Rung(name, true, gives);
    }

    Rung unusable(RuntimeException e) {
      return new Rung(name, false, e.getMessage());
    }
  }
}
