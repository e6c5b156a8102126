package io.diffkeeper.oci;

import java.util.ArrayList;
import java.util.List;

/**
 * How a container's user or group ids appear on the host. Ids are unsigned 32-bit numbers held in
 * longs. Immutable.
 */
public final class IdMapping {
  /** What the kernel shows for an id that is not mapped. */
  public static final long OVERFLOW_ID = 65534;

  /** What {@link #toHost} answers for an id that the container does not have. */
  public static final long UNMAPPED = -1;

  /** The kernel's own limit, see user_namespaces(7). */
  private static final int RANGES_MAX = 340;

  private static final long IDS = 1L << 32;
  private static final IdMapping IDENTITY = new IdMapping(List.of());

  private final List<Range> ranges;

  /**
   * A run of ids.
   *
   * @param containerId the first id in the container
   * @param hostId the first id on the host
   * @param size number of ids, 1 or more
   */
  public record Range(long containerId, long hostId, long size) {
    private boolean overlaps(Range other) {
      return meet(containerId, other.containerId, other) || meet(hostId, other.hostId, other);
    }

    private boolean meet(long start, long otherStart, Range other) {
      return start < otherStart + other.size && otherStart < start + size;
    }
  }

  private IdMapping(List<Range> ranges) {
    this.ranges = ranges;
  }

  /** Every id is itself. */
  public static IdMapping identity() {
    return IDENTITY;
  }

  /**
   * The mapping of these ranges; the identity if there are none.
   *
   * @throws IllegalArgumentException if a range is empty or leaves 32 bits, if two overlap, or if
   *     there are more than the kernel takes
   */
  public static IdMapping of(List<Range> ranges) {
    if (ranges.size() > RANGES_MAX) {
      throw new IllegalArgumentException("more than " + RANGES_MAX + " id mappings");
    }
    List<Range> checked = new ArrayList<>();
    for (Range range : ranges) {
      if (range.containerId < 0
          || range.hostId < 0
          || range.size < 1
          || range.size > IDS
          || range.containerId > IDS - range.size
          || range.hostId > IDS - range.size) {
        throw new IllegalArgumentException("id mapping leaves the 32-bit ids");
      }
      if (checked.stream().anyMatch(range::overlaps)) {
        throw new IllegalArgumentException("id mappings overlap");
      }
      checked.add(range);
    }
    return checked.isEmpty() ? IDENTITY : new IdMapping(List.copyOf(checked));
  }

  /**
   * The mapping that a process lives under: the only one there is where a container joins a user
   * namespace by path, and config.json has no mappings.
   *
   * @param map the text of {@code /proc/PID/uid_map} or {@code gid_map}
   * @throws IllegalArgumentException if it is none, or empty: then nothing is mapped yet
   */
  public static IdMapping parse(String map) {
    List<Range> ranges = new ArrayList<>();
    for (String line : map.lines().toList()) {
      String[] number = line.strip().split(" +");
      if (number.length != 3) {
        throw new IllegalArgumentException("malformed id map");
      }
      ranges.add(
          new Range(
              Long.parseLong(number[0]), Long.parseLong(number[1]), Long.parseLong(number[2])));
    }
    if (ranges.isEmpty()) {
      throw new IllegalArgumentException("empty id map");
    }
    return of(ranges);
  }

  /** The host's id for a container's; {@link #UNMAPPED} if it has none. */
  public long toHost(long containerId) {
    for (Range range : ranges) {
      long offset = containerId - range.containerId;
      if (offset >= 0 && offset < range.size) {
        return range.hostId + offset;
      }
    }
    return ranges.isEmpty() ? containerId : UNMAPPED;
  }

  /** The container's id for a host's; {@link #OVERFLOW_ID} if it has none, as the kernel has it. */
  public long toContainer(long hostId) {
    for (Range range : ranges) {
      long offset = hostId - range.hostId;
      if (offset >= 0 && offset < range.size) {
        return range.containerId + offset;
      }
    }
    return ranges.isEmpty() ? hostId : OVERFLOW_ID;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof IdMapping mapping && ranges.equals(mapping.ranges);
  }

  @Override
  public int hashCode() {
    return ranges.hashCode();
  }

  @Override
  public String toString() {
    return ranges.isEmpty() ? "identity" : ranges.toString();
  }
}
