package io.diffkeeper.shim.trace;

import io.diffkeeper.oci.ContainerState;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a cgroup's path says of the container that it may belong to. */
final class CgroupPath {
  /** Engines' names for cgroups, by systemd and without it, and the ids that they use. */
  private static final Pattern ENGINE =
      Pattern.compile(
          "(libpod|cri-containerd|crio|docker|nerdctl)-([0-9a-f]{64})(?:\\.scope)?"
              + "|(runc|crun)-([A-Za-z0-9_.-]+)\\.scope");

  /** What watches over a container, beside it. */
  private static final Pattern MONITOR = Pattern.compile("(libpod|crio)-conmon-.*");

  /** Units of systemd's, and what an engine has its containers in. */
  private static final Pattern UNIT = Pattern.compile(".*\\.(slice|scope|service)");

  private static final Pattern HEX_ID = Pattern.compile("[0-9a-f]{64}");

  /** Deeper cgroups are a container's own. */
  private static final int DEPTH_MAX = 16;

  private CgroupPath() {}

  /**
   * Somebody to look up.
   *
   * @param id what would be the container's id
   * @param engine what would run it; empty if the path does not say
   */
  record Candidate(String id, String engine) {}

  /**
   * The containers that a cgroup may belong to, likeliest first. A container's own cgroups lie
   * below it, and may look like anything, so what is nearest to the root counts.
   *
   * @param path from the root of the hierarchy
   */
  static List<Candidate> candidates(String path) {
    List<Candidate> found = new ArrayList<>();
    String above = "";
    String[] names = path.split("/");
    for (int i = 0; i < Math.min(names.length, DEPTH_MAX); i++) {
      String name = names[i];
      Matcher engine = ENGINE.matcher(name);
      if (MONITOR.matcher(name).matches()) {
        return List.of();
      }
      if (engine.matches()) {
        boolean bare = engine.group(1) == null;
        found.add(new Candidate(engine.group(bare ? 4 : 2), engine.group(bare ? 3 : 1)));
        return found.stream().map(CgroupPath::named).toList();
      }
      if (!UNIT.matcher(name).matches() && ContainerState.isId(name)) {
        boolean docker = above.equals("docker") && HEX_ID.matcher(name).matches();
        found.add(new Candidate(name, docker ? "docker" : ""));
      }
      above = name;
    }
    return List.copyOf(found);
  }

  /** As people call it. */
  private static Candidate named(Candidate candidate) {
    return switch (candidate.engine()) {
      case "libpod" -> new Candidate(candidate.id(), "podman");
      case "cri-containerd", "nerdctl" -> new Candidate(candidate.id(), "containerd");
      case "crio" -> new Candidate(candidate.id(), "cri-o");
      default -> candidate;
    };
  }
}
