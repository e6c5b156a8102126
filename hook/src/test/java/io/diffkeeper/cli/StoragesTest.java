package io.diffkeeper.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.sys.Kernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where engines keep what containers write; /proc tells nothing of changes, a tmpfs enough. */
class StoragesTest {
  private static final Pattern KEY = Pattern.compile("root = \"(.*)\"");
  private static final Path NONE = Path.of("/nowhere");

  @TempDir Path temp;

  private static List<Finding> look(Path settings, Path usual) {
    List<Finding> findings = new ArrayList<>();
    new Storages(new Kernel(), findings::add)
        .look(List.of(new Storages.Place("engine", settings, KEY, usual)));
    return findings;
  }

  @Test
  void tellsWhatItCostsWhoWritesAndWhy() {
    Finding found = look(NONE, Path.of("/proc")).get(0);
    assertEquals(Finding.Health.DEGRADED, found.health());
    assertEquals("engine storage", found.check());
    String why = "takes 100 ns longer while a container is kept, as proc tells too little";
    assertTrue(found.detail().startsWith("/proc: proc: "), found.detail());
    assertTrue(found.detail().endsWith(why), found.detail());
    assertTrue(found.advice().contains("tmpfs"), found.advice());
  }

  @Test
  void isWhereTheEnginesSettingsSay() throws IOException {
    Path settings = Files.writeString(temp.resolve("settings"), "root = \"/dev/shm\"\n");
    Finding found = look(settings, Path.of("/proc")).get(0);
    assertEquals(Finding.ok("engine storage", "/dev/shm: tmpfs: followed for nothing"), found);
  }

  @Test
  void isLeftOutWhereNothingIsThere() {
    assertEquals(List.of(), look(NONE, NONE));
  }
}
