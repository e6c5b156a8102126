package io.diffkeeper.bpf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

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
  void settingsAreInTheirPlaces() {
    ByteBuffer expected = ByteBuffer.allocate(24).order(ByteOrder.nativeOrder());
    expected.putLong(77).putInt((int) 4026531832L).putInt(3).putInt(1234).putInt(0);
    EventTarget target = new EventTarget(77, 3, 4026531832L);
    assertArrayEquals(expected.array(), EventLayout.settings(target, 1234));
  }
}
