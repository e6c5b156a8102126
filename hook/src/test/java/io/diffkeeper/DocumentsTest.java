package io.diffkeeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the documents refer to is there; ManualTest looks at commands and manual pages. */
public class DocumentsTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.+)$");
  private static final List<String> SOURCES = List.of("bpf/src", "hook/src", "shim/src");

  private static List<Path> documents;

  /** All documents of the project. */
  public static List<Path> documents() throws IOException {
    List<Path> found = new ArrayList<>();
    try (Stream<Path> top = Files.list(ROOT);
        Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
      Stream.concat(top, docs).filter(file -> file.toString().endsWith(".md")).forEach(found::add);
    }
    assertTrue(found.size() > 10, found::toString);
    return found;
  }

  @BeforeAll
  static void find() throws IOException {
    documents = documents();
  }

  /** Every match in every document leads to something. */
  private static void assertThere(String pattern, BiPredicate<Path, MatchResult> isThere)
      throws IOException {
    List<String> missing = new ArrayList<>();
    for (Path document : documents) {
      Pattern.compile(pattern, Pattern.MULTILINE)
          .matcher(Files.readString(document))
          .results()
          .filter(match -> !isThere.test(document, match))
          .forEach(match -> missing.add(ROOT.relativize(document) + ": " + match.group()));
    }
    assertEquals(List.of(), missing);
  }

  private static Set<String> found(String pattern, Path file) throws IOException {
    Set<String> found = new TreeSet<>();
    Pattern.compile(pattern, Pattern.MULTILINE)
        .matcher(Files.readString(file))
        .results()
        .forEach(match -> found.addAll(List.of(match.group(1).strip().split(" +"))));
    return found;
  }

  /** As the pages of repositories name a heading. */
  private static String anchor(String heading) {
    return heading.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-');
  }

  private static boolean resolves(Path document, String link) {
    if (link.matches("https?:.*")) {
      return true;
    }
    String[] parts = link.split("#", 2);
    Path target = parts[0].isEmpty() ? document : document.resolveSibling(parts[0]).normalize();
    try {
      return Files.exists(target)
          && (parts.length == 1
              || HEADING
                  .matcher(Files.readString(target))
                  .results()
                  .anyMatch(heading -> anchor(heading.group(1)).equals(parts[1])));
    } catch (IOException none) {
      return false;
    }
  }

  @Test
  void linksAndAnchorsLeadSomewhere() throws IOException {
    assertThere("\\]\\(([^)\\s]+)\\)", (document, match) -> resolves(document, match.group(1)));
    assertThere("(?:src|href)=\"([^\"]+)\"", (document, m) -> resolves(document, m.group(1)));
  }

  @Test
  void targetsOfMakeAreInTheMakefile() throws IOException {
    Set<String> goals = found("^([a-z][a-z -]*):(?!=)", ROOT.resolve("Makefile"));
    assertThere("(?:`|^|&& )make ([a-z][a-z-]*)", (document, m) -> goals.contains(m.group(1)));
  }

  @Test
  void filesOfTheProjectAreThere() throws IOException {
    assertThere(
        "(?<![\\w/.~$-])(?:docs|hook|shim|bpf|deb|rpm|oci-hooks\\.d|\\.ci)/[\\w./-]*\\w",
        (document, match) ->
            Files.exists(ROOT.resolve(match.group()))
                || Files.exists(document.resolveSibling(match.group())));
  }

  @Test
  void testsThatAreNamedAreThere() throws IOException {
    Set<String> classes = new TreeSet<>();
    for (String source : SOURCES) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(source))) {
        files.forEach(file -> classes.add(file.getFileName().toString()));
      }
    }
    assertThere(
        "\\b[A-Z][a-z]+\\w*(?:Test|IT)\\b", (document, m) -> classes.contains(m.group() + ".java"));
  }
}
