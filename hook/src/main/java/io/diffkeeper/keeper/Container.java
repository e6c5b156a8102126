package io.diffkeeper.keeper;

import io.diffkeeper.User;
import io.diffkeeper.config.Configuration;
import io.diffkeeper.files.Ids;
import io.diffkeeper.oci.ContainerSpec;
import io.diffkeeper.oci.ContainerState;
import io.diffkeeper.oci.IdMapping;
import io.diffkeeper.oci.Identity;
import io.diffkeeper.oci.OptIn;
import io.diffkeeper.oci.Origin;
import io.diffkeeper.replay.ReplayMode;
import io.diffkeeper.store.StateName;
import io.diffkeeper.store.Tuning;
import io.diffkeeper.tree.Name;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A container as its runtime describes it.
 *
 * @param runtime the state JSON
 * @param spec its config.json
 * @param optIn what its annotations ask for; null if it does not opt in
 * @param identity whose state it is; null if it does not opt in
 * @param late whether it runs already: its tree is captured from now on, and nothing is replayed
 */
record Container(
    ContainerState runtime, ContainerSpec spec, OptIn optIn, Identity identity, boolean late) {
  private static final String TMPFS = "tmpfs";

  /**
   * Reads the bundle's config.json.
   *
   * @throws io.diffkeeper.DiffKeeperException (BAD_INPUT) if any of it is malformed
   */
  static Container of(ContainerState runtime) {
    return of(runtime, ContainerSpec.load(runtime.bundle()), false);
  }

  /**
   * A container that is met while it runs. The state has the annotations that it opts in by, for
   * who does not know of us when it is created does not write them into its config.json.
   */
  static Container late(ContainerState runtime) {
    return of(runtime, annotated(runtime), true);
  }

  /** A container that has ended, by the state with which its keeper met it. */
  static Container ended(ContainerState runtime) {
    return of(runtime, annotated(runtime), false);
  }

  private static ContainerSpec annotated(ContainerState runtime) {
    Map<String, String> ours = new HashMap<>(runtime.annotations());
    ours.keySet().removeIf(key -> !key.startsWith(OptIn.PREFIX));
    return ContainerSpec.load(runtime.bundle()).with(ours);
  }

  private static Container of(ContainerState runtime, ContainerSpec spec, boolean late) {
    Origin origin = Origin.of(runtime, spec, User.current());
    Optional<OptIn> optIn =
        origin.sandbox()
            ? Optional.empty()
            : OptIn.parse(spec.annotations(), origin.criContainer());
    return new Container(
        runtime,
        spec,
        optIn.orElse(null),
        optIn.map(wish -> Identity.of(origin, wish)).orElse(null),
        late);
  }

  String id() {
    return runtime.id();
  }

  String rootfs() {
    return spec.rootPath().toString();
  }

  /** Whose state it is; of a claimant, the set. */
  StateName state() {
    return new StateName(identity.namespace(), identity.name());
  }

  /** What the keeper needs to know. */
  Subject subject(Configuration configuration) {
    return new Subject(
        state(),
        identity.claimant(),
        new io.diffkeeper.store.Origin(id(), identity.image()),
        identity.imageRepository(),
        identity.named(),
        "container "
            + id()
            + ", process "
            + runtime.pid()
            + identity.claimant().map(Claim::mark).orElse(""),
        late ? Optional.empty() : mode(),
        optIn.from(),
        optIn.consistency(),
        path -> optIn.excludes().stream().anyMatch(glob -> glob.matches(path)),
        ids(),
        spec.mountLabel(),
        optIn.hashAlgo().orElse(configuration.hashAlgo()),
        configuration.dedupScope(),
        new Tuning(
            optIn.diffLibrary().orElse(configuration.diffLibrary()),
            optIn.snapshotInterval().orElse(configuration.snapshotInterval())));
  }

  private Optional<ReplayMode> mode() {
    return switch (optIn.replay()) {
      case MERGE -> Optional.of(ReplayMode.MERGE);
      case EXACT -> Optional.of(ReplayMode.EXACT);
      case OFF -> Optional.empty();
    };
  }

  private Ids ids() {
    IdMapping uids = spec.uids();
    IdMapping gids = spec.gids();
    boolean same = uids.equals(IdMapping.identity()) && gids.equals(IdMapping.identity());
    return same
        ? Ids.SAME
        : new Ids(uids::toContainer, gids::toContainer, uids::toHost, gids::toHost);
  }

  /** The host ids of the container's root. */
  long[] rootOwner() {
    return new long[] {spec.uids().toHost(0), spec.gids().toHost(0)};
  }

  /** The mount that a path is on: the one with the longest destination above it, or null. */
  ContainerSpec.Mount mountOf(Name path) {
    String text = path.toString();
    ContainerSpec.Mount best = null;
    for (ContainerSpec.Mount mount : spec.mounts()) {
      String at = mount.destination();
      boolean above = text.equals(at) || text.startsWith(at.endsWith("/") ? at : at + "/");
      if (above && (best == null || at.length() >= best.destination().length())) {
        best = mount;
      }
    }
    return best;
  }

  /** Whether what is in a directory outlives a stop of the container. */
  boolean persistent(Name path) {
    ContainerSpec.Mount mount = mountOf(path);
    return mount == null || !TMPFS.equals(mount.type());
  }
}
