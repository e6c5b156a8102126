package io.diffkeeper.history;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diffkeeper.store.Version;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said to have changed between two trees. */
class ChangesTest {
  @TempDir Path scratch;
  private History history;

  @BeforeEach
  void open() {
    history = new History(scratch);
  }

  @AfterEach
  void close() {
    history.close();
  }

  private void assertChanges(String before, String after, String... expected) throws IOException {
    Version a = history.commit(before);
    Version b = history.commit(after);
    assertEquals(List.of(expected), history.changes(a, b), before + " => " + after);
    assertEquals(List.of(), history.changes(b, b));
  }

  @Test
  void tellsEachOperation() throws IOException {
    assertChanges("f=1", "f=1 g=2", "create g");
    assertChanges("f=1", "f=2", "modify f");
    assertChanges("f=1", "f=1:600", "attributes f");
    assertChanges("f=1 g=2", "g=2", "remove f");
    assertChanges("f=1", "f->x", "replace f");
    assertChanges("l->x", "l->y", "modify l");
    assertChanges("f=1", "g=1", "rename g<f");
  }

  @Test
  void tellsOfAllThatIsInADirectoryThatCameOrWent() throws IOException {
    assertChanges(
        "f=1", "d/a=2 d/e/b=3 f=1", "create d", "create d/a", "create d/e", "create d/e/b");
    assertChanges("d/a=2 f=1", "f=1", "remove d", "remove d/a");
    assertChanges("d/a=2 f=1", "d=9 f=1", "replace d", "remove d/a");
  }

  @Test
  void aRenamedDirectoryStandsForWhatIsInIt() throws IOException {
    assertChanges("d/a=1 d/b/c=2", "x/a=1 x/b/c=2", "rename x<d");
    assertChanges("d/a=1 d-2=5", "x/a=1 d-2=5", "rename x<d");
  }

  @Test
  void followsFilesOutOfADirectoryThatHasChangedAsWell() throws IOException {
    assertChanges(
        "d/a=1 d/b=2",
        "x/a=1 x/b=3",
        "remove d",
        "remove d/b",
        "create x",
        "rename x/a<d/a",
        "create x/b");
  }

  @Test
  void aFileThatTookAnothersPlaceIsARename() throws IOException {
    assertChanges("f=1 f.tmp=2", "f=2", "rename f<f.tmp");
  }

  @Test
  void aCopyIsNoRename() throws IOException {
    assertChanges("f=1", "f=1 g=1", "create g");
  }

  @Test
  void prefersTheSameNameAmongEqualFiles() throws IOException {
    assertChanges(
        "d/a=1 d/b=1 e/k=2", "e/a=1 e/b=1 e/k=2", "remove d", "rename e/a<d/a", "rename e/b<d/b");
  }
}
