package io.diffkeeper.oci;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.Quantity;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A strict, bounded walk over one JSON document. Not thread-safe.
 *
 * <p>The walk stands on a value; every {@code ...Value} method and {@link #skip} reads exactly that
 * value. Duplicate keys, nesting deeper than {@link #NESTING_MAX}, a wrong type and anything after
 * the document are errors.
 */
final class Json {
  /** Deepest nesting of objects and arrays. */
  static final int NESTING_MAX = 64;

  /** Most annotations of one container. */
  static final int ANNOTATIONS_MAX = 10_000;

  private final JsonParser parser;

  private Json(JsonParser parser) {
    this.parser = parser;
  }

  /** What to do on a value. */
  interface Body<T> {
    T read(Json json) throws IOException;
  }

  /** What to do on each member of an object; must read the member's value. */
  interface Member {
    void read(String name) throws IOException;
  }

  /** What to do on each element of an array; must read it. */
  interface Element {
    void read() throws IOException;
  }

  /**
   * Reads a whole document from memory.
   *
   * @param what names the document in messages
   * @param bytesMax its longest allowed length
   * @throws DiffKeeperException ({@link ExitCode#BAD_INPUT}) if it is not what the body expects
   */
  static <T> T read(byte[] bytes, String what, long bytesMax, Body<T> body) {
    if (bytes.length > bytesMax) {
      throw bad(what + ": larger than " + bytesMax + " bytes", null);
    }
    return read(factory(bytesMax), f -> f.createParser(bytes), what, body);
  }

  /**
   * Reads a whole document from a file.
   *
   * @throws NoSuchFileException if there is no such file
   * @throws DiffKeeperException ({@link ExitCode#BAD_INPUT}) if it cannot be read or is not what
   *     the body expects
   */
  static <T> T read(Path file, long bytesMax, Body<T> body) throws NoSuchFileException {
    try (InputStream in = Files.newInputStream(file)) {
      return read(factory(bytesMax), f -> f.createParser(in), file.toString(), body);
    } catch (NoSuchFileException | FileNotFoundException missing) {
      throw new NoSuchFileException(file.toString());
    } catch (IOException unreadable) {
      throw bad(file + ": cannot be read", unreadable);
    }
  }

  private interface Opening {
    JsonParser open(JsonFactory factory) throws IOException;
  }

  private static <T> T read(JsonFactory factory, Opening opening, String what, Body<T> body) {
    try (JsonParser parser = opening.open(factory)) {
      parser.nextToken();
      T value = body.read(new Json(parser));
      if (parser.nextToken() != null) {
        throw bad(what + ": text after the end of the document", null);
      }
      return value;
    } catch (JsonProcessingException malformed) {
      throw bad(what + ": " + Quantity.shown(malformed.getOriginalMessage()), malformed);
    } catch (IOException | IllegalArgumentException malformed) {
      throw bad(what + ": " + Quantity.shown("" + malformed.getMessage()), malformed);
    }
  }

  private static JsonFactory factory(long bytesMax) {
    return JsonFactory.builder()
        .streamReadConstraints(
            StreamReadConstraints.builder()
                .maxNestingDepth(NESTING_MAX)
                .maxDocumentLength(bytesMax)
                .maxStringLength((int) bytesMax)
                .build())
        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
        .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
        .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
        .build();
  }

  /** Whether the value is null, which stands for a member that is not there. */
  boolean isNull() {
    return parser.currentToken() == JsonToken.VALUE_NULL;
  }

  /** Passes over the value. */
  void skip() throws IOException {
    parser.skipChildren();
  }

  /** Reads an object; null counts as an empty one. */
  void object(String what, Member member) throws IOException {
    if (isNull()) {
      return;
    }
    expect(JsonToken.START_OBJECT, what, "an object");
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      member.read(name);
    }
    expect(JsonToken.END_OBJECT, what, "a whole object");
  }

  /** Reads an array; null counts as an empty one. */
  void array(String what, Element element) throws IOException {
    if (isNull()) {
      return;
    }
    expect(JsonToken.START_ARRAY, what, "an array");
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (parser.currentToken() == null) {
        throw new IllegalArgumentException(what + " is cut off");
      }
      element.read();
    }
  }

  /** Reads a string. */
  String string(String what) throws IOException {
    expect(JsonToken.VALUE_STRING, what, "a string");
    return parser.getText();
  }

  /** Reads a string; null counts as the empty one. */
  String optionalString(String what) throws IOException {
    return isNull() ? "" : string(what);
  }

  /** Reads an integer from {@code min} to {@code max}. */
  long integer(String what, long min, long max) throws IOException {
    expect(JsonToken.VALUE_NUMBER_INT, what, "an integer");
    if (parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
      long value = parser.getLongValue();
      if (value >= min && value <= max) {
        return value;
      }
    }
    throw new IllegalArgumentException(what + " is outside " + min + " to " + max);
  }

  /** Reads true or false. */
  boolean bool(String what) {
    if (parser.currentToken() != JsonToken.VALUE_TRUE) {
      expect(JsonToken.VALUE_FALSE, what, "true or false");
      return false;
    }
    return true;
  }

  /** Reads an array of strings; null counts as an empty one. */
  List<String> strings(String what) throws IOException {
    List<String> strings = new ArrayList<>();
    array(what, () -> strings.add(string(what)));
    return List.copyOf(strings);
  }

  /** Reads an object of at most {@link #ANNOTATIONS_MAX} strings, in its order. */
  Map<String, String> annotations() throws IOException {
    Map<String, String> annotations = new LinkedHashMap<>();
    object(
        "annotations",
        name -> {
          if (annotations.size() == ANNOTATIONS_MAX) {
            throw new IllegalArgumentException("more than " + ANNOTATIONS_MAX + " annotations");
          }
          annotations.put(name, string("annotation " + name));
        });
    return Collections.unmodifiableMap(annotations);
  }

  private void expect(JsonToken token, String what, String noun) {
    if (parser.currentToken() != token) {
      throw new IllegalArgumentException(what + " is not " + noun);
    }
  }

  static DiffKeeperException bad(String message, Throwable cause) {
    return new DiffKeeperException(ExitCode.BAD_INPUT, message, cause);
  }
}
