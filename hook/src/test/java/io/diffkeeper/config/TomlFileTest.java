package io.diffkeeper.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.Mutations;
import io.diffkeeper.config.TomlFile.Pair;
import io.diffkeeper.config.TomlFile.Type;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TomlFileTest {
  private static final Path FILE = Path.of("/etc/x.toml");
  private static final String SAMPLE =
      """
      # a comment
      store = "/var/lib/x"   # behind a value
      'literal' = 'C:\\no\\escape'
      "quo\\u0074ed" = "tab\\t quote\\" \\U0001F600 ä"
      count=1_000
      \tminus\t=\t-7
      plus = +0
      yes = true\r
      no = false

      """;

  private static List<Pair> parse(byte[] bytes) {
    return TomlFile.parse(FILE, bytes);
  }

  private static List<Pair> parse(String text) {
    return parse(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void readsStringsIntegersAndBooleansWithTheirLines() {
    assertEquals(
        List.of(
            new Pair(2, "store", Type.STRING, "/var/lib/x"),
            new Pair(3, "literal", Type.STRING, "C:\\no\\escape"),
            new Pair(4, "quoted", Type.STRING, "tab\t quote\" \ud83d\ude00 ä"),
            new Pair(5, "count", Type.INTEGER, "1000"),
            new Pair(6, "minus", Type.INTEGER, "-7"),
            new Pair(7, "plus", Type.INTEGER, "0"),
            new Pair(8, "yes", Type.BOOLEAN, "true"),
            new Pair(9, "no", Type.BOOLEAN, "false")),
        parse(SAMPLE));
    assertEquals(List.of(), parse(""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[table]",
        "a.b = 1",
        "a",
        "a =",
        "= 1",
        "a = 1 2",
        "a = 1\nb = [1]",
        "a = {}",
        "a = 1.5",
        "a = 0x1f",
        "a = 01",
        "a = 1__0",
        "a = _1",
        "a = 1979-05-27",
        "a = True",
        "a = \"x",
        "a = 'x",
        "a = \"\"\"x\"\"\"",
        "a = '''x'''",
        "a = \"\\x\"",
        "a = \"\\u12\"",
        "a = \"\\ud800\"",
        "a = \"\\U00110000\"",
        "a = \"\0\"",
        "# \u0001",
        "a = 1\na = 2",
        "ä = 1",
        "a = 1 \r b"
      })
  void refusesTheRestWithFileAndLine(String text) {
    DiffKeeperException refused = assertThrows(DiffKeeperException.class, () -> parse("\n" + text));
    assertTrue(refused.getMessage().matches("/etc/x.toml:[23]: .*"), refused.getMessage());
  }

  @Test
  void refusesWhatIsNoTextOrTooMuch() {
    assertThrows(DiffKeeperException.class, () -> parse(new byte[] {'#', (byte) 0xff}));
    assertThrows(DiffKeeperException.class, () -> parse(" ".repeat(TomlFile.BYTES_MAX + 1)));
  }

  @Test
  void survivesDamagedInputAndAgreesWithAWholeTomlParserOnWhatItAccepts() {
    int[] accepted = new int[1];
    TomlMapper whole = new TomlMapper();
    Mutations.feed(
        SAMPLE.getBytes(StandardCharsets.UTF_8),
        30_000,
        bytes -> {
          Map<String, String> ours = new HashMap<>();
          parse(bytes).forEach(pair -> ours.put(pair.key(), pair.value()));
          Map<String, String> theirs = new HashMap<>();
          try {
            for (Map.Entry<String, JsonNode> each : whole.readTree(bytes).properties()) {
              theirs.put(each.getKey(), each.getValue().asText());
            }
          } catch (IOException refused) {
            throw new AssertionError(
                "only ours accepts: " + new String(bytes, StandardCharsets.UTF_8), refused);
          }
          assertEquals(theirs, ours);
          accepted[0]++;
        });
    assertTrue(accepted[0] > 1_000, "accepted " + accepted[0]);
  }
}
