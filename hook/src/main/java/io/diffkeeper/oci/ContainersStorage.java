package io.diffkeeper.oci;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The lists of containers that Podman keeps beside its bundles: {@code
 * <storage>/overlay-containers} holds {@code containers.json}, in newer versions {@code
 * volatile-containers.json} for {@code --rm}, and {@code <id>/userdata}, which is the bundle.
 *
 * <p>They are the engine's own word, unlike annotations, which images can set.
 */
final class ContainersStorage {
  private static final int BYTES_MAX = 64 << 20;
  private static final List<String> LISTS = List.of("containers.json", "volatile-containers.json");

  private ContainersStorage() {}

  /**
   * What the storage knows of a container.
   *
   * @param name its first name, or empty
   * @param image the image as the user named it, or empty for a plain root file system
   * @param imageId the image's id in hexadecimal digits, or empty
   * @param pod the pod's name if CRI-O made the container, else empty
   */
  record Entry(String name, String image, String imageId, String pod) {
    static final Entry UNKNOWN = new Entry("", "", "", "");

    /** The image as it was named, with its id: a tag alone moves from image to image. */
    String pinnedImage() {
      return imageId.isEmpty() ? image : image + "@sha256:" + imageId;
    }

    /** The image's repository; its id if the user named it by that, in full or in part. */
    String repository() {
      return !image.isEmpty() && imageId.startsWith(image)
          ? "sha256:" + imageId
          : ImageReference.parse(image).repository();
    }
  }

  /**
   * Looks a container up.
   *
   * @return empty if the bundle lies in no such storage; {@link Entry#UNKNOWN} if it does, and the
   *     container is not listed
   * @throws io.diffkeeper.DiffKeeperException ({@code BAD_INPUT}) if a list is malformed
   */
  static Optional<Entry> find(Path bundle, String id) {
    Path container = bundle.getParent();
    if (!bundle.endsWith("userdata") || container == null || !container.endsWith(id)) {
      return Optional.empty();
    }
    boolean storage = false;
    for (String list : LISTS) {
      try {
        Optional<Entry> entry =
            Json.read(container.resolveSibling(list), BYTES_MAX, json -> search(json, id));
        storage = true;
        if (entry.isPresent()) {
          return entry;
        }
      } catch (NoSuchFileException notThisOne) {
        // Each list is written when its first container is made.
      }
    }
    return storage ? Optional.of(Entry.UNKNOWN) : Optional.empty();
  }

  private static Optional<Entry> search(Json json, String id) throws IOException {
    List<Entry> found = new ArrayList<>();
    json.array(
        "the list",
        () -> {
          String[] text = {"", "", ""};
          json.object(
              "container",
              member -> {
                switch (member) {
                  case "id" -> text[0] = json.string("id");
                  case "names" -> text[1] = json.strings("names").stream().findFirst().orElse("");
                  case "metadata" -> text[2] = json.optionalString("metadata");
                  default -> json.skip();
                }
              });
          if (text[0].equals(id)) {
            found.add(entry(text[1], text[2]));
          }
        });
    return found.stream().findFirst();
  }

  private static Entry entry(String name, String metadata) {
    if (metadata.isEmpty()) {
      return new Entry(name, "", "", "");
    }
    byte[] bytes = metadata.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    String[] text = {"", "", "", name};
    return Json.read(
        bytes,
        "container metadata",
        BYTES_MAX,
        json -> {
          json.object(
              "the document",
              member -> {
                switch (member) {
                  case "image-name" -> text[0] = json.optionalString(member);
                  case "image-id" -> text[1] = json.optionalString(member);
                  case "pod-name" -> text[2] = json.optionalString(member);
                  case "name" -> text[3] = name.isEmpty() ? json.optionalString(member) : name;
                  default -> json.skip();
                }
              });
          return new Entry(text[3], text[0], text[1], text[2]);
        });
  }
}
