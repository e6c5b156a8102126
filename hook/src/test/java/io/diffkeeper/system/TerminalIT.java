package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What people see on a terminal, by tmux, and programs in a pipe do not. */
@Timeout(300)
class TerminalIT {
  private static final String ESCAPE = "\033[";

  private static String command(World world, String words) {
    return World.program() + " " + words.replaceFirst(" ", " --config " + world.config() + " ");
  }

  private static Path state(World world) throws Exception {
    Path dir = Files.createDirectory(world.scratch().resolve("dir"));
    String script = "printf 'a\\nb\\n' > " + dir + "/f";
    List<String> words = List.of("--name", "job", "--run-dir", "" + world.runDir());
    List<String> all = new ArrayList<>(words);
    all.addAll(List.of("--state-dir", "" + dir, "--", "sh", "-c", script));
    world.cli("run", all.toArray(String[]::new)).expect(0);
    return dir;
  }

  @Test
  void hasColoursUnlessTheyAreNotWanted() throws Exception {
    try (World world = new World("crun", World.NO_SPARES)) {
      state(world);
      String diff = command(world, "diff job base");
      try (Terminal terminal = new Terminal(world)) {
        terminal.type(diff + "; echo end-$((1 + 1))");
        String coloured = terminal.await("end-2");
        assertTrue(coloured.contains(ESCAPE + "32m+a"), coloured);
        terminal.type("clear; NO_COLOR=1 " + diff + "; echo end-$((2 + 2))");
        String plain = terminal.await("end-4");
        assertTrue(plain.contains("+a") && !plain.contains(ESCAPE + "32m"), plain);
      }
      String piped = world.cli("diff", "job", "base").expect(0).out();
      assertFalse(piped.contains(ESCAPE), piped);
    }
  }

  @Test
  void showsProgressOfWhatTakesLongerThanASecondAndClearsIt() throws Exception {
    try (World world = new World("crun", World.NO_SPARES)) {
      Path dir = state(world);
      byte[] archive = world.cli("export", "job", "--out", "-").expect(0).bytes();
      Path fifo = world.scratch().resolve("fifo");
      world.run(null, List.of("mkfifo", fifo.toString())).expect(0);
      try (Terminal terminal = new Terminal(world)) {
        terminal.type(
            command(world, "import new --from - --state-dir " + dir)
                + " < "
                + fifo
                + "; echo end-$((1 + 1))");
        try (OutputStream out = Files.newOutputStream(fifo)) {
          out.write(archive, 0, 100); // not even the first header
          out.flush();
          terminal.await("import  ");
          out.write(archive, 100, archive.length - 100);
        }
        String after = terminal.await("end-2");
        assertFalse(after.contains("B/s"), after);
        assertTrue(after.contains("podman/new"), after);
      }
      Run piped = world.cli("export", "new", "--out", "-").expect(0);
      assertEquals("", piped.err());
    }
  }

  @Test
  void staysOnOneLineOfANarrowTerminal() throws Exception {
    try (World world = new World("crun", World.NO_SPARES)) {
      Path dir = state(world);
      byte[] archive = world.cli("export", "job", "--out", "-").expect(0).bytes();
      Path fifo = world.scratch().resolve("fifo");
      world.run(null, List.of("mkfifo", fifo.toString())).expect(0);
      String words = command(world, "import new --from - --state-dir " + dir);
      String script = words + " < " + fifo + "; cat"; // that waits: the terminal stays
      try (Terminal terminal = new Terminal(world, 20, "sh", "-c", script)) {
        Set<String> drawn = new LinkedHashSet<>();
        try (OutputStream out = Files.newOutputStream(fifo)) {
          out.write(archive, 0, 100);
          out.flush();
          terminal.await("import  100 B");
          Await.until(
              "it is drawn again",
              () -> drawn.add(terminal.text().strip()) && drawn.size() > 2,
              () -> drawn);
          out.write(archive, 100, archive.length - 100);
        }
        drawn.forEach(each -> assertFalse(each.contains("\n"), drawn::toString));
        terminal.await("podman/new");
      }
    }
  }

  @Test
  void showsTheShareAndTheRemainingTimeWhereTheEndIsKnown() throws Exception {
    try (World world = new World("crun", World.NO_SPARES)) {
      Path dir = Files.createDirectory(world.scratch().resolve("large"));
      String fill = "head -c 4000000 /dev/urandom > " + dir + "/f";
      List<String> run = List.of("--name", "job", "--run-dir", "" + world.runDir());
      List<String> all = new ArrayList<>(run);
      all.addAll(List.of("--state-dir", "" + dir, "--", "sh", "-c", fill));
      world.cli("run", all.toArray(String[]::new)).expect(0);
      Path fifo = world.scratch().resolve("fifo");
      world.run(null, List.of("mkfifo", fifo.toString())).expect(0);
      try (Terminal terminal = new Terminal(world)) {
        terminal.type(
            command(world, "export job --out -") + " > " + fifo + "; echo end-$((1 + 1))");
        try (InputStream in = Files.newInputStream(fifo)) {
          in.readNBytes(1_000_000); // the rest waits, and so does whoever writes it
          String screen = terminal.await(" left");
          assertTrue(screen.matches("(?s).*export \\[#+\\.+\\] +[1-9][0-9]? %.*"), screen);
          in.transferTo(OutputStream.nullOutputStream());
        }
        String after = terminal.await("end-2");
        assertFalse(after.contains(" left"), after);
      }
    }
  }
}
