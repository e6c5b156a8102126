package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Podman of an ordinary user: hooks run in a user namespace, without eBPF. The user is in a passwd
 * and a subuid file that only the test's processes see, in a mount namespace of their own.
 */
@Timeout(600)
class RootlessIT {
  private static final String NAME = "dkuser";
  private static final int UID = 64_321;
  private static final String KNOWN =
      """
      set -e
      for f in passwd group subuid subgid; do mount --bind "$1/$f" /etc/$f; done
      shift
      exec "$@"
      """;

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
      for hook in "$1"/share/containers/oci/hooks.d/*-diffkeeper*; do
        sed "s|\\"diffkeeper-hook\\", |&\\"--config\\", \\"$HOME/config.toml\\", \\"--run-dir\\", \\"$HOME/run/dk\\", |" \\
          "$hook" > "hooks/${hook##*/}"
      done
      podman load -q -i "$2"
      """;

  private final World world;
  private final Path etc;
  private final Path home;

  RootlessIT() throws IOException {
    world = new World("crun");
    etc = Files.createDirectory(world.scratch().resolve("etc"));
    home = Files.createTempDirectory(Path.of("/var/tmp"), "dkr");
    know("passwd", NAME + ":x:" + UID + ":" + UID + "::" + home + ":/bin/sh\n");
    know("group", NAME + ":x:" + UID + ":\n");
    know("subuid", NAME + ":700000:65536\n");
    know("subgid", NAME + ":700000:65536\n");
  }

  private void know(String file, String line) throws IOException {
    Path real = Path.of("/etc", file);
    Files.writeString(etc.resolve(file), Files.readString(real) + line);
  }

  private Run as(String script, String... arguments) {
    List<String> words = new ArrayList<>(List.of("unshare", "--mount", "sh", "-c", KNOWN, "sh"));
    words.addAll(List.of(etc.toString(), "setpriv", "--reuid", NAME, "--regid", NAME));
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
      world.run(null, List.of("chown", "-R", Integer.toString(UID), home.toString())).expect(0);
      Path dist = World.hook().getParent().getParent().getParent().getParent();
      as(SETUP, dist.toString(), image.toString()).expect(0);

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
