package io.diffkeeper.keeper;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.diffkeeper.store.StateName;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/**
 * What a running keeper tells of itself over its socket, in one line of {@code key=value} words.
 *
 * @param state whose versions it writes
 * @param container the container's id
 * @param pid its own process
 * @param source the event source in use
 * @param uptimeMillis since it began to capture
 * @param lagMillis age of the oldest change that is in no version yet; 0 if there is none
 * @param cpuMillis processor time so far, its start included
 * @param residentBytes its memory
 * @param version number of the newest version; 0 if there is none
 * @param cut how consistent that is, in lower case
 * @param versions how many it has written
 * @param commitMillis how long the last one took
 * @param files regular files in the state
 * @param bytes sum of their lengths
 * @param readBytes content that was read for versions so far
 * @param events kernel events that concerned the state
 * @param lost kernel events that were lost, at most
 * @param figures what it counted
 * @param hot what changes most, hottest first
 */
public record KeeperStatus(
    StateName state,
    String container,
    long pid,
    String source,
    long uptimeMillis,
    long lagMillis,
    long cpuMillis,
    long residentBytes,
    long version,
    String cut,
    long versions,
    long commitMillis,
    long files,
    long bytes,
    long readBytes,
    long events,
    long lost,
    Figures.Snapshot figures,
    List<Hot> hot) {

  /**
   * A file and how often it changes.
   *
   * @param path in the container
   * @param rate events a second
   */
  public record Hot(String path, double rate) {}

  /** The line, without its end. */
  String line() {
    StringJoiner words = new StringJoiner(" ");
    word(words, "namespace", state.namespace());
    word(words, "name", state.name());
    word(words, "container", container);
    word(words, "pid", pid);
    word(words, "source", source);
    word(words, "uptime-ms", uptimeMillis);
    word(words, "lag-ms", lagMillis);
    word(words, "cpu-ms", cpuMillis);
    word(words, "resident", residentBytes);
    word(words, "version", version);
    word(words, "cut", cut);
    word(words, "versions", versions);
    word(words, "commit-ms", commitMillis);
    word(words, "files", files);
    word(words, "bytes", bytes);
    word(words, "read", readBytes);
    word(words, "events", events);
    word(words, "lost", lost);
    word(words, "figures", figures.word());
    hot.forEach(each -> word(words, "hot", each.rate() + " " + each.path()));
    return words.toString();
  }

  private static void word(StringJoiner words, String key, Object value) {
    words.add(key + "=" + URLEncoder.encode(value.toString(), UTF_8));
  }

  /**
   * Reads a line.
   *
   * @throws IllegalArgumentException if it is none of these
   */
  static KeeperStatus of(String line) {
    Map<String, String> values = new HashMap<>();
    List<Hot> hot = new ArrayList<>();
    for (String word : line.split(" ")) {
      String[] pair = word.split("=", 2);
      if (pair.length != 2) {
        throw new IllegalArgumentException("no status: " + word);
      }
      String value = URLDecoder.decode(pair[1], UTF_8);
      if (pair[0].equals("hot")) {
        int blank = value.indexOf(' ');
        hot.add(new Hot(value.substring(blank + 1), Double.parseDouble(value.substring(0, blank))));
      } else {
        values.put(pair[0], value);
      }
    }
    return new KeeperStatus(
        new StateName(text(values, "namespace"), text(values, "name")),
        text(values, "container"),
        number(values, "pid"),
        text(values, "source"),
        number(values, "uptime-ms"),
        number(values, "lag-ms"),
        number(values, "cpu-ms"),
        number(values, "resident"),
        number(values, "version"),
        text(values, "cut"),
        number(values, "versions"),
        number(values, "commit-ms"),
        number(values, "files"),
        number(values, "bytes"),
        number(values, "read"),
        number(values, "events"),
        number(values, "lost"),
        Figures.Snapshot.of(text(values, "figures")),
        List.copyOf(hot));
  }

  private static String text(Map<String, String> values, String key) {
    String value = values.get(key);
    if (value == null) {
      throw new IllegalArgumentException("a status without " + key);
    }
    return value;
  }

  private static long number(Map<String, String> values, String key) {
    return Long.parseLong(text(values, key));
  }
}
