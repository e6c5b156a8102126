package io.diffkeeper.oci;

import io.diffkeeper.DiffLibrary;
import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.Quantity;
import io.diffkeeper.tree.Name;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * What a container's {@code io.diffkeeper.*} annotations ask for. Immutable. All of it is input
 * that an image may have chosen.
 *
 * @param stateDirs the directories to keep: absolute, normalized, at least one, none inside another
 * @param name the state's name, if it was given one
 * @param excludes what to leave out of every state-dir
 * @param replay how the state is brought back
 * @param from another version or state to start from: {@code 7}, a time, {@code other-state@7}
 * @param consistency how a version is cut
 * @param onFailure what a failed start does to the container
 * @param snapshotInterval most versions between two snapshots
 * @param diffLibrary the delta algorithm
 * @param chunkSize average chunk length in bytes; see {@link Quantity#chunkSize}
 * @param hashAlgo the digest algorithm of a new state
 * @param sharing whose a state without a name is
 */
public record OptIn(
    List<Name> stateDirs,
    Optional<String> name,
    List<Glob> excludes,
    ReplayMode replay,
    Optional<String> from,
    Consistency consistency,
    OnFailure onFailure,
    Optional<Integer> snapshotInterval,
    Optional<DiffLibrary> diffLibrary,
    Optional<Integer> chunkSize,
    Optional<HashAlgorithm> hashAlgo,
    Sharing sharing) {

  /** What every annotation of ours starts with. */
  public static final String PREFIX = "io.diffkeeper.";

  private static final int EXCLUDES_MAX = 256;
  private static final String FROM = "[A-Za-z0-9._:+~@-]{1,256}";
  private static final Set<String> KEYS =
      Set.of(
          "state-dir",
          "name",
          "exclude",
          "replay",
          "from",
          "consistency",
          "on-failure",
          "snapshot-interval",
          "diff-library",
          "chunk-size",
          "hash-algo",
          "identity");

  /** How a state is brought back. */
  public enum ReplayMode {
    /** What the container changed or deleted is replayed, the rest follows the image. */
    MERGE,
    /** The tree becomes the version. */
    EXACT,
    /** Nothing is brought back; changes are captured. */
    OFF
  }

  /** How a version is cut. */
  public enum Consistency {
    /** Read again until nothing changed meanwhile. */
    SETTLED,
    /** The container is frozen for the length of the reads. */
    FREEZE,
    /** As read. */
    FUZZY
  }

  /** Whose a state is that no annotation names. */
  public enum Sharing {
    /** The pod's, by its name; a StatefulSet's pod has the same one again. */
    POD,
    /** The pod's owner's: one pod has it, the next one takes it over. */
    SHARED,
    /** One of several of the owner's: a pod takes a free one. */
    CLAIM
  }

  /** What a failed replay or attach does to the container. */
  public enum OnFailure {
    /** It does not start. */
    STOP,
    /** It starts with the image's tree, and nothing is captured. */
    CONTINUE
  }

  /**
   * Reads a container's annotations.
   *
   * @param annotations all of them; those of others are passed over
   * @param criContainer the container's name in its pod. Only then may keys end in {@code
   *     .CONTAINER}: ours takes precedence over the plain key, those for others are passed over
   * @return empty if the container does not opt in
   * @throws io.diffkeeper.DiffKeeperException ({@code BAD_INPUT}) with the annotation's name if one
   *     of ours is unknown or malformed
   */
  public static Optional<OptIn> parse(
      Map<String, String> annotations, Optional<String> criContainer) {
    Map<String, String> plain = new HashMap<>();
    Map<String, String> own = new HashMap<>();
    annotations.forEach(
        (key, value) -> {
          if (key.startsWith(PREFIX)) {
            String base = base(key);
            if (base.length() == key.length() - PREFIX.length()) {
              plain.put(base, key);
            } else if (criContainer.isEmpty()) {
              throw Json.bad("annotation " + Quantity.shown(key) + ": unknown", null);
            } else if (key.endsWith("." + criContainer.get())) {
              own.put(base, key);
            }
          }
        });
    plain.putAll(own);
    return plain.containsKey("state-dir")
        ? Optional.of(new Reading(annotations, plain).optIn())
        : Optional.empty();
  }

  /** Every annotation, without the prefix. */
  public static Set<String> keys() {
    return KEYS;
  }

  /** Whether a text can name a state. */
  public static boolean isStateName(String name) {
    return name.matches("[A-Za-z0-9._-]{1,128}") && !name.equals(".") && !name.equals("..");
  }

  /** The key between prefix and container. */
  private static String base(String key) {
    String rest = key.substring(PREFIX.length());
    int dot = rest.indexOf('.');
    String base = dot < 0 ? rest : rest.substring(0, dot);
    boolean suffixed =
        dot < 0 || rest.substring(dot + 1).matches("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
    if (!KEYS.contains(base) || !suffixed) {
      throw Json.bad("annotation " + Quantity.shown(key) + ": unknown", null);
    }
    return base;
  }

  /**
   * Reads values by their short key.
   *
   * @param annotations value by annotation
   * @param keys annotation by short key
   */
  private record Reading(Map<String, String> annotations, Map<String, String> keys) {
    OptIn optIn() {
      return new OptIn(
          value("state-dir", StateDirs::parse).orElseThrow(),
          value("name", Reading::name),
          value("exclude", Reading::excludes).orElse(List.of()),
          value("replay", v -> Quantity.choice(v, ReplayMode.class)).orElse(ReplayMode.MERGE),
          value("from", Reading::from),
          value("consistency", v -> Quantity.choice(v, Consistency.class))
              .orElse(Consistency.SETTLED),
          value("on-failure", v -> Quantity.choice(v, OnFailure.class)).orElse(OnFailure.STOP),
          value("snapshot-interval", Quantity::snapshotInterval),
          value("diff-library", v -> Quantity.choice(v, DiffLibrary.class)),
          value("chunk-size", Quantity::chunkSize),
          value("hash-algo", v -> Quantity.choice(v, HashAlgorithm.class)),
          value("identity", v -> Quantity.choice(v, Sharing.class)).orElse(Sharing.POD));
    }

    private <T> Optional<T> value(String key, Function<String, T> parser) {
      String annotation = keys.get(key);
      if (annotation == null) {
        return Optional.empty();
      }
      try {
        return Optional.of(parser.apply(annotations.get(annotation)));
      } catch (IllegalArgumentException malformed) {
        throw Json.bad("annotation " + annotation + ": " + malformed.getMessage(), malformed);
      }
    }

    private static String name(String value) {
      if (!isStateName(value)) {
        throw new IllegalArgumentException(
            "not 1 to 128 letters, digits, dots, underscores or dashes: " + Quantity.shown(value));
      }
      return value;
    }

    private static String from(String value) {
      if (!value.matches(FROM)) {
        throw new IllegalArgumentException(
            "not a version, time or state@version: " + Quantity.shown(value));
      }
      return value;
    }

    private static List<Glob> excludes(String value) {
      String[] patterns = value.split(",", EXCLUDES_MAX + 1);
      if (patterns.length > EXCLUDES_MAX) {
        throw new IllegalArgumentException("more than " + EXCLUDES_MAX + " patterns");
      }
      for (String pattern : patterns) {
        // "a, b" would silently look for a file whose name starts with a blank.
        if (!pattern.equals(pattern.strip())) {
          throw new IllegalArgumentException("blank around a pattern: " + Quantity.shown(pattern));
        }
      }
      return Arrays.stream(patterns).map(Glob::of).toList();
    }
  }
}
