package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A container performs every file operation; the next one of its name finds the same tree. The
 * manifest of {@code fileops} says what is compared.
 */
@Timeout(600)
class FileOperationsIT {
  /** What some file systems and seccomp filters do not permit, by the operation's name. */
  private static final Set<String> MAY_BE_IMPOSSIBLE =
      Set.of("io_uring", "aio", "O_DIRECT", "O_TMPFILE", "zero range", "rename exchange");

  private static final Map<String, List<String>> PLACES =
      Map.of(
          "overlay", List.of(),
          "tmpfs", List.of("--mount", "type=tmpfs,destination=/data,notmpcopyup"),
          "volume", List.of("--volume", "NAME:/data"));

  private static List<String> options(World world, String place, String... more) {
    List<String> options = new ArrayList<>();
    PLACES.get(place).forEach(word -> options.add(word.replace("NAME", world.name)));
    options.addAll(List.of(more));
    return options;
  }

  private static void removeVolume(World world, String place) {
    if (place.equals("volume")) {
      world.podman("volume", "rm", world.name);
    }
  }

  private static void assertPerformed(Attached container) {
    Set<String> impossible =
        container.lines().stream()
            .filter(line -> line.startsWith("not "))
            .map(line -> line.substring(4, line.indexOf(':')))
            .filter(operation -> !MAY_BE_IMPOSSIBLE.contains(operation))
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(Set.of(), impossible, container::everything);
    assertTrue(container.lines().contains("did mmap"), container::everything);
  }

  private static void assertSameTree(World world, String before, String after) {
    assertTrue(before.lines().count() > 100, before);
    List<String> lost = new ArrayList<>(before.lines().toList());
    List<String> wrong = new ArrayList<>(after.lines().toList());
    lost.removeAll(after.lines().toList());
    wrong.removeAll(before.lines().toList());
    assertEquals(
        String.join("\n", lost), String.join("\n", wrong), world::log); // only what differs
    assertEquals(before, after);
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({
    "crun, overlay",
    "crun, tmpfs",
    "crun, volume",
    "runc, overlay",
    "runc, tmpfs",
    "runc, volume"
  })
  void aKilledAndRemovedContainersTreeComesBack(String runtime, String place) throws Exception {
    try (World world = new World(runtime)) {
      List<String> options = options(world, place);
      Attached first = world.start(options, Images.FIRST, "/fileops", "exercise", "/data");
      first.await("ready");
      assertPerformed(first);
      String before = world.manifest();
      world.killAndRemove();
      removeVolume(world, place);
      String after = world.once(options, Images.FIRST, "/fileops", "manifest", "/data").out();
      assertSameTree(world, before, after);
      world.cli("verify").expect(0);
    }
  }

  /** No final sweep: events alone have to have told of everything. */
  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"overlay", "tmpfs", "volume"})
  void afterACommitTheKeeperAndTheContainerMayDieAtOnce(String place) throws Exception {
    try (World world = new World("crun")) {
      List<String> options = options(world, place);
      Attached first = world.start(options, Images.FIRST, "/fileops", "exercise", "/data");
      first.await("ready");
      world.commit(world.name);
      String before = world.manifest();
      long version = versions(world);
      world.killKeepers();
      world.podman("kill", "--signal", "KILL", world.name);
      world.remove();
      removeVolume(world, place);
      assertEquals(version, versions(world), "the barrier missed something");
      String after = world.once(options, Images.FIRST, "/fileops", "manifest", "/data").out();
      assertSameTree(world, before, after);
    }
  }

  private static long versions(World world) {
    return world.cli("log", world.name).expect(0).out().lines().count();
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"crun", "runc"})
  void aReadOnlyContainerGetsItsTreeToo(String runtime) throws Exception {
    try (World world = new World(runtime)) {
      world.start(List.of(), Images.FIRST, "/fileops", "exercise", "/data").await("ready");
      String before = world.manifest();
      world.killAndRemove();
      List<String> readOnly = List.of("--read-only");
      String after = world.once(readOnly, Images.FIRST, "/fileops", "manifest", "/data").out();
      assertSameTree(world, before, after);
    }
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"crun", "runc"})
  void ownersAreTheContainersOwnUnderAMapping(String runtime) throws Exception {
    try (World world = new World(runtime)) {
      List<String> mapped = List.of("--uidmap", "0:200000:65536", "--gidmap", "0:300000:65536");
      world.start(mapped, Images.FIRST, "/fileops", "exercise", "/data").await("ready");
      String before = world.manifest();
      assertTrue(before.contains("./chown f 0644 1001:2000 "), before);
      world.killAndRemove();
      String after = world.once(mapped, Images.FIRST, "/fileops", "manifest", "/data").out();
      assertSameTree(world, before, after);

      List<String> otherwise = List.of("--uidmap", "0:400000:65536", "--gidmap", "0:500000:65536");
      String moved = world.once(otherwise, Images.FIRST, "/fileops", "manifest", "/data").out();
      assertSameTree(world, before, moved);
    }
  }
}
