package io.diffkeeper.oci;

import static io.diffkeeper.oci.Samples.refusal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.Mutations;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContainerStateTest {
  private static ContainerState parse(String json) {
    return ContainerState.parse(json.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void readsWhatPodmanAndRuncHandOver() {
    ContainerState state = ContainerState.parse(Samples.bytes("podman-state.json"));
    assertEquals(Samples.ID, state.id());
    assertEquals("creating", state.status());
    assertTrue(state.pid() > 0);
    assertTrue(state.bundle().endsWith(Path.of(Samples.ID, "userdata")));
    assertEquals("/data,/srv/app", state.annotations().get("io.diffkeeper.state-dir"));
  }

  @Test
  void passesOverMembersOfOtherRuntimesAndNeedsOnlyIdAndBundle() {
    ContainerState state =
        parse("{\"root\":\"/r\",\"x\":{\"y\":[1,{}]},\"id\":\"a\",\"bundle\":\"/b\"}");
    assertEquals(new ContainerState("", "a", "", 0, Path.of("/b"), Map.of()), state);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "null",
        "[]",
        "7",
        "nonsense",
        "{",
        "{\"id\":\"a\"}",
        "{\"bundle\":\"/b\"}",
        "{\"id\":\"a\",\"bundle\":\"/b\"",
        "{\"id\":\"a\",\"bundle\":\"/b\"} x",
        "{\"id\":\"a\",\"bundle\":\"/b\"}{}",
        "{\"id\":\"a\",\"id\":\"a\",\"bundle\":\"/b\"}",
        "{\"id\":\"a\",\"bundle\":\"/b\",\"x\":{\"k\":1,\"k\":2}}",
        "{\"id\":7,\"bundle\":\"/b\"}",
        "{\"id\":null,\"bundle\":\"/b\"}",
        "{\"id\":\"\",\"bundle\":\"/b\"}",
        "{\"id\":\"..\",\"bundle\":\"/b\"}",
        "{\"id\":\"a/b\",\"bundle\":\"/b\"}",
        "{\"id\":\"ä\",\"bundle\":\"/b\"}",
        "{\"id\":\"a\\n\",\"bundle\":\"/b\"}",
        "{\"id\":\"a\",\"bundle\":\"b\"}",
        "{\"id\":\"a\",\"bundle\":\"\"}",
        "{\"id\":\"a\",\"bundle\":\"/b\\u0000\"}",
        "{\"id\":\"a\",\"bundle\":\"/b\",\"pid\":-1}",
        "{\"id\":\"a\",\"bundle\":\"/b\",\"pid\":1.5}",
        "{\"id\":\"a\",\"bundle\":\"/b\",\"pid\":\"1\"}",
        "{\"id\":\"a\",\"bundle\":\"/b\",\"pid\":99999999999999999999}",
        "{\"id\":\"a\",\"bundle\":\"/b\",\"annotations\":[]}",
        "{\"id\":\"a\",\"bundle\":\"/b\",\"annotations\":{\"k\":1}}",
        "{\"id\":\"a\",\"bundle\":\"/b\",\"annotations\":{\"k\":\"\",\"k\":\"\"}}",
      })
  void refusesWhatIsNoState(String json) {
    assertTrue(refusal(() -> parse(json)).startsWith("container state: "));
  }

  @Test
  void boundsIdLengthNestingAnnotationsAndSize() {
    String tail = "\",\"bundle\":\"/b\"";
    assertEquals(255, parse("{\"id\":\"" + "a".repeat(255) + tail + "}").id().length());
    refusal(() -> parse("{\"id\":\"" + "a".repeat(256) + tail + "}"));
    String deep = ",\"x\":" + "[".repeat(63) + "]".repeat(63) + "}";
    parse("{\"id\":\"a" + tail + deep);
    refusal(() -> parse("{\"id\":\"a" + tail + deep.replace("[]", "[[]]")));
    refusal(() -> parse("{\"id\":\"a" + tail + ",\"x\":" + "[".repeat(1 << 20)));
    refusal(() -> parse(annotated(10_001)));
    assertEquals(10_000, parse(annotated(10_000)).annotations().size());
    byte[] long4 = new byte[ContainerState.BYTES_MAX + 1];
    java.util.Arrays.fill(long4, (byte) ' ');
    refusal(() -> ContainerState.parse(long4));
  }

  private static String annotated(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> "\"k" + i + "\":\"v\"")
        .collect(
            Collectors.joining(",", "{\"id\":\"a\",\"bundle\":\"/b\",\"annotations\":{", "}}"));
  }

  @Test
  void refusesEveryTruncation() {
    byte[] whole = Samples.bytes("podman-state.json");
    for (int length = 0; length < whole.length - 1; length++) {
      byte[] cut = java.util.Arrays.copyOf(whole, length);
      refusal(() -> ContainerState.parse(cut));
    }
  }

  @Test
  void survivesDamagedInput() {
    Mutations.feed(Samples.bytes("podman-state.json"), 20_000, ContainerState::parse);
  }
}
