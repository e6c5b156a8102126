package io.diffkeeper.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.diffkeeper.store.Author;
import io.diffkeeper.store.Cut;
import io.diffkeeper.store.Origin;
import io.diffkeeper.store.Provenance;
import io.diffkeeper.store.Version;
import io.diffkeeper.tree.Digest;
import io.diffkeeper.tree.Name;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Version 3, made from version 2: "one" changed /data/f, "two" the list of /data. */
class AuthorshipTest {
  private static final Author ONE = new Author(1, "one", true);
  private static final Author TWO = new Author(2, "two", true);
  private static final Version VERSION =
      new Version(
          3,
          2,
          Digest.of(new byte[Digest.BYTES]),
          null,
          Instant.EPOCH,
          new Origin("", ""),
          Cut.SETTLED,
          "test",
          false,
          0,
          0,
          0,
          new Provenance("", Map.of(Name.of("/data/f"), ONE, Name.of("/data"), TWO)));

  private static Author author(Operation operation, String path) {
    return Authorship.of(new Change(operation, Name.of(path), null, null, null), VERSION, 2);
  }

  @Test
  void aFilesOwnAuthorComesFirst() {
    assertEquals(ONE, author(Operation.MODIFY, "/data/f"));
    assertEquals(ONE, author(Operation.CREATE, "/data/f"));
  }

  @Test
  void whatCameOrWentIsByWhoeverChangedTheList() {
    assertEquals(TWO, author(Operation.CREATE, "/data/g"));
    assertEquals(TWO, author(Operation.REMOVE, "/data/gone/with/its/directory"));
    assertEquals(TWO, author(Operation.RENAME, "/data/g"));
  }

  @Test
  void whatWasOnlyWrittenIsByNobodyElse() {
    assertNull(author(Operation.MODIFY, "/data/g"));
    assertNull(author(Operation.ATTRIBUTES, "/data/g"));
    assertNull(author(Operation.CREATE, "/other/g"));
  }

  @Test
  void whatMayHaveBeenBeforeTheVersionIsByNobodyKnown() {
    Change change = new Change(Operation.MODIFY, Name.of("/data/f"), null, null, null);
    assertNull(Authorship.of(change, VERSION, 1));
  }
}
