package io.diffkeeper;

import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How tests start a Java process of their own. */
public final class Jvm {
  private Jvm() {}

  /**
   * The command that starts one.
   *
   * @param temp where it leaves its native libraries when it is killed
   */
  public static List<String> command(
      Path temp, List<String> options, Class<?> main, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:+UseSerialGC");
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(a -> a.matches("--(enable-native|sun-misc).*") || a.startsWith("-Dlmdb"))
        .forEach(command::add);
    command.addAll(options);
    command.add("-Djava.io.tmpdir=" + temp);
    command.addAll(List.of("-cp", classPath(), main.getName()));
    command.addAll(List.of(arguments));
    return command;
  }

  private static String classPath() {
    String surefire = System.getProperty("surefire.test.class.path");
    String own = System.getProperty("java.class.path");
    return surefire == null ? own : surefire + File.pathSeparator + own;
  }
}
