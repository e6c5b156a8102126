package io.diffkeeper.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Control groups of a host that has nothing else on it: a namespace whose root is a group of the
 * test's own, in every hierarchy that the kernel has here (cgroup_namespaces(7)).
 *
 * <pre>
 *   /sys/fs/cgroup/HIERARCHY/diffkeeper-it-N          what is /sys/fs/cgroup/HIERARCHY inside
 *   /sys/fs/cgroup/HIERARCHY/diffkeeper-it-N/tests    of version 2: where commands start
 * </pre>
 */
final class OwnCgroups implements AutoCloseable {
  private static final int DEPTH_MAX = 8;

  private static final String HOLD =
      """
      group=$1 list=$2
      awk -v types="$4" '$3 ~ types && $2 ~ "^/sys/fs/cgroup" { print $2, $3 }' /proc/self/mounts |
        sort -u > "$list"
      while read -r at type; do
        mkdir "$at/$group" || exit
        for file in cpuset.cpus cpuset.mems; do
          [ ! -e "$at/$file" ] || cat "$at/$file" > "$at/$group/$file"
        done
        echo $$ > "$at/$group/cgroup.procs" || exit
      done < "$list"
      exec unshare --cgroup --mount --propagation slave sh -c "$3" sh "$list"
      """;

  /** Inside, as this host has them. */
  private static final String AS_HERE =
      """
      mount -t tmpfs none /sys/fs/cgroup
      while read -r at type; do
        mkdir -p "$at"
        case $type:${at##*/} in
          cgroup2:*)
            mount -t cgroup2 none "$at" && mkdir "$at/tests" && echo $$ > "$at/tests/cgroup.procs" ;;
          *:systemd) mount -t cgroup -o none,name=systemd none "$at" ;;
          *) mount -t cgroup -o "${at##*/}" none "$at" ;;
        esac || exit
      done < "$1"
      echo ready
      exec sleep infinity
      """;

  /** Inside, as a host has them with nothing but version 2. */
  private static final String UNIFIED =
      """
      mount -t cgroup2 none /sys/fs/cgroup && mkdir /sys/fs/cgroup/tests || exit
      echo $$ > /sys/fs/cgroup/tests/cgroup.procs
      echo ready
      exec sleep infinity
      """;

  private static final String ENTER =
      """
      while read -r at type; do
        group=$at/$1
        [ "$type" = cgroup ] || group=$group/tests
        echo $$ > "$group/cgroup.procs" || exit
      done < "$2"
      holder=$3
      shift 3
      exec nsenter --target "$holder" --mount --cgroup "$@"
      """;

  private final String name = "diffkeeper-it-" + ProcessHandle.current().pid();
  private final Path folder;
  private final Path list;
  private final Attached holder;

  private OwnCgroups(String types, String inside) throws IOException {
    this.folder = Files.createTempDirectory("cgroups");
    this.list = folder.resolve("list");
    List<String> words = List.of("sh", "-c", HOLD, "sh", name, "" + list, inside, types);
    this.holder = new Attached(folder, words);
    holder.await("ready");
  }

  /** Those of a host like this one. */
  static OwnCgroups asHere() throws IOException {
    return new OwnCgroups("^cgroup2?$", AS_HERE);
  }

  /** Those of a host that has version 2 only. */
  static OwnCgroups unified() throws IOException {
    return new OwnCgroups("^cgroup2$", UNIFIED);
  }

  /** The words before a command that has to run there. */
  List<String> entry() {
    return List.of("sh", "-c", ENTER, "sh", name, "" + list, "" + holder.pid());
  }

  /** Our part of each hierarchy, seen from outside. */
  private List<Path> roots() throws IOException {
    List<Path> all = new ArrayList<>();
    for (String line : Files.readAllLines(list)) {
      all.add(Path.of(line.split(" ")[0], name));
    }
    return all;
  }

  /** The groups of a process by hierarchy, as paths inside. */
  Map<String, String> of(long pid) throws IOException {
    Map<String, String> groups = new TreeMap<>();
    for (String line : Files.readAllLines(Path.of("/proc", "" + pid, "cgroup"))) {
      String[] fields = line.split(":", 3);
      if (fields[2].startsWith("/" + name)) {
        groups.put(fields[1], fields[2].substring(name.length() + 1));
      }
    }
    return groups;
  }

  /** How many hierarchies there are. */
  int hierarchies() throws IOException {
    return roots().size();
  }

  /** What a setting of a group is; empty where the kernel has no such setting for it. */
  String setting(String group, String file) {
    try {
      for (Path root : roots()) {
        Path setting = root.resolve(group).resolve(file);
        if (Files.exists(setting)) {
          return Files.readString(setting).strip();
        }
      }
      return "";
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** SIGKILLs all that is in any group but one and in those below it, and removes the groups. */
  void killAllBut(String spared) throws IOException {
    for (Path root : roots()) {
      Path left = root.resolve(spared);
      Await.until(
          "all killed in " + root, () -> isClear(root, group -> group.startsWith(left)), () -> "");
    }
  }

  /** Whether nobody is left in any group below one; kills and removes what there is. */
  private boolean isClear(Path root, Predicate<Path> spared) {
    boolean clear = true;
    try (Stream<Path> all = Files.find(root, DEPTH_MAX, (path, is) -> is.isDirectory())) {
      List<Path> deepestFirst =
          all.filter(spared.negate()).sorted(Comparator.reverseOrder()).toList();
      for (Path group : deepestFirst) {
        for (String pid : Files.readAllLines(group.resolve("cgroup.procs"))) {
          if (Long.parseLong(pid) != holder.pid()) {
            clear = false;
            ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
          }
        }
        removeUnlessUsed(group);
      }
      return clear;
    } catch (IOException | UncheckedIOException goneMeanwhile) {
      return false;
    }
  }

  private static void removeUnlessUsed(Path group) {
    try {
      Files.delete(group);
    } catch (IOException used) {
      // The next look finds it again.
    }
  }

  private boolean isGone(Path root) {
    isClear(root, group -> false);
    return !Files.exists(root);
  }

  /** Ends what is there, and removes all of it. */
  @Override
  public void close() throws IOException {
    List<Path> all = roots();
    holder.close();
    all.forEach(root -> Await.until(root + " is removed", () -> isGone(root), () -> ""));
    Run.of(Path.of("/tmp"), null, List.of("rm", "-r", folder.toString()));
  }
}
