package io.diffkeeper.oci;

import static io.diffkeeper.oci.Samples.refusal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.DiffLibrary;
import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.Mutations;
import io.diffkeeper.tree.Name;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OptInTest {
  private static final String DIR = "io.diffkeeper.state-dir";

  private static OptIn parse(Map<String, String> annotations) {
    return OptIn.parse(annotations, Optional.empty()).orElseThrow();
  }

  private static List<String> dirs(String value) {
    return parse(Map.of(DIR, value)).stateDirs().stream().map(Name::toString).toList();
  }

  @Test
  void optsInWithAStateDirAlone() {
    OptIn optIn = parse(Map.of(DIR, "/data", "org.other", "x", "io.diffkeeperx.y", "z"));
    assertEquals(
        new OptIn(
            List.of(Name.of("/data")),
            Optional.empty(),
            List.of(),
            OptIn.ReplayMode.MERGE,
            Optional.empty(),
            OptIn.Consistency.SETTLED,
            OptIn.OnFailure.STOP,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            OptIn.Sharing.POD),
        optIn);
  }

  @Test
  void readsEveryAnnotation() {
    OptIn optIn =
        parse(
            Map.ofEntries(
                Map.entry(DIR, "/data,/srv/app"),
                Map.entry("io.diffkeeper.name", "db.main_1-x"),
                Map.entry("io.diffkeeper.exclude", "*.tmp,cache/**"),
                Map.entry("io.diffkeeper.replay", "exact"),
                Map.entry("io.diffkeeper.from", "other-state@7"),
                Map.entry("io.diffkeeper.consistency", "freeze"),
                Map.entry("io.diffkeeper.on-failure", "continue"),
                Map.entry("io.diffkeeper.snapshot-interval", "20"),
                Map.entry("io.diffkeeper.diff-library", "xdelta"),
                Map.entry("io.diffkeeper.chunk-size", "64k"),
                Map.entry("io.diffkeeper.hash-algo", "blake3"),
                Map.entry("io.diffkeeper.identity", "claim")));
    assertEquals(
        new OptIn(
            List.of(Name.of("/data"), Name.of("/srv/app")),
            Optional.of("db.main_1-x"),
            List.of(Glob.of("*.tmp"), Glob.of("cache/**")),
            OptIn.ReplayMode.EXACT,
            Optional.of("other-state@7"),
            OptIn.Consistency.FREEZE,
            OptIn.OnFailure.CONTINUE,
            Optional.of(20),
            Optional.of(DiffLibrary.XDELTA),
            Optional.of(65536),
            Optional.of(HashAlgorithm.BLAKE3),
            OptIn.Sharing.CLAIM),
        optIn);
  }

  @Test
  void doesNotOptInWithoutAStateDir() {
    assertEquals(Optional.empty(), OptIn.parse(Map.of("a", "b"), Optional.empty()));
    Map<String, String> nameOnly = Map.of("io.diffkeeper.name", "x");
    assertEquals(Optional.empty(), OptIn.parse(nameOnly, Optional.empty()));
  }

  @ParameterizedTest
  @CsvSource({"/data/,/data", "//a///b//,/a/b", "/a b,/a b", "/...,/...", "/ä,/ä"})
  void normalizesDirectories(String written, String read) {
    assertEquals(List.of(read), dirs(written));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", ",", "/a,", ",/a", "a", "./a", "/", "//", "/.", "/..", "/a/../b", "/a/./b", "/a/..",
        " /a", "/a, /b", "/a,/a", "/a,/a/", "/a,/a/b", "/a/b,/a", "/a\0b", "/\ud800"
      })
  void refusesDirectoriesThatCannotBeKept(String value) {
    String message = refusal(() -> dirs(value));
    assertTrue(message.startsWith("annotation io.diffkeeper.state-dir: "), message);
  }

  @Test
  void tellsANeighbourFromAChild() {
    assertEquals(List.of("/a", "/ab", "/a.b"), dirs("/a,/ab,/a.b"));
  }

  @Test
  void boundsDirectories() {
    refusal(() -> dirs("/" + "a".repeat(256)));
    refusal(() -> dirs("/aaaaaaa".repeat(512)));
    refusal(() -> dirs("/a,".repeat(300) + "/b"));
    refusal(() -> parse(Map.of(DIR, "/d", "io.diffkeeper.exclude", "a,".repeat(300) + "b")));
  }

  @ParameterizedTest
  @CsvSource({
    "name,''",
    "name,a/b",
    "name,..",
    "name,a@1",
    "exclude,''",
    "exclude,'a,'",
    "exclude,'a, b'",
    "exclude,!a",
    "replay,MERGE",
    "replay,''",
    "from,''",
    "from,a b",
    "from,../x",
    "consistency,frozen",
    "on-failure,ignore",
    "snapshot-interval,0",
    "snapshot-interval,10001",
    "snapshot-interval,1k",
    "diff-library,vcdiff",
    "chunk-size,1",
    "chunk-size,1g",
    "chunk-size,64kb",
    "hash-algo,md5",
  })
  void namesTheAnnotationWhoseValueIsMalformed(String key, String value) {
    Map<String, String> annotations = Map.of(DIR, "/data", "io.diffkeeper." + key, value);
    String message = refusal(() -> parse(annotations));
    assertTrue(message.startsWith("annotation io.diffkeeper." + key + ": "), message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "state-dirs",
        "State-Dir",
        "name ",
        "nam\ne",
        "state-dir.",
        "state-dir.A_",
        "state-dir.a.b",
        "bogus.redis"
      })
  void refusesUnknownAnnotationsOfOurs(String key) {
    Map<String, String> annotations = Map.of("io.diffkeeper." + key, "/x");
    for (Optional<String> container : List.of(Optional.<String>empty(), Optional.of("redis"))) {
      String message = refusal(() -> OptIn.parse(annotations, container));
      assertTrue(message.startsWith("annotation io.diffkeeper."), message);
      assertTrue(message.endsWith(": unknown"), message);
    }
  }

  @Test
  void takesAPodsAnnotationForOurContainerOverThePlainOne() {
    Map<String, String> pod =
        Map.of(
            DIR,
            "/plain",
            DIR + ".redis",
            "/redis",
            "io.diffkeeper.replay",
            "off",
            "io.diffkeeper.name.web",
            "not/ours");
    OptIn redis = OptIn.parse(pod, Optional.of("redis")).orElseThrow();
    assertEquals(List.of(Name.of("/redis")), redis.stateDirs());
    assertEquals(OptIn.ReplayMode.OFF, redis.replay());
    assertEquals(Optional.empty(), redis.name());
    OptIn other = OptIn.parse(pod, Optional.of("is")).orElseThrow();
    assertEquals(List.of(Name.of("/plain")), other.stateDirs());
  }

  @Test
  void leavesThePodsOtherContainersAlone() {
    Map<String, String> pod = Map.of(DIR + ".redis", "relative");
    assertEquals(Optional.empty(), OptIn.parse(pod, Optional.of("sidecar")));
    String message = refusal(() -> OptIn.parse(pod, Optional.of("redis")));
    assertTrue(message.startsWith("annotation io.diffkeeper.state-dir.redis: "), message);
  }

  @Test
  void knowsNoContainerSuffixOutsideOfPods() {
    refusal(() -> OptIn.parse(Map.of(DIR + ".redis", "/x"), Optional.empty()));
  }

  @Test
  void survivesDamagedInput() {
    List<String> samples =
        List.of(
            "state-dir=/data,/srv/app",
            "name=db",
            "exclude=*.tmp,cache/**,[a-z]?",
            "from=other@~7",
            "snapshot-interval=10",
            "chunk-size=64k");
    for (String sample : samples) {
      Mutations.feed(
          ("io.diffkeeper." + sample).getBytes(StandardCharsets.UTF_8),
          5_000,
          bytes -> {
            String[] pair = new String(bytes, StandardCharsets.UTF_8).split("=", 2);
            Map<String, String> annotations = new java.util.HashMap<>(Map.of(DIR, "/data"));
            annotations.put(pair[0], pair.length > 1 ? pair[1] : "");
            OptIn.parse(annotations, Optional.of("redis"));
          });
    }
  }
}
