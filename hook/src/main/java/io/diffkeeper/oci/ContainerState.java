package io.diffkeeper.oci;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * The state that a runtime hands to a hook on its standard input; see the OCI runtime-spec,
 * "State".
 *
 * @param ociVersion the spec's version, or empty
 * @param id the container's id: 1 to 255 of {@code [A-Za-z0-9_.-]}, and neither {@code .} nor
 *     {@code ..}, so that it can name a folder
 * @param status {@code creating}, {@code created}, {@code running}, {@code stopped}, or empty
 * @param pid the container's first process as we see it; 0 if there is none
 * @param bundle the bundle's absolute path
 * @param annotations those that the runtime chose to hand over; config.json has all. Unmodifiable
 */
public record ContainerState(
    String ociVersion,
    String id,
    String status,
    int pid,
    Path bundle,
    Map<String, String> annotations) {

  /** Longest state that is read, in bytes. */
  public static final int BYTES_MAX = 4 << 20;

  private static final int ID_LENGTH_MAX = 255;

  /** PID_MAX_LIMIT of 64-bit kernels. */
  static final int PID_MAX = 1 << 22;

  /**
   * Reads a state.
   *
   * @param json the whole standard input, at most {@link #BYTES_MAX} long
   * @throws io.diffkeeper.DiffKeeperException ({@code BAD_INPUT}) if it is not a state
   */
  public static ContainerState parse(byte[] json) {
    return Json.read(json, "container state", BYTES_MAX, j -> new Reading(j).state());
  }

  /** As a runtime writes it. */
  public byte[] json() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = new JsonFactory().createGenerator(bytes)) {
      json.writeStartObject();
      json.writeStringField("ociVersion", ociVersion);
      json.writeStringField("id", id);
      json.writeStringField("status", status);
      json.writeNumberField("pid", pid);
      json.writeStringField("bundle", bundle.toString());
      json.writeObjectFieldStart("annotations");
      for (Map.Entry<String, String> each : annotations.entrySet()) {
        json.writeStringField(each.getKey(), each.getValue());
      }
      json.writeEndObject();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail
    }
    return bytes.toByteArray();
  }

  /** Whether a text can be a container's id. */
  public static boolean isId(String id) {
    return !id.isEmpty()
        && id.length() <= ID_LENGTH_MAX
        && !id.equals(".")
        && !id.equals("..")
        && id.chars()
            .allMatch(c -> c < 128 && (Character.isLetterOrDigit(c) || "_.-".indexOf(c) >= 0));
  }

  /** One pass over a state. */
  private static final class Reading {
    private final Json json;
    private String ociVersion = "";
    private String id = "";
    private String status = "";
    private int pid;
    private String bundle = "";
    private Map<String, String> annotations = Map.of();

    Reading(Json json) {
      this.json = json;
    }

    ContainerState state() throws IOException {
      json.object("the document", this::member);
      if (!isId(id)) {
        throw new IllegalArgumentException("no valid container id");
      }
      if (!bundle.startsWith("/")) {
        throw new IllegalArgumentException("bundle is not an absolute path");
      }
      return new ContainerState(ociVersion, id, status, pid, Path.of(bundle), annotations);
    }

    private void member(String name) throws IOException {
      switch (name) {
        case "ociVersion" -> ociVersion = json.optionalString(name);
        case "id" -> id = json.string(name);
        case "status" -> status = json.optionalString(name);
        case "pid" -> pid = json.isNull() ? 0 : (int) json.integer(name, 0, PID_MAX);
        case "bundle" -> bundle = json.string(name);
        case "annotations" -> annotations = json.annotations();
        default -> json.skip();
      }
    }
  }
}
