package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Podman of an ordinary user: hooks run in a user namespace, without eBPF. Takes a user with
 * subordinate ids: {@code useradd --create-home NAME}, and a line in /etc/subuid and /etc/subgid.
 */
@Timeout(180)
class RootlessIT {
  private static Optional<String> user() throws IOException {
    Path file = Path.of("/etc/subuid");
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    List<String> known =
        Files.readAllLines(Path.of("/etc/passwd")).stream().map(l -> l.split(":")[0]).toList();
    return Files.readAllLines(file).stream()
        .map(line -> line.split(":")[0])
        .filter(name -> known.contains(name) && !name.equals("root"))
        .findFirst();
  }

  private static final String SETUP =
      """
      set -e
      umask 022
      cd "$HOME"
      mkdir -p -m 700 run hooks .config/containers
      printf '[containers]\\ndefault_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]\\n' \\
        > .config/containers/containers.conf
      printf '[engine]\\ncgroup_manager = "cgroupfs"\\nevents_logger = "file"\\n' \\
        >> .config/containers/containers.conf
      printf '[storage]\\ndriver = "vfs"\\n' > .config/containers/storage.conf
      printf 'spares = 0\\nstore = "%s/store"\\n' "$HOME" > config.toml
      for hook in "$1"/share/containers/oci/hooks.d/*; do
        sed "s|\\"diffkeeper-hook\\", |&\\"--config\\", \\"$HOME/config.toml\\", \\"--run-dir\\", \\"$HOME/run/dk\\", |" \\
          "$hook" > "hooks/${hook##*/}"
      done
      podman load -q -i "$2"
      """;

  private final World world;
  private final String name;
  private final Path home;

  RootlessIT() throws IOException {
    name = user().orElse(null);
    assumeTrue(name != null, "no user with subordinate ids");
    world = new World("crun");
    home = Files.createTempDirectory(Path.of("/var/tmp"), "dkr");
  }

  private Run as(String script, String... arguments) {
    List<String> words = new ArrayList<>(List.of("setpriv", "--reuid", name, "--regid", name));
    words.addAll(List.of("--init-groups", "--reset-env", "env", "HOME=" + home));
    words.addAll(List.of("XDG_RUNTIME_DIR=" + home + "/run", "sh", "-c", script, "sh"));
    words.addAll(List.of(arguments));
    return world.run(null, words);
  }

  private static final String PODMAN =
      "cd \"$HOME\"; exec podman --hooks-dir \"$HOME/hooks\" \"$@\"";

  private Run podman(String... words) {
    return as(PODMAN, words);
  }

  private Run keeping(String... words) {
    List<String> all = new ArrayList<>(List.of("run", "--rm", "--name", "web", "--network"));
    all.addAll(List.of("none", "--annotation", "io.diffkeeper.state-dir=/data"));
    all.addAll(List.of("--annotation", "run.oci.hooks.stderr=" + home + "/hook.err"));
    all.add(Images.FIRST);
    all.addAll(List.of(words));
    return podman(all.toArray(String[]::new));
  }

  @Test
  void aUsersContainerIsKeptInTheUsersStore() throws Exception {
    try {
      Path image = home.resolve("image.tar");
      world.run(null, List.of("podman", "save", "-q", "-o", image.toString(), Images.FIRST));
      world.run(null, List.of("chown", "-R", name, home.toString())).expect(0);
      Path dist = World.hook().getParent().getParent().getParent().getParent();
      Run setup = as(SETUP, dist.toString(), image.toString());
      assumeTrue(setup.code() == 0, () -> "rootless podman does not work here: " + setup);

      String fill =
          "cd /data; echo mine > own; chown 5:6 own; rm image/removed; mkdir -m 700 d;"
              + "ln -s own link; ln own hard; fileops manifest /data";
      String before = keeping("sh", "-c", "PATH=$PATH:/;" + fill).expect(0).out();
      assertTrue(before.contains("./own f 0644 5:6 "), before);
      String after = keeping("/fileops", "manifest", "/data").expect(0).out();
      assertEquals(before, after);
      assertTrue(as("ls \"$HOME/store/data.mdb\"").code() == 0, "store");
    } finally {
      podman("unshare", "rm", "-rf", home + "/.local");
      as("kill $(cat \"$HOME/run/libpod/tmp/pause.pid\")");
      world.run(null, List.of("rm", "-rf", home.toString()));
      world.close();
    }
  }
}
