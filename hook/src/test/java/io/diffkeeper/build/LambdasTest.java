package io.diffkeeper.build;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.Constructor;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LambdasTest {
  @TempDir Path temp;

  @Test
  void separatedLambdasDoWhatTheyDidAndAreOrdinaryClasses() throws Exception {
    List<Object> expected = new ArrayList<>(new LambdaSamples().call());
    assertEquals(true, expected.set(1, false)); // whether the class was made at run time
    Path jar = jar("one.jar");

    Lambdas.rewrite(jar);

    try (URLClassLoader loader =
        new URLClassLoader(new URL[] {jar.toUri().toURL()}, ClassLoader.getPlatformClassLoader())) {
      Constructor<?> made =
          loader.loadClass(LambdaSamples.class.getName()).getDeclaredConstructor();
      made.setAccessible(true);
      assertEquals(expected, ((Callable<?>) made.newInstance()).call());
    }
  }

  @Test
  void equalJarsStayEqual() throws IOException {
    Path one = jar("one.jar");
    Path two = jar("two.jar");

    Lambdas.rewrite(one);
    Lambdas.rewrite(two);

    assertArrayEquals(Files.readAllBytes(one), Files.readAllBytes(two));
  }

  private Path jar(String name) throws IOException {
    Path jar = temp.resolve(name);
    String top = LambdaSamples.class.getName().replace('.', '/');
    Path folder = Path.of("target/test-classes").resolve(top).getParent();
    TreeSet<Path> classes = new TreeSet<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, "LambdaSamples*.class")) {
      found.forEach(classes::add);
    }
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file)) {
      for (Path path : classes) {
        JarEntry entry = new JarEntry(Path.of(top).resolveSibling(path.getFileName()).toString());
        entry.setTime(0);
        out.putNextEntry(entry);
        Files.copy(path, out);
      }
    }
    return jar;
  }
}
