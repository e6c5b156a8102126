package io.diffkeeper.history;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diffkeeper.tree.Name;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One file's history, whatever it was called. */
class TrailTest {
  @TempDir Path scratch;

  private List<String> trail(String path, String... lines) throws IOException {
    try (History history = new History(scratch)) {
      for (String line : lines) {
        history.commit(line);
      }
      List<String> shown = new ArrayList<>();
      Trail.walk(
          new Timeline(history.store, History.STATE),
          Name.of("/data/" + path),
          (step, change) -> shown.add(step.version().number() + " " + History.shown(change)));
      return shown;
    }
  }

  @Test
  void followsAFileToItsFormerNames() throws IOException {
    assertEquals(
        List.of("1 create a", "2 modify a", "3 rename b<a", "4 rename c<b", "5 modify c"),
        trail("c", "a=1 z=0", "a=2 z=0", "b=2 z=0", "c=2 z=9", "c=3 z=9"));
  }

  @Test
  void followsAFileToItsLaterNames() throws IOException {
    assertEquals(
        List.of("1 create a", "2 rename b<a", "3 modify b", "4 remove b"),
        trail("a", "a=1 z=0", "b=1 z=0", "b=2 z=1", "z=1"));
  }

  @Test
  void followsAFileToWhereAnotherOneWas() throws IOException {
    assertEquals(
        List.of("1 create a", "2 rename b<a", "3 modify b"),
        trail("a", "a=1 b=2 z=0", "b=1 c=2 z=0", "b=5 c=2 z=0"));
  }

  @Test
  void anotherFileOfAFormerNameIsAnother() throws IOException {
    assertEquals(
        List.of("1 create a", "2 rename b<a", "4 modify b"),
        trail("b", "a=1", "b=1", "a=5 b=1", "a=6 b=2"));
  }

  @Test
  void followsAFileInADirectoryThatWasRenamed() throws IOException {
    assertEquals(
        List.of("1 create d/f", "2 rename e<d", "3 modify e/f"),
        trail("e/f", "d/f=1 d/g=1", "e/f=1 e/g=1", "e/f=2 e/g=2"));
  }

  @Test
  void aDirectoryHasTheChangesOfAllThatIsInIt() throws IOException {
    assertEquals(
        List.of("1 create d", "1 create d/f", "2 modify d/f", "3 remove d", "3 remove d/f"),
        trail("d", "d/f=1 x=0", "d/f=2 x=1", "x=7"));
  }
}
