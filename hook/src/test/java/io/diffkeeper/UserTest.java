package io.diffkeeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class UserTest {
  private static final List<String> PASSWD =
      List.of(
          "root:x:0:0:root:/root:/bin/bash", "ann:x:1000:1000:Ann:/home/ann:/bin/sh", "broken:x");
  private static final List<String> WHOLE = List.of("         0          0 4294967295");

  private static User of(int effective, List<String> map) {
    List<String> status = List.of("Name:\tjava", "Uid:\t7\t" + effective + "\t7\t7", "Gid:\t0");
    return User.of(status, map, PASSWD, "/srv/elsewhere");
  }

  @Test
  void isWhoeverItIsWithoutANamespace() {
    assertEquals(new User(0, "root", Path.of("/root")), of(0, WHOLE));
    assertEquals(new User(1000, "ann", Path.of("/home/ann")), of(1000, WHOLE));
  }

  @Test
  void looksThroughTheUserNamespaceOfARootlessEngine() {
    List<String> rootless = List.of("  0  1000  1", "  1  100000  65536");
    assertEquals(new User(1000, "ann", Path.of("/home/ann")), of(0, rootless));
    assertEquals(100004, of(5, rootless).uid());
    assertFalse(of(0, rootless).isRoot());
  }

  @Test
  void namesUsersThatPasswdDoesNotListByTheirId() {
    assertEquals(new User(4711, "uid-4711", Path.of("/srv/elsewhere")), of(4711, WHOLE));
  }

  @Test
  void findsTheUserOfThisProcess() {
    assertTrue(User.current().home().isAbsolute());
  }
}
