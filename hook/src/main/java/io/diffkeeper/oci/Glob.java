package io.diffkeeper.oci;

import io.diffkeeper.Quantity;
import io.diffkeeper.tree.Name;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * A pattern for paths relative to a state-dir, in the manner of gitignore(5). Immutable.
 *
 * <p>A pattern without a slash is looked for at any depth; one with a slash starts at the
 * state-dir. {@code *} stands for any bytes but a slash, {@code ?} for one such byte, {@code [a-z]}
 * and {@code [!a-z]} for one of (or but) a set, {@code **} as a whole component for any number of
 * components; a backslash takes the next byte as it is. What matches a path matches everything
 * below it. A trailing slash or {@code /**} keeps the directory itself and matches what is in it.
 *
 * <p>Matching takes time proportional to path length times pattern length, whatever they are.
 */
public final class Glob {
  /** Longest pattern, in bytes. */
  public static final int BYTES_MAX = 1024;

  /** Zero or more bytes but a slash. */
  private static final BitSet STAR = new BitSet();

  /** Zero or more whole components, each with its slash. */
  private static final BitSet COMPONENTS = new BitSet();

  private final String pattern;
  private final BitSet[] steps;

  private Glob(String pattern, BitSet[] steps) {
    this.pattern = pattern;
    this.steps = steps;
  }

  /**
   * Compiles a pattern.
   *
   * @throws IllegalArgumentException if it is empty, too long, negated ({@code !}), has an empty,
   *     {@code .} or {@code ..} component, a NUL, a lone backslash at its end or an open bracket
   */
  public static Glob of(String pattern) {
    if (pattern.length() > BYTES_MAX
        || pattern.getBytes(StandardCharsets.UTF_8).length > BYTES_MAX) {
      throw new IllegalArgumentException("pattern is longer than " + BYTES_MAX + " bytes");
    }
    try {
      return new Glob(pattern, new Compiling(pattern).steps());
    } catch (IllegalArgumentException malformed) {
      throw new IllegalArgumentException(
          malformed.getMessage() + ": " + Quantity.shown(pattern), malformed);
    }
  }

  /**
   * Whether the path, or a directory on the way to it, matches.
   *
   * @param path relative to the state-dir, without a leading slash
   */
  public boolean matches(Name path) {
    // The set of steps that may come next: an automaton run without backtracking.
    boolean[] now = new boolean[steps.length + 1];
    boolean[] next = new boolean[steps.length + 1];
    enter(now, 0);
    for (int i = 0; i < path.length(); i++) {
      int b = path.at(i) & 0xff;
      if (b == '/' && now[steps.length]) {
        return true;
      }
      Arrays.fill(next, false);
      for (int step = 0; step < steps.length; step++) {
        if (now[step]) {
          advance(step, b, next);
        }
      }
      boolean[] spare = now;
      now = next;
      next = spare;
    }
    return path.length() > 0 && now[steps.length];
  }

  private void advance(int step, int b, boolean[] next) {
    if (steps[step] == COMPONENTS) {
      next[step] = true;
      if (b == '/') {
        enter(next, step + 1);
      }
    } else if (steps[step] == STAR) {
      if (b != '/') {
        enter(next, step);
      }
    } else if (steps[step].get(b)) {
      enter(next, step + 1);
    }
  }

  /** Marks a step, and those behind it that it can be left for without a byte. */
  private void enter(boolean[] set, int step) {
    set[step] = true;
    while (step < steps.length && (steps[step] == STAR || steps[step] == COMPONENTS)) {
      step++;
      set[step] = true;
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Glob glob && pattern.equals(glob.pattern);
  }

  @Override
  public int hashCode() {
    return pattern.hashCode();
  }

  /** The pattern as it was written. */
  @Override
  public String toString() {
    return pattern;
  }

  /** One pass over a pattern. */
  private static final class Compiling {
    private final byte[] bytes;
    private final List<BitSet> steps = new ArrayList<>();
    private int at;

    Compiling(String pattern) {
      bytes = pattern.getBytes(StandardCharsets.UTF_8);
    }

    BitSet[] steps() {
      if (bytes.length == 0) {
        throw new IllegalArgumentException("empty pattern");
      }
      if (bytes[0] == '!') {
        throw new IllegalArgumentException("negated pattern");
      }
      int start = bytes[0] == '/' ? 1 : 0;
      String[] components = components(start);
      boolean inside = components[components.length - 1].isEmpty() && components.length > 1;
      if (start == 0 && components.length - (inside ? 1 : 0) == 1) {
        steps.add(COMPONENTS);
      }
      at = start;
      for (int i = 0; i < components.length; i++) {
        boolean last = i == components.length - 1;
        component(components[i], last, inside);
      }
      return steps.toArray(new BitSet[0]);
    }

    private String[] components(int start) {
      // Latin 1 keeps one character for each byte. A slash is one even behind a backslash.
      return new String(bytes, start, bytes.length - start, StandardCharsets.ISO_8859_1)
          .split("/", -1);
    }

    private void component(String component, boolean last, boolean inside) {
      if (component.equals("**") || (last && inside)) {
        // At the end, everything below is below one of the directory's own entries.
        steps.add(last ? any() : COMPONENTS);
        if (last) {
          steps.add(STAR);
        }
        return;
      }
      if (component.isEmpty() || component.equals(".") || component.equals("..")) {
        throw new IllegalArgumentException("empty, . or .. component in pattern");
      }
      at = 0;
      while (at < component.length()) {
        steps.add(step(component));
      }
      if (!last) {
        steps.add(only('/'));
      }
    }

    private BitSet step(String component) {
      char c = component.charAt(at++);
      switch (c) {
        case 0:
          throw new IllegalArgumentException("NUL in pattern");
        case '*':
          while (at < component.length() && component.charAt(at) == '*') {
            at++;
          }
          return STAR;
        case '?':
          return any();
        case '[':
          return bracket(component);
        case '\\':
          if (at == component.length()) {
            throw new IllegalArgumentException("lone backslash in pattern");
          }
          return only(component.charAt(at++));
        default:
          return only(c);
      }
    }

    private BitSet bracket(String component) {
      boolean negated =
          at < component.length() && (component.charAt(at) == '!' || component.charAt(at) == '^');
      at += negated ? 1 : 0;
      int close = component.indexOf(']', at + 1);
      if (close < 0) {
        throw new IllegalArgumentException("open bracket in pattern");
      }
      BitSet set = new BitSet(256);
      while (at < close) {
        char from = component.charAt(at++);
        char to = from;
        if (at + 1 < close && component.charAt(at) == '-') {
          to = component.charAt(at + 1);
          at += 2;
        }
        if (to < from) {
          throw new IllegalArgumentException("empty range in pattern");
        }
        set.set(from, to + 1);
      }
      at = close + 1;
      if (negated) {
        set.flip(0, 256);
      }
      set.clear('/');
      return set;
    }

    private static BitSet any() {
      BitSet any = new BitSet(256);
      any.set(0, 256);
      any.clear('/');
      return any;
    }

    private static BitSet only(char c) {
      BitSet one = new BitSet(256);
      one.set(c);
      return one;
    }
  }
}
