package io.diffkeeper.shim.adoption;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * A container that opted in, seen while it runs.
 *
 * @param id its id, as the runtime has it
 * @param pid its first process; 0 if the runtime does not say
 * @param sandboxPid its pod's; 0 if the runtime does not say
 * @param injected whether it was created with our hooks
 * @param bundle where it is described, if the runtime says
 * @param annotations ours, which its config.json may lack
 */
public record Sighting(
    String id,
    long pid,
    long sandboxPid,
    boolean injected,
    Optional<Path> bundle,
    Map<String, String> annotations) {

  /** One whose bundle has to be looked for. */
  public Sighting(
      String id, long pid, long sandboxPid, boolean injected, Map<String, String> annotations) {
    this(id, pid, sandboxPid, injected, Optional.empty(), annotations);
  }
}
