package io.diffkeeper.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.tree.Name;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GlobTest {
  @ParameterizedTest(name = "{0} on {1}: {2}")
  @CsvSource({
    // without a slash: a name at any depth, and all below it
    "*.tmp,a.tmp,true",
    "*.tmp,x/y/a.tmp,true",
    "*.tmp,.tmp,true",
    "*.tmp,a.tmp/below,true",
    "*.tmp,a.tmpx,false",
    "cache,x/cache,true",
    "cache,x/cache/y/z,true",
    "cache,xcache,false",
    "cache,cachex/y,false",
    "*,anything/at/all,true",
    // with one: from the state-dir on
    "/cache,cache/y,true",
    "/cache,x/cache,false",
    "a/b,a/b,true",
    "a/b,x/a/b,false",
    "a/*.log,a/x.log,true",
    "a/*.log,a/b/x.log,false",
    "a/*/c,a/b/c,true",
    "a/*/c,a/b/b/c,false",
    // two stars
    "**/x,x,true",
    "**/x,a/b/x,true",
    "**/x,a/bx,false",
    "a/**/z,a/z,true",
    "a/**/z,a/b/c/z,true",
    "a/**/z,az,false",
    "a/**/z,b/a/z,false",
    "cache/**,cache/a/b,true",
    "cache/**,cache,false",
    "cache/**,x/cache/a,false",
    "**,a/b,true",
    "a**b,aXXb,true",
    "a**b,a/b,false",
    // the directory stays, its content goes
    "cache/,cache,false",
    "cache/,cache/a,true",
    "cache/,x/cache/a,true",
    "a/cache/,a/cache/b,true",
    "a/cache/,x/a/cache/b,false",
    // one byte
    "a?c,abc,true",
    "a?c,a/c,false",
    "a?c,ac,false",
    "[a-c]1,b1,true",
    "[a-c]1,d1,false",
    "[!a-c]1,d1,true",
    "[!a-c]1,b1,false",
    "[^a]x,bx,true",
    "[]a]x,]x,true",
    "[a-]x,-x,true",
    "x[!a]y,x/y,false",
    "\\*,*,true",
    "\\*,a,false",
    "\\!a,!a,true",
  })
  void matchesAsGitignoreDoes(String pattern, String path, boolean matches) {
    assertEquals(matches, Glob.of(pattern).matches(Name.of(path)));
  }

  @Test
  void matchesBytesThatAreNoText() {
    Name name = Name.of(new byte[] {(byte) 0xff, (byte) 0xfe, '.', 't', 'm', 'p'});
    assertTrue(Glob.of("*.tmp").matches(name));
    assertTrue(Glob.of("[!a][!a].tmp").matches(name));
    assertTrue(Glob.of("ä*").matches(Name.of("äx")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "/", "//", "a//b", "./a", "a/../b", "..", "!a", "[a", "[]", "[b-a]", "a\\", "a\0"
      })
  void refusesPatternsThatCannotMeanAnything(String pattern) {
    assertThrows(IllegalArgumentException.class, () -> Glob.of(pattern));
  }

  @Test
  void refusesPatternsThatAreTooLong() {
    Glob.of("a".repeat(1024));
    assertThrows(IllegalArgumentException.class, () -> Glob.of("a".repeat(1025)));
    assertThrows(IllegalArgumentException.class, () -> Glob.of("ä".repeat(513)));
  }

  @Test
  void doesNotBacktrack() {
    String stars = "*a".repeat(500) + "b";
    String deep = "**/a/".repeat(200) + "b";
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          for (int i = 0; i < 10; i++) {
            Glob.of(stars).matches(Name.of("a".repeat(4095)));
            Glob.of(deep).matches(Name.of("a/".repeat(2047) + "a"));
          }
        });
  }

  @Test
  void agreesWithTheJdksGlobOnSingleNames() {
    for (long seed = 1; seed <= 20_000; seed++) {
      Random random = new Random(seed);
      String pattern = text(random, "ab*?", 1 + random.nextInt(6)).replaceAll("\\*+", "*");
      String name = text(random, "ab", 1 + random.nextInt(7));
      boolean jdk =
          FileSystems.getDefault().getPathMatcher("glob:" + pattern).matches(Path.of(name));
      assertEquals(jdk, Glob.of(pattern).matches(Name.of(name)), "seed " + seed);
    }
  }

  @Test
  void survivesRandomPatterns() {
    for (long seed = 1; seed <= 50_000; seed++) {
      Random random = new Random(seed);
      String pattern = text(random, "ab*?[]!-/\\.^", random.nextInt(12));
      try {
        Glob.of(pattern).matches(Name.of(text(random, "ab/", random.nextInt(12))));
      } catch (IllegalArgumentException refused) {
        assertTrue(refused.getMessage().contains("pattern"), "seed " + seed);
      }
    }
  }

  private static String text(Random random, String alphabet, int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }
}
