package io.diffkeeper.capture;

import io.diffkeeper.tree.Name;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * How often each file changes: an exponential moving average of the kernel's events, so that files
 * that always change can be told from those that changed once. Not thread-safe.
 */
public final class Profiler {
  /** Events a second from which on a file is hot. */
  private static final double HOT_RATE = 4;

  /** Files that are remembered; those that have not changed for longest are forgotten first. */
  private static final int FILES_MAX = 1024;

  private final double intervalSeconds;
  private final Map<Node, Heat> heats = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * A file and how often it changes.
   *
   * @param rate events a second
   */
  public record Hot(Name path, double rate) {}

  private static final class Heat {
    private double rate;
    private long nanos;

    double at(long now, double intervalSeconds) {
      double seconds = (now - nanos) / (double) TimeUnit.SECONDS.toNanos(1);
      return rate * Math.exp(-seconds / intervalSeconds);
    }
  }

  /**
   * A profiler that has seen nothing.
   *
   * @param intervalSeconds after this time without a change, a rate has fallen to a third
   */
  public Profiler(double intervalSeconds) {
    this.intervalSeconds = intervalSeconds;
  }

  /** An event of the kernel. */
  void changed(Node node, long nowNanos) {
    Heat heat = heats.computeIfAbsent(node, fresh -> new Heat());
    heat.rate = heat.at(nowNanos, intervalSeconds) + 1 / intervalSeconds;
    heat.nanos = nowNanos;
    if (heats.size() > FILES_MAX) {
      Iterator<Node> oldest = heats.keySet().iterator();
      oldest.next();
      oldest.remove();
    }
  }

  /** Whether all of these change all the time. */
  boolean areHot(Collection<Node> nodes, long nowNanos) {
    for (Node node : nodes) {
      Heat heat = heats.get(node);
      if (heat == null || heat.at(nowNanos, intervalSeconds) < HOT_RATE) {
        return false;
      }
    }
    return true;
  }

  /** What changes most, hottest first. */
  List<Hot> hottest(int most, LiveTree tree, long nowNanos) {
    List<Hot> all = new ArrayList<>();
    heats.forEach(
        (node, heat) -> {
          if (!node.gone) {
            all.add(new Hot(tree.path(node), heat.at(nowNanos, intervalSeconds)));
          }
        });
    all.sort(Comparator.comparingDouble(Hot::rate).reversed());
    return List.copyOf(all.subList(0, Math.min(most, all.size())));
  }
}
