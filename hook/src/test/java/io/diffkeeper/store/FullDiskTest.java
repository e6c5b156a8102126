package io.diffkeeper.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diffkeeper.ExitCode;
import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.User;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A store on a file system of 24 MiB, in memory or with a journal. */
class FullDiskTest {
  @TempDir Path temp;
  private Path disk;

  private void mount(String kind) throws Exception {
    disk = Files.createDirectory(temp.resolve("disk"));
    String image = temp.resolve("image").toString();
    String script =
        kind.equals("tmpfs")
            ? "mount -t tmpfs -o size=24m tmpfs \"$1\""
            : "truncate -s 28M \"$0\" && mkfs.ext4 -q -F -m 0 -b 4096 \"$0\""
                + " && mount -o loop \"$0\" \"$1\" && rmdir \"$1\"/lost+found";
    assumeTrue(User.current().isRoot(), "mounting takes root");
    assertTrue(run("sh", "-c", script, image, disk.toString()), kind);
  }

  @AfterEach
  void unmount() throws Exception {
    run("umount", disk.toString());
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command).inheritIO().start().waitFor() == 0;
  }

  private static Contents random(int bytes, long seed) {
    Contents contents = Contents.of(new byte[bytes]);
    new Random(seed).nextBytes(contents.bytes());
    return contents;
  }

  @ParameterizedTest
  @ValueSource(strings = {"tmpfs", "ext4"})
  void keepsTheLastVersionWhenTheDiskIsFull(String kind) throws Exception {
    mount(kind);
    Path dir = disk.resolve("store");
    try (Store store = Store.open(dir)) {
      store.create(Trees.WEB, HashAlgorithm.SHA256, "nginx");
      Trees.commit(store, "a", random(3 << 20, 1));
      Path filler = disk.resolve("filler");
      Files.write(filler, new byte[12 << 20]);
      for (int i = 0; i < 3; i++) {
        int bytes = (10 + i) << 20;
        StoreTest.assertFails(
            ExitCode.NO_SPACE, () -> Trees.commit(store, "b", random(bytes, bytes)));
        assertEquals(1, store.versions(Trees.WEB).size());
        assertEquals(List.of(), store.verify(null).problems());
      }
      Files.delete(filler);
      assertEquals(2, Trees.commit(store, "b", random(4 << 20, 2)).number());
    }
    try (Store store = Store.open(dir)) {
      assertEquals(2, store.verify(null).versions());
      assertEquals(List.of(), store.verify(null).problems());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tmpfs", "ext4"})
  void makesNoStoreOnAFullDisk(String kind) throws Exception {
    mount(kind);
    Path filler = disk.resolve("filler");
    StoreTest.assertFails(
        ExitCode.NO_SPACE,
        () -> {
          try (var out = Files.newOutputStream(filler)) {
            byte[] block = new byte[4096];
            while (true) {
              out.write(block);
            }
          } catch (IOException full) {
            Store.open(disk.resolve("store")).close();
          }
        });
    Files.delete(filler);
    Store.open(disk.resolve("store")).close();
  }
}
