package io.diffkeeper.store;

import java.util.Objects;

/**
 * The container that wrote a version.
 *
 * @param containerId its id, not null, at most 65535 bytes of UTF-8
 * @param image the image it ran, not null, may be empty, at most 65535 bytes of UTF-8
 */
public record Origin(String containerId, String image) {
  /** Checks that nothing is null. */
  public Origin {
    Objects.requireNonNull(containerId);
    Objects.requireNonNull(image);
  }
}
