package io.diffkeeper.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.sys.Stat;
import io.diffkeeper.tree.Name;
import java.util.List;
import org.junit.jupiter.api.Test;

class BackingTest {
  private static final String OVERLAY =
      "70 30 0:51 / /merged rw,relatime - overlay overlay"
          + " rw,lowerdir=/l:/m,upperdir=/with\\040blank/upper,workdir=/w,index=off";

  private static Stat on(long major, long minor) {
    return new Stat(0, 1, 0, 0, 1, major << 32 | minor, 0, 0, 0, 0, 0, 0, 0, 0, 0, 70);
  }

  @Test
  void isTheUpperLayerOfTheOverlayWithThatDevice() {
    List<String> mounts = List.of("30 22 0:27 / / rw - ext4 /dev/sda rw", OVERLAY);
    assertEquals("/with blank/upper", Backing.upperOf(Backing.optionsOf(on(0, 51), mounts)));
    assertNull(Backing.upperOf(Backing.optionsOf(on(0, 27), mounts)));
    assertNull(Backing.upperOf(Backing.optionsOf(on(0, 52), mounts)));
  }

  @Test
  void isVolatileByAnOptionAndNotByAName() {
    assertTrue(Backing.isVolatile("rw,lowerdir=/l,upperdir=/u,workdir=/w,volatile"));
    assertTrue(Backing.isVolatile("rw,lowerdir=/l,upperdir=/u,workdir=/w,fsync=volatile"));
    assertFalse(Backing.isVolatile("rw,lowerdir=/volatile,upperdir=/u,workdir=/w"));
  }

  @Test
  void isWhereTheUpperLayerHasADirectory() {
    List<String> mounts =
        List.of(
            OVERLAY.replace("/merged", "/a\\040b"),
            OVERLAY.replace("70 ", "71 ").replace("/ /merged", "/below /merged"),
            OVERLAY.replace("70 ", "72 ").replace("index=off", "index=on"),
            OVERLAY.replace("70 ", "73 ").replace("/with", "with"),
            OVERLAY.replace("70 ", "74 ").replace("upperdir", "nothing"));
    assertEquals(layer("data/x"), Backing.layer("70", "/a b/data/x", mounts));
    assertEquals(layer("."), Backing.layer("70", "/a b", mounts));
    assertEquals(layer("below/data"), Backing.layer("71", "/merged/data", mounts));
    assertNull(Backing.layer("71", "/merged-not/data", mounts));
    for (String untold : List.of("72", "73", "74", "75")) {
      assertNull(Backing.layer(untold, "/merged/data", mounts), untold);
    }
  }

  private static Backing.Layer layer(String relative) {
    return new Backing.Layer(Name.of("/with blank/upper"), Name.of(relative));
  }

  @Test
  void isToldFromWhatLooksTheSameByItsMount() {
    List<String> mounts =
        List.of(
            "30 22 8:1 / / rw shared:1 - ext4 /dev/sda1 rw",
            "31 22 8:2 / /old rw - ext2 /dev/sda2 rw",
            "32 22 0:6 / /dev rw - devtmpfs none rw",
            "33 22 0:7 / /run rw - tmpfs none rw",
            OVERLAY);
    assertTrue(Backing.isOtherMemory(on(0, 6), mounts));
    assertFalse(Backing.isOtherMemory(on(0, 7), mounts));
    assertFalse(Backing.isOtherMemory(on(0, 8), mounts));
    assertTrue(Backing.isMounted("ext4", on(8, 1), mounts));
    assertFalse(Backing.isMounted("ext4", on(8, 2), mounts));
    assertFalse(Backing.isMounted("ext4", on(8, 3), mounts));
  }
}
