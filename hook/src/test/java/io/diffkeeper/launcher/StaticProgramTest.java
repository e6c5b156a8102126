package io.diffkeeper.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is promised of the C programs: one readable file each, and nothing that they depend on. */
@Timeout(60)
class StaticProgramTest {
  private static final int LINES_MAX = 400;
  private static final Path DIST = Path.of(System.getProperty("diffkeeper.dist", "target/dist"));

  // elf(5), 64 bits
  private static final int HEADERS_AT = 32;
  private static final int HEADER_BYTES_AT = 54;
  private static final int HEADER_COUNT_AT = 56;
  private static final int LOAD = 1;
  private static final int DYNAMIC = 2;
  private static final int INTERPRETER = 3;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "libexec/oci/hooks.d/diffkeeper-hook",
        "bin/diffkeeper-runtime",
        "lib/diffkeeper/diffkeeper-signals",
        "../test/glibc/diffkeeper-hook"
      })
  void needsNoLibraryAndNoLoader(String file) throws IOException {
    Path program = program(file);
    Set<Integer> headers = headers(ByteBuffer.wrap(Files.readAllBytes(program)));
    assertTrue(headers.contains(LOAD), "nothing to load in " + program);
    assertTrue(!headers.contains(INTERPRETER) && !headers.contains(DYNAMIC), program::toString);
  }

  private static Path program(String file) {
    Path program = DIST.resolve(file).normalize();
    assumeTrue(Files.isExecutable(program), program + " is not built: make test");
    return program;
  }

  /** The types of the program headers. */
  private static Set<Integer> headers(ByteBuffer elf) {
    elf.order(ByteOrder.nativeOrder());
    Set<Integer> types = new HashSet<>();
    for (int i = 0; i < elf.getShort(HEADER_COUNT_AT); i++) {
      int at = (int) elf.getLong(HEADERS_AT) + i * elf.getShort(HEADER_BYTES_AT);
      types.add(elf.getInt(at));
    }
    return types;
  }

  /** With the C library that is there on every host, too. */
  @ParameterizedTest
  @ValueSource(strings = {"libexec/oci/hooks.d/diffkeeper-hook", "../test/glibc/diffkeeper-hook"})
  void theLauncherRunsWhateverLibraryIsInIt(String file) throws Exception {
    Process process = new ProcessBuilder(program(file).toString(), "--version").start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertTrue(process.waitFor(30, TimeUnit.SECONDS), "hangs");
    assertEquals(0, process.exitValue());
    assertTrue(said.startsWith("diffkeeper-hook "), said);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hook/src/main/c/diffkeeper-hook.c",
        "hook/src/main/c/diffkeeper-signals.c",
        "shim/src/main/c/diffkeeper-runtime.c"
      })
  void isReadInOneSitting(String source) throws IOException {
    Path file = DIST.resolve("../..").resolve(source).normalize();
    int lines = Files.readAllLines(file).size();
    assertTrue(lines <= LINES_MAX, file + " has " + lines + " lines");
  }
}
