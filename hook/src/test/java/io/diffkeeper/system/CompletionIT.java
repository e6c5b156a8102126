package io.diffkeeper.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Shells that somebody types into complete commands, options, states, versions, and paths in them.
 * Those of the package are found by themselves, where it is installed.
 */
@Timeout(600)
class CompletionIT {
  private static final String PROMPT = "ready> ";

  @Test
  void shellsCompleteWhatIsTyped() throws Exception {
    try (World world = new World("crun", World.NO_SPARES)) {
      Path home = Files.createDirectories(world.scratch().resolve("home"));
      Path dir = Files.createDirectory(world.scratch().resolve("dir"));
      List<String> run = new ArrayList<>(List.of("--name", "job", "--run-dir"));
      run.addAll(List.of("" + world.runDir(), "--state-dir", "" + dir, "--", "sh", "-c"));
      run.add("mkdir " + dir + "/sub; echo kept > " + dir + "/sub/file");
      world.cli("run", run.toArray(String[]::new)).expect(0);
      world.run(null, List.of("rm", "-r", dir.toString())).expect(0); // only versions have it now
      for (List<String> shell : List.of(bash(home), zsh(home), fish(home))) {
        List<String> words = new ArrayList<>(environment(world, home));
        words.addAll(shell);
        try (Terminal terminal = new Terminal(world, 200, words.toArray(String[]::new))) {
          terminal.await(PROMPT.strip());
          completes(terminal, "timel", "timeline ");
          completes(terminal, "diff --sta", "diff --stat ");
          completes(terminal, "log jo", "log job ");
          completes(terminal, "cat job@la", "cat job@latest ");
          String path = "cat job@latest " + dir;
          completes(terminal, path.substring(0, path.length() - 2), path + "/");
          completes(terminal, path + "/su", path + "/sub/");
          terminal.keys("fi");
          terminal.press("Tab");
          terminal.await(path + "/sub/file");
          terminal.press("Enter");
          terminal.await("\nkept\n");
        }
      }
    }
  }

  /** Types words after a cleared line, and Tab. */
  private static void completes(Terminal terminal, String typed, String expected) {
    terminal.press("C-u");
    terminal.keys("diffkeeper " + typed);
    terminal.press("Tab");
    terminal.keys("_"); // so that a blank at the end is seen
    terminal.await("diffkeeper " + expected + "_");
    terminal.press("BSpace");
  }

  private static List<String> environment(World world, Path home) throws IOException {
    String path = world.tools() + ":" + System.getenv("PATH");
    String data = World.dist() + "/share:/usr/local/share:/usr/share";
    return List.of(
        "env", "HOME=" + home, "ZDOTDIR=" + home, "PATH=" + path, "XDG_DATA_DIRS=" + data);
  }

  private static List<String> bash(Path home) throws IOException {
    Path settings = home.resolve("bashrc");
    String script = ". /usr/share/bash-completion/bash_completion\nPS1='" + PROMPT + "'\n";
    Files.writeString(settings, script);
    return List.of("bash", "--noprofile", "--rcfile", settings.toString());
  }

  /** It looks where it was built to; what is not installed has to be named. */
  private static List<String> zsh(Path home) throws IOException {
    Path functions = World.dist().resolve("share/zsh/site-functions");
    String named = World.dist().equals(Path.of("/usr")) ? "" : "fpath+=(" + functions + ")\n";
    String script = named + "autoload -U compinit\ncompinit -u -D\nPS1='" + PROMPT + "'\n";
    Files.writeString(home.resolve(".zshrc"), script);
    return List.of("zsh");
  }

  private static List<String> fish(Path home) throws IOException {
    Path settings = Files.createDirectories(home.resolve(".config/fish")).resolve("config.fish");
    String script =
        "set -g fish_greeting\nset -g fish_autosuggestion_enabled 0\nfunction fish_prompt\n  echo -n '"
            + PROMPT
            + "'\nend\n";
    Files.writeString(settings, script);
    return List.of("fish");
  }
}
