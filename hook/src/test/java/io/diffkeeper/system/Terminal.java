package io.diffkeeper.system;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A terminal of its own, by tmux, with a shell in it. */
final class Terminal implements AutoCloseable {
  private static final AtomicInteger NUMBERS = new AtomicInteger();

  private final World world;
  private final List<String> tmux;

  /**
   * Opens it.
   *
   * @param columns how wide it is
   * @param shell a program and its arguments
   */
  Terminal(World world, int columns, String... shell) {
    this.world = world;
    // One server for each: that of the one before may still be ending.
    Path socket = world.scratch().resolve("terminal-" + NUMBERS.incrementAndGet());
    this.tmux = List.of("tmux", "-S", socket.toString(), "-f", "/dev/null");
    List<String> words = new ArrayList<>(List.of("new-session", "-d"));
    words.addAll(List.of("-x", Integer.toString(columns), "-y", "40"));
    words.addAll(List.of(shell));
    tmux(words.toArray(String[]::new));
  }

  /** With a plain shell. */
  Terminal(World world) {
    this(world, 120, "env", "PS1=$ ", "sh");
  }

  private Run tmux(String... words) {
    List<String> all = new ArrayList<>(tmux);
    all.addAll(List.of(words));
    return Run.of(world.scratch(), null, all).expect(0);
  }

  /** Types a line. */
  void type(String line) {
    keys(line);
    press("Enter");
  }

  /** Types characters as they are. */
  void keys(String text) {
    tmux("send-keys", "-l", text);
  }

  /** Presses a key that has a name: Tab, Enter, C-u. */
  void press(String key) {
    tmux("send-keys", key);
  }

  /** The screen, colours included. */
  String screen() {
    return tmux("capture-pane", "-e", "-p").out();
  }

  /** What is to be read on the screen. */
  String text() {
    return tmux("capture-pane", "-p").out();
  }

  /** Waits until it shows a text; returns the screen. */
  String await(String text) {
    Await.until("the terminal shows " + text, () -> text().contains(text), this::screen);
    return screen();
  }

  @Override
  public void close() {
    tmux("kill-server");
  }
}
