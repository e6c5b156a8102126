package io.diffkeeper.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.replay.ReplayMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a container made of one image's tree meets the tree of the next image. */
class MergeTest {
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

  private static final Lives.Work NOTHING = tree -> {};

  private String data(String container) throws IOException {
    return Sketch.of(temp.resolve("trees").resolve(container));
  }

  /** Which paths are logged as changed by both comes last. */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
      # what happened                       | image 1     | container   | image 2   | then        | told
      nobody changes it                     | f=1         | f=1         | f=1       | f=1         |
      the image changes it                  | f=1         | f=1         | f=2       | f=2         |
      the container changes it              | f=1         | f=c         | f=1       | f=c         |
      both change it                        | f=1         | f=c         | f=2       | f=c         | f
      both change it to the same            | f=1         | f=2         | f=2       | f=2         |
      the image adds one                    | f=1         | f=1         | f=1 g=2   | f=1 g=2     |
      the container adds one                | f=1         | f=1 g=c     | f=1       | f=1 g=c     |
      both add one                          | f=1         | f=1 g=c     | f=1 g=2   | f=1 g=c     | g
      the container deletes it              | f=1 g=1     | g=1         | f=1 g=1   | g=1         |
      deleted by one, changed by the other  | f=1 g=1     | g=1         | f=2 g=1   | g=1         | f
      the image deletes it                  | f=1 g=1     | f=1 g=1     | g=1       | g=1         |
      changed by one, deleted by the other  | f=1 g=1     | f=c g=1     | g=1       | f=c g=1     | f
      both delete it                        | f=1 g=1     | g=1         | g=1       | g=1         |
      the container deletes a directory     | d/x=1 g=1   | g=1         | d/x=1 g=1 | g=1         |
      the image fills a deleted directory   | d/x=1 g=1   | g=1         | d/y=2 g=1 | g=1         |
      the container makes a directory       | g=1         | d/x=c g=1   | g=1       | d/x=c g=1   |
      both make a directory                 | g=1         | d/x=c g=1   | d/y=2 g=1 | d/x=c d/y=2 g=1 |
      an empty directory                    | g=1         | d/ g=1      | g=1       | d/ g=1      |
      container: directory to file          | d/x=1       | d=c         | d/x=1     | d=c         |
      container: file to directory          | f=1         | f/x=c       | f=2       | f/x=c       | f
      image: file to directory              | f=1         | f=1         | f/x=2     | f/x=2       |
      image: file to directory, f changed   | f=1         | f=c         | f/x=2     | f=c         | f
      image: directory to file              | d/x=1       | d/x=1       | d=2       | d=2         |
      image: directory to file, x changed   | d/x=1 d/y=1 | d/x=c d/y=1 | d=2       | d/x=c       | d
      image: directory to file, n added     | d/x=1       | d/n=c d/x=1 | d=2       | d/n=c       | d
      container: link to directory          | d->e        | d/x=c       | d->e      | d/x=c       |
      container: directory to link          | d/x=1       | d->e        | d/x=1     | d->e        |
      both change a link                    | l->a        | l->b        | l->c      | l->b        | l
      the image changes a link              | l->a        | l->a        | l->c      | l->c        |
      the container changes the mode        | f=1         | f=1:600     | f=1       | f=1:600     |
      mode here, content there              | f=1         | f=1:600     | f=2       | f=2:600     |
      content here, mode there              | f=1         | f=c         | f=1:600   | f=c:600     |
      both change the mode                  | f=1         | f=1:600     | f=1:640   | f=1:600     | f
      both change mode, image content       | f=1         | f=1:600     | f=2:640   | f=2:600     | f
      the image changes the mode            | f=1         | f=1         | f=1:640   | f=1:640     |
      a directory's mode, by the container  | d/ g=1      | d/:700 g=1  | d/ g=1    | d/:700 g=1  |
      a directory's mode, by the image      | d/ g=1      | d/x=c g=1   | d/:700 g=1 | d/:700 d/x=c g=1 |
      a directory's mode, by both           | d/ g=1      | d/:700 g=1  | d/:750 g=1 | d/:700 g=1 | d
      """)
  void threeWays(
      String name, String first, String container, String second, String then, String told)
      throws IOException {
    lives.live("c1", "app:1", image(first), change(container));
    lives.live("c2", "app:2", image(second), NOTHING);
    assertEquals(Sketch.of(sketch("expected", then)), data("c2"));
    List<String> conflicts = lives.logged("the container's way is kept");
    if (told == null) {
      assertEquals(List.of(), conflicts);
    } else {
      assertTrue(conflicts.stream().anyMatch(l -> l.contains("/data/" + told + ":")), name);
    }
    // And what was merged is the state now: the same image again finds just that.
    lives.live("c3", "app:2", image(second), NOTHING);
    assertEquals(data("c2"), data("c3"));
  }

  private Path sketch(String name, String text) throws IOException {
    Path tree = Files.createDirectories(temp.resolve(name));
    Sketch.change(tree, text);
    return tree;
  }

  @Test
  void threeImagesInARow() throws IOException {
    String first = "both=1 image=1 mine=1 gone=1 later=1 d/x=1";
    lives.live("c1", "app:1", image(first), change("both=c image=1 mine=c later=1 d/x=1"));
    String second = "both=2 image=2 mine=1 gone=2 later=2 d/x=2";
    lives.live("c2", "app:2", image(second), change("both=c image=2 mine=c later=c d/x=2 new=c"));
    String third = "both=3 image=3 mine=3 gone=3 later=3 d/x=3";
    lives.live("c3", "app:3", image(third), NOTHING);
    assertEquals("both=c d/x=3 image=3 later=c mine=c new=c", data("c3"));
    lives.live("c4", "app:1", image(first), NOTHING);
    assertEquals("both=c d/x=1 image=1 later=c mine=c new=c", data("c4"), "and back again");
  }

  @Test
  void exactTakesNothingOfTheNewImage() throws IOException {
    lives.live("c1", "app:1", image("f=1 d/x=1"), change("f=c d/x=1"));
    lives.live("c2", "app:2", image("f=2 d/x=2 d/y=2 new=2"), NOTHING, ReplayMode.EXACT);
    assertEquals("d/x=1 f=c", data("c2"));
  }

  @Test
  void whatIsExcludedIsLeftToTheImageEvenWhenExact() throws IOException {
    lives.excluding(path -> path.toString().startsWith("cache/"));
    lives.live("c1", "app:1", image("cache/x=1 f=1"), change("cache/x=c f=c"));
    lives.live("c2", "app:2", image("cache/x=2 cache/y=2 f=2"), NOTHING, ReplayMode.EXACT);
    assertEquals("cache/x=2 cache/y=2 f=c", data("c2"));
  }

  @Test
  void timesOfDirectoriesAreWhoseContentTheyAre() throws IOException {
    String first = "mine/a=1 image/a=1 both/a=1";
    lives.live("c1", "app:1", image(first), change("mine/a=1 mine/n=c image/a=1 both/a=c"));
    String second = "mine/a=2 image/a=2 image/b=2 both/a=2";
    Path tree = lives.tree("c2", image(second));
    Object imageTime = Files.getLastModifiedTime(tree.resolve("image"));
    Object bothTime = Files.getLastModifiedTime(tree.resolve("both"));
    lives.live("c2", "app:2", image(second), NOTHING);
    Path before = temp.resolve("trees/c1");
    assertEquals(
        Files.getLastModifiedTime(before.resolve("mine")),
        Files.getLastModifiedTime(tree.resolve("mine")));
    assertEquals(imageTime, Files.getLastModifiedTime(tree.resolve("image")));
    assertEquals(bothTime, Files.getLastModifiedTime(tree.resolve("both")));
    assertEquals(Files.getLastModifiedTime(before), Files.getLastModifiedTime(tree));
  }

  private static Object inode(Path file) throws IOException {
    return Files.getAttribute(file, "unix:ino");
  }

  @Test
  void hardLinksStayTogetherAndAreParted() throws IOException {
    Lives.Work linked =
        tree -> {
          Sketch.image(tree, "a=1 p=1 q=1");
          Files.createLink(tree.resolve("b"), tree.resolve("a"));
          Files.createLink(tree.resolve("sub"), tree.resolve("p"));
        };
    lives.live(
        "c1",
        "app:1",
        linked,
        tree -> {
          Files.writeString(tree.resolve("b"), "c"); // a as well
          Files.createLink(tree.resolve("q2"), tree.resolve("q"));
          byte[] same = Files.readAllBytes(tree.resolve("p"));
          Object time = Files.getLastModifiedTime(tree.resolve("p"));
          Files.delete(tree.resolve("sub"));
          Files.write(tree.resolve("sub"), same); // looks the same, is another file now
          Files.setLastModifiedTime(tree.resolve("sub"), (java.nio.file.attribute.FileTime) time);
        });
    lives.live("c2", "app:2", linked, NOTHING);
    Path tree = temp.resolve("trees/c2");
    assertEquals("a=c b=c p=1 q=1 q2=1 sub=1", data("c2"));
    assertEquals(inode(tree.resolve("a")), inode(tree.resolve("b")));
    assertEquals(inode(tree.resolve("q")), inode(tree.resolve("q2")));
    assertNotEquals(inode(tree.resolve("p")), inode(tree.resolve("sub")));
  }
}
