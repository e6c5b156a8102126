package io.diffkeeper.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.tree.Name;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Paths as people write them. */
class PathArgumentTest {
  @Test
  void slashesMoreOrLessDoNotMatter() {
    assertEquals(List.of(Name.of("/data/a b")), PathArgument.names("//data/a b/"));
    assertEquals(List.of(Name.of("/")), PathArgument.names("/"));
    assertThrows(DiffKeeperException.class, () -> PathArgument.names("data"));
    assertThrows(DiffKeeperException.class, () -> PathArgument.names(""));
  }

  @Test
  void takesEveryNameAsItIsShown() {
    SplittableRandom random = new SplittableRandom(7);
    for (int round = 0; round < 1000; round++) {
      byte[] bytes = new byte[2 + random.nextInt(12)];
      random.nextBytes(bytes);
      bytes[0] = '/';
      for (int i = 1; i < bytes.length; i++) {
        bytes[i] = bytes[i] == '/' || bytes[i] == '\\' ? (byte) 0xff : bytes[i];
      }
      Name name = Name.of(bytes);
      List<Name> meant = PathArgument.names(name.toString());
      assertEquals(name, meant.get(meant.size() - 1));
    }
  }
}
