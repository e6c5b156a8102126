package io.diffkeeper.store;

import java.time.Instant;
import java.util.Set;

/**
 * A state as it was when it was looked up.
 *
 * @param name its name
 * @param space where its objects are
 * @param imageRepository the image repository it was created with
 * @param allowedImages further repositories that may name it; unmodifiable
 * @param created when it was created
 * @param latest its newest version; null if there is none yet
 * @param lastContainer the container that last took the state over, by id; empty if none did
 */
public record StateInfo(
    StateName name,
    Space space,
    String imageRepository,
    Set<String> allowedImages,
    Instant created,
    Version latest,
    String lastContainer) {

  /** Whether a container of that image repository may name this state by annotation. */
  public boolean allows(String repository) {
    return imageRepository.equals(repository) || allowedImages.contains(repository);
  }
}
