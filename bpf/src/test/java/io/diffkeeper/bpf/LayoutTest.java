package io.diffkeeper.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class LayoutTest {
  @Test
  void javaAndCAgree() throws IOException, IllegalAccessException {
    Map<String, Integer> java = new TreeMap<>();
    for (Field field : EventLayout.class.getDeclaredFields()) {
      java.put(field.getName(), field.getInt(null));
    }
    Map<String, Integer> c = new TreeMap<>();
    for (String line : Command.run(Command.compiled("layout").toString()).lines().toList()) {
      String[] words = line.split(" ");
      c.put(words[0], Integer.valueOf(words[1]));
    }
    assertEquals(c, java);
  }

  @Test
  void keysTellCgroupsFromMountNamespaces() {
    assertEquals(77, EventLayout.key(new EventTarget(77, 4026531832L)));
    assertFalse(EventLayout.isNamespace(77));
    long namespace = EventLayout.key(new EventTarget(0, 4026531832L));
    assertEquals(Long.MIN_VALUE + 4026531832L, namespace);
    assertTrue(EventLayout.isNamespace(namespace));
  }

  @Test
  void anEntryIsWatchedWhileItsProcessLives() {
    ByteBuffer target = ByteBuffer.wrap(EventLayout.target(1)).order(ByteOrder.nativeOrder());
    assertTrue(EventLayout.isWatched(target));
    target.putLong(EventLayout.TARGET_STARTED, 1);
    assertFalse(EventLayout.isWatched(target), "another process with its number");
    target.putInt(EventLayout.TARGET_WATCHER, Integer.MAX_VALUE);
    assertFalse(EventLayout.isWatched(target), "no process");
  }
}
