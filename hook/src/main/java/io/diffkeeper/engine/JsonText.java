package io.diffkeeper.engine;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** An object in a JSON text, whose members can be edited without writing the text anew. */
final class JsonText {
  /**
   * A member.
   *
   * @param start where its name begins
   * @param value where its value begins
   * @param end behind it
   * @param text of a string; null for other values
   */
  record Member(String name, int start, int value, int end, String text) {}

  private final String text;
  private final List<Member> members = new ArrayList<>();
  private int open;
  private int close;

  /**
   * Looks for an object.
   *
   * @param path the names that lead to it; none for the text's own object
   * @throws IOException if the text is no JSON
   */
  JsonText(String text, String... path) throws IOException {
    this.text = text;
    try (JsonParser json = new JsonFactory().createParser(text)) {
      json.nextToken();
      object(json, path, 0);
      if (json.nextToken() != null) {
        throw new IOException("something follows the object");
      }
    } catch (JsonProcessingException malformed) {
      throw new IOException("not JSON: " + malformed.getOriginalMessage(), malformed);
    }
  }

  private void object(JsonParser json, String[] path, int depth) throws IOException {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw new IOException(depth == 0 ? "no object" : path[depth - 1] + ": no object");
    }
    boolean wanted = depth == path.length;
    if (wanted) {
      open = offset(json) + 1;
    }
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      int start = offset(json);
      json.nextToken();
      int value = offset(json);
      String string = json.currentToken() == JsonToken.VALUE_STRING ? json.getText() : null;
      if (!wanted && name.equals(path[depth])) {
        object(json, path, depth + 1);
      } else {
        json.skipChildren();
        json.finishToken();
      }
      if (wanted) {
        members.add(new Member(name, start, value, end(json), string));
      }
    }
    if (wanted) {
      close = offset(json);
    }
  }

  private static int offset(JsonParser json) {
    return (int) json.currentTokenLocation().getCharOffset();
  }

  private int end(JsonParser json) {
    int end = (int) json.currentLocation().getCharOffset();
    while (Character.isWhitespace(text.charAt(end - 1))) {
      end--; // behind a number the parser has seen what follows
    }
    return end;
  }

  /** Whether the path led to an object. */
  boolean exists() {
    return open > 0;
  }

  List<Member> members() {
    return members;
  }

  Member member(String name) {
    return members.stream().filter(m -> m.name().equals(name)).findFirst().orElse(null);
  }

  /** The text with a member more, which comes first. */
  String with(String indent, String name, String value) {
    String rest = members.isEmpty() ? "\n" + indent.substring(2) : ",";
    return text.substring(0, open)
        + "\n"
        + indent
        + quoted(name)
        + ": "
        + value
        + rest
        + (members.isEmpty() ? text.substring(close) : text.substring(open));
  }

  /** The text with another value of a member. */
  String with(Member member, String value) {
    return text.substring(0, member.value()) + value + text.substring(member.end());
  }

  /** The text without a member. */
  String without(Member member) {
    int index = members.indexOf(member);
    boolean last = index == members.size() - 1;
    int from = index == 0 ? open : members.get(index - 1).end();
    if (last) {
      return text.substring(0, from) + text.substring(index == 0 ? close : member.end());
    }
    int comma = text.indexOf(',', member.end());
    return text.substring(0, index == 0 ? open : text.indexOf(',', from) + 1)
        + text.substring(comma + 1);
  }

  static String quoted(String value) {
    return "\"" + new String(JsonStringEncoder.getInstance().quoteAsString(value)) + "\"";
  }
}
