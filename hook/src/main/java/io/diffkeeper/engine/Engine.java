package io.diffkeeper.engine;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A container engine whose settings can be made to run our hooks. */
public interface Engine {
  /**
   * The engine of a name.
   *
   * @param name containerd, crio, docker or podman
   * @param settings its main file of settings; null for where the engine has it by default
   * @return null if there is no such engine
   */
  static Engine of(String name, Path settings) {
    return switch (name) {
      case "containerd" -> new Containerd(or(settings, "/etc/containerd/config.toml"));
      case "crio" -> new Crio(or(settings, "/etc/crio/crio.conf"));
      case "docker" -> new Docker(or(settings, "/etc/docker/daemon.json"));
      case "podman" -> new Podman(or(settings, "/etc/containers/containers.conf"));
      default -> null;
    };
  }

  private static Path or(Path settings, String otherwise) {
    return settings == null ? Path.of(otherwise) : settings;
  }

  /**
   * What has to be written so that the engine runs our hooks. Empty, or without changes, if it does
   * already.
   *
   * @throws io.diffkeeper.DiffKeeperException ({@code BAD_INPUT}) if the settings are malformed, or
   *     have what would be added, but not from us
   */
  List<FileEdit> configure(Handler handler) throws IOException;

  /** What has to be written so that nothing of ours is left. */
  List<FileEdit> unconfigure() throws IOException;

  /** What the operator has to do then, in one line. */
  String afterwards();
}
