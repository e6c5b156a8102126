package io.diffkeeper.store;

import io.diffkeeper.tree.Name;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What is known of how a version came about. Bounded: beyond, authors of the longest paths are left
 * out, and a text is cut.
 *
 * @param shortfall why no better event source was used, for people; empty if there is none better,
 *     or if that is not known
 * @param authors who changed what is at a path last, by full path in the container. A directory's
 *     is who changed its list; what has none here was changed by nobody knows whom
 * @param ending how its container ended after it: the one thing that may be told later
 */
public record Provenance(String shortfall, Map<Name, Author> authors, Ending ending) {
  /** Nothing is known. */
  public static final Provenance NONE = new Provenance("", Map.of());

  /** Most paths that have an author. */
  public static final int PATHS_MAX = 256;

  /** Most bytes of all of them together. */
  public static final int PATHS_BYTES_MAX = 16 << 10;

  private static final int SHORTFALL_CHARS_MAX = 1000;

  /** Of a version whose container has not ended. */
  public Provenance(String shortfall, Map<Name, Author> authors) {
    this(shortfall, authors, Ending.UNKNOWN);
  }

  /** Leaves out what is too much. */
  public Provenance {
    Objects.requireNonNull(authors);
    Objects.requireNonNull(ending);
    if (shortfall.length() > SHORTFALL_CHARS_MAX) {
      shortfall = shortfall.substring(0, SHORTFALL_CHARS_MAX);
    }
    authors = Map.copyOf(fits(authors) ? authors : bounded(authors));
  }

  private static boolean fits(Map<Name, Author> authors) {
    int bytes = authors.keySet().stream().mapToInt(Name::length).sum();
    return authors.size() <= PATHS_MAX && bytes <= PATHS_BYTES_MAX;
  }

  private static Map<Name, Author> bounded(Map<Name, Author> authors) {
    List<Name> shortestFirst = new ArrayList<>(authors.keySet());
    shortestFirst.sort(Comparator.comparingInt(Name::length).thenComparing(name -> name));
    Map<Name, Author> kept = new LinkedHashMap<>();
    int bytes = 0;
    for (Name path : shortestFirst) {
      bytes += path.length();
      if (kept.size() == PATHS_MAX || bytes > PATHS_BYTES_MAX) {
        break;
      }
      kept.put(path, authors.get(path));
    }
    return kept;
  }
}
