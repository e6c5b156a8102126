package io.diffkeeper.oci;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What we need of a bundle's config.json; see the OCI runtime-spec, "Configuration". Immutable.
 *
 * @param rootPath the root file system on the host, absolute
 * @param rootReadonly whether the container sees its root read-only
 * @param mounts in the order in which they are mounted
 * @param uids how user ids appear on the host
 * @param gids how group ids appear on the host
 * @param annotations all of the container's, in the file's order
 * @param mountLabel the SELinux label of the container's files; empty if there is none
 * @param cgroupsPath as the engine asked for it; empty if the runtime chooses
 * @param uid the first process's user id, as the container sees it
 * @param gid its group id, as the container sees it
 */
public record ContainerSpec(
    Path rootPath,
    boolean rootReadonly,
    List<Mount> mounts,
    IdMapping uids,
    IdMapping gids,
    Map<String, String> annotations,
    Optional<String> mountLabel,
    Optional<String> cgroupsPath,
    long uid,
    long gid) {

  /** Longest config.json that is read, in bytes. */
  public static final int BYTES_MAX = 16 << 20;

  private static final long ID_MAX = (1L << 32) - 1;

  /**
   * One mount.
   *
   * @param destination where the container sees it, as the file has it
   * @param source what is mounted, or empty
   * @param type the file system's type, or empty
   * @param options mount options, may be empty
   */
  public record Mount(String destination, String source, String type, List<String> options) {}

  /**
   * Reads {@code config.json} in the bundle, or where CRI-O has it, {@code ../userdata}.
   *
   * @param bundle the bundle's absolute path
   * @throws io.diffkeeper.DiffKeeperException ({@code BAD_INPUT}) if there is none or it is
   *     malformed
   */
  public static ContainerSpec load(Path bundle) {
    Path file = bundle.resolve("config.json");
    Path crio = bundle.resolve("../userdata/config.json").normalize();
    try {
      return Json.read(file, BYTES_MAX, json -> new Reading(json).spec(bundle));
    } catch (NoSuchFileException notInBundle) {
      try {
        return Json.read(crio, BYTES_MAX, json -> new Reading(json).spec(bundle));
      } catch (NoSuchFileException missing) {
        throw Json.bad(file + ": no such file", missing);
      }
    }
  }

  /** The same with more annotations, which take precedence. */
  public ContainerSpec with(Map<String, String> more) {
    Map<String, String> all = new LinkedHashMap<>(annotations);
    all.putAll(more);
    return new ContainerSpec(
        rootPath,
        rootReadonly,
        mounts,
        uids,
        gids,
        Collections.unmodifiableMap(all),
        mountLabel,
        cgroupsPath,
        uid,
        gid);
  }

  /** One pass over a config.json. */
  private static final class Reading {
    private final Json json;
    private String rootPath = "";
    private boolean rootReadonly;
    private final List<Mount> mounts = new ArrayList<>();
    private IdMapping uids = IdMapping.identity();
    private IdMapping gids = IdMapping.identity();
    private Map<String, String> annotations = Map.of();
    private String mountLabel = "";
    private String cgroupsPath = "";
    private long uid;
    private long gid;

    Reading(Json json) {
      this.json = json;
    }

    ContainerSpec spec(Path bundle) throws IOException {
      json.object("the document", this::member);
      if (rootPath.isEmpty()) {
        throw new IllegalArgumentException("no root.path");
      }
      return new ContainerSpec(
          bundle.resolve(rootPath).normalize(),
          rootReadonly,
          List.copyOf(mounts),
          uids,
          gids,
          annotations,
          Optional.of(mountLabel).filter(label -> !label.isEmpty()),
          Optional.of(cgroupsPath).filter(path -> !path.isEmpty()),
          uid,
          gid);
    }

    private void member(String name) throws IOException {
      switch (name) {
        case "root" -> json.object(name, this::root);
        case "mounts" -> json.array(name, () -> mounts.add(mount()));
        case "annotations" -> annotations = json.annotations();
        case "linux" -> json.object(name, this::linux);
        case "process" -> json.object(name, this::process);
        default -> json.skip();
      }
    }

    private void root(String name) throws IOException {
      switch (name) {
        case "path" -> rootPath = json.string("root.path");
        case "readonly" -> rootReadonly = json.bool("root.readonly");
        default -> json.skip();
      }
    }

    private void linux(String name) throws IOException {
      switch (name) {
        case "uidMappings" -> uids = mapping(name);
        case "gidMappings" -> gids = mapping(name);
        case "mountLabel" -> mountLabel = json.optionalString(name);
        case "cgroupsPath" -> cgroupsPath = json.optionalString(name);
        default -> json.skip();
      }
    }

    private void process(String name) throws IOException {
      if (name.equals("user")) {
        json.object("process.user", this::user);
      } else {
        json.skip();
      }
    }

    private void user(String name) throws IOException {
      switch (name) {
        case "uid" -> uid = json.integer("process.user.uid", 0, ID_MAX);
        case "gid" -> gid = json.integer("process.user.gid", 0, ID_MAX);
        default -> json.skip();
      }
    }

    private Mount mount() throws IOException {
      String[] text = {"", "", ""};
      List<String> options = new ArrayList<>();
      json.object(
          "mount",
          name -> {
            switch (name) {
              case "destination" -> text[0] = json.string("mount.destination");
              case "source" -> text[1] = json.optionalString("mount.source");
              case "type" -> text[2] = json.optionalString("mount.type");
              case "options" -> options.addAll(json.strings("mount.options"));
              default -> json.skip();
            }
          });
      if (text[0].isEmpty()) {
        throw new IllegalArgumentException("a mount without destination");
      }
      return new Mount(text[0], text[1], text[2], List.copyOf(options));
    }

    private IdMapping mapping(String what) throws IOException {
      List<IdMapping.Range> ranges = new ArrayList<>();
      json.array(what, () -> ranges.add(range(what)));
      return IdMapping.of(ranges);
    }

    private IdMapping.Range range(String what) throws IOException {
      long[] number = new long[3];
      json.object(
          what,
          name -> {
            switch (name) {
              case "containerID" -> number[0] = json.integer(what, 0, ID_MAX);
              case "hostID" -> number[1] = json.integer(what, 0, ID_MAX);
              case "size" -> number[2] = json.integer(what, 0, ID_MAX);
              default -> json.skip();
            }
          });
      return new IdMapping.Range(number[0], number[1], number[2]);
    }
  }
}
