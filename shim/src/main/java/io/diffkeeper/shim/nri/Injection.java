package io.diffkeeper.shim.nri;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.oci.OptIn;
import io.diffkeeper.shim.nri.api.Nri;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is changed about a container that opts in: our hooks are added, and the pod's annotations
 * that it opts in by, as a runtime does not pass those on by itself. Immutable.
 *
 * @param hook the launcher's absolute path
 * @param options what it is given before the stage
 */
record Injection(Path hook, List<String> options) {
  /** As in the hooks.d files. */
  private static final int START_SECONDS_MAX = 310;

  private static final int STOP_SECONDS_MAX = 10;

  /** The annotations of ours that a container has: its pod's, and its own over these. */
  static Map<String, String> annotations(Nri.PodSandbox pod, Nri.Container container) {
    Map<String, String> ours = new HashMap<>();
    for (Map<String, String> all :
        List.of(pod.getAnnotationsMap(), container.getAnnotationsMap())) {
      all.forEach(
          (key, value) -> {
            if (key.startsWith(OptIn.PREFIX)) {
              ours.put(key, value);
            }
          });
    }
    return ours;
  }

  /**
   * Whether a container is ours to keep, by its pod's annotations and its own. One whose
   * annotations are malformed is, too: the hook then says why it does not start.
   */
  static boolean isWanted(Map<String, String> annotations, String container) {
    try {
      return OptIn.parse(annotations, Optional.of(container)).isPresent();
    } catch (DiffKeeperException malformed) {
      return true;
    }
  }

  /** Whether a container has our hook. */
  boolean isIn(Nri.Container container) {
    return container.getHooks().getCreateRuntimeList().stream()
        .anyMatch(each -> Path.of(each.getPath()).getFileName().equals(hook.getFileName()));
  }

  /** The adjustment of a container that is being created; empty if there is nothing to change. */
  Optional<Nri.ContainerAdjustment> of(Nri.PodSandbox pod, Nri.Container container) {
    Map<String, String> annotations = annotations(pod, container);
    if (!isWanted(annotations, container.getName())) {
      return Optional.empty();
    }
    Nri.ContainerAdjustment.Builder adjustment = Nri.ContainerAdjustment.newBuilder();
    annotations.forEach(
        (key, value) -> {
          if (!container.getAnnotationsMap().containsKey(key)) {
            adjustment.putAnnotations(key, value);
          }
        });
    if (!isIn(container)) {
      adjustment.setHooks(
          Nri.Hooks.newBuilder()
              .addCreateRuntime(hook("createRuntime", START_SECONDS_MAX))
              .addPoststop(hook("poststop", STOP_SECONDS_MAX)));
    }
    return Optional.of(adjustment.build());
  }

  private Nri.Hook hook(String stage, int secondsMax) {
    List<String> words = new ArrayList<>(List.of(hook.getFileName().toString()));
    words.addAll(options);
    words.add(stage);
    return Nri.Hook.newBuilder()
        .setPath(hook.toString())
        .addAllArgs(words)
        .setTimeout(Nri.OptionalInt.newBuilder().setValue(secondsMax))
        .build();
  }
}
