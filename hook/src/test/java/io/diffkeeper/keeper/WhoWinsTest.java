package io.diffkeeper.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diffkeeper.store.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** At a start there are a tree and a store: the newer one wins. */
class WhoWinsTest {
  private static final Lives.Work NOTHING = tree -> {};
  private static final Lives.Work IMAGE = image("f=1 g=1");

  @TempDir Path temp;
  private Lives lives;

  @BeforeEach
  void begin() {
    lives = new Lives(temp);
  }

  private static Lives.Work image(String text) {
    return tree -> Sketch.image(tree, text);
  }

  private static Lives.Work change(String text) {
    return tree -> Sketch.change(tree, text);
  }

  private Path tree(String container) {
    return temp.resolve("trees").resolve(container);
  }

  private String data(String container) throws IOException {
    return Sketch.of(tree(container));
  }

  @Test
  void aNewContainerTakesTheStores() throws IOException {
    lives.live("c1", "app:1", IMAGE, change("f=c n=c"));
    lives.live("c2", "app:1", IMAGE, NOTHING);
    assertEquals("f=c n=c", data("c2"));
  }

  /** A reboot takes the run directory and every lock away, and nothing else. */
  @Test
  void theSameContainerKeepsItsTreeAfterAReboot() throws IOException {
    Version first = lives.live("c1", "app:1", IMAGE, change("f=c g=1"));
    deleteAll(lives.store().resolve("locks"));
    deleteAll(temp.resolve("run"));
    Sketch.change(tree("c1"), "f=newer g=1");
    Version second = lives.live("c1", "app:1", IMAGE, NOTHING);
    assertEquals("f=newer g=1", data("c1"));
    assertEquals(first.number() + 1, second.number(), "captured as a version of its own");
    assertEquals(first.base(), second.base());
  }

  private static void deleteAll(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> all = Files.walk(folder)) {
        for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }

  @Test
  void theSameContainersUnchangedTreeMakesNoVersion() throws IOException {
    Version first = lives.live("c1", "app:1", IMAGE, change("f=c g=1"));
    Version second = lives.live("c1", "app:1", IMAGE, NOTHING);
    assertEquals(first.root(), second.root());
  }

  /** Its own tree is older than the store by then, and no image's either. */
  @Test
  void aContainerThatComesBackAfterAnotherOneTakesTheStores() throws IOException {
    lives.live("c1", "app:1", IMAGE, change("f=c1 own=c1 d/own=c1 g=1"));
    lives.live("c2", "app:1", IMAGE, change("f=1 g=1 d/new=c2"));
    lives.live("c1", "app:1", IMAGE, NOTHING);
    assertEquals("d/new=c2 f=1 g=1", data("c1"), "nothing old of its own comes back");
    lives.live("c3", "app:1", IMAGE, NOTHING);
    assertEquals("d/new=c2 f=1 g=1", data("c3"));
  }

  @Test
  void itsBaseIsStillItsImagesWhenAnotherImageWasThereInBetween() throws IOException {
    lives.live("c1", "app:1", IMAGE, change("f=c1 g=1"));
    lives.live("c2", "app:2", image("f=2 g=2"), NOTHING);
    lives.live("c1", "app:1", IMAGE, NOTHING);
    lives.live("c3", "app:3", image("f=3 g=3"), NOTHING);
    assertEquals("f=c1 g=2", data("c3"), "c2 saw image 2's g, and that is what c1 was given");
  }

  @Test
  void aTmpfsIsFilledAgainForTheSameContainer() throws IOException {
    lives.onVolume(false);
    lives.live("c1", "app:1", NOTHING, change("f=c d/x=c"));
    Sketch.change(tree("c1"), "-");
    lives.live("c1", "app:1", NOTHING, NOTHING);
    assertEquals("d/x=c f=c", data("c1"));
  }

  /** No image gives back what was in a volume that is not there any more. */
  @Test
  void aNewEmptyVolumeGetsWhatTheOldOneHadFromTheBeginning() throws IOException {
    lives.onVolume(true);
    lives.live(
        "c1", "app:1", image("old=1 dir/old=1 empty/"), change("old=1 dir/old=1 empty/ f=c"));
    lives.live("c2", "app:1", NOTHING, NOTHING);
    assertEquals("dir/old=1 empty/ f=c old=1", data("c2"));
    lives.live("c3", "app:2", image("old=2 mine=3"), NOTHING);
    assertEquals("dir/old=1 empty/ f=c mine=3 old=2", data("c3"), "what is there stays");
  }
}
