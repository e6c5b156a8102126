package io.diffkeeper.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The settings of engines, changed from the command line. */
class ConfigureCommandTest {
  private static final String BEFORE = "version = 2\n";

  @TempDir private Path folder;

  private record Result(int code, String out, String err) {}

  private static Result run(String... words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = DiffKeeper.commandLine();
    line.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
    int code = line.execute(words);
    return new Result(code, out.toString(), err.toString());
  }

  private String settings(String text) throws IOException {
    return Files.writeString(folder.resolve("config.toml"), text).toString();
  }

  @Test
  void showsWhatWouldChangeWithoutChangingIt() throws IOException {
    String file = settings(BEFORE);
    Result result = run("configure", "containerd", "--settings", file, "--dry-run");
    String diff = "--- " + file + "\n+++ " + file + "\n@@ -1,1 +1,8 @@\n version = 2\n+# >>>";
    assertTrue(result.out().startsWith(diff), result::toString);
    assertEquals(BEFORE, Files.readString(Path.of(file)));
  }

  @Test
  void saysWhatWasWrittenAndWhatIsNext() throws IOException {
    String file = settings(BEFORE);
    String[] configure = {"configure", "containerd", "--settings", file, "--handler", "kept"};
    String out = run(configure).out();
    assertTrue(out.startsWith("wrote " + file + "\nnext: restart containerd"), out);
    assertTrue(Files.readString(Path.of(file)).contains(".runtimes.kept]\n"));
    assertEquals(new Result(0, "containerd: nothing to do\n", ""), run(configure));
    out = run("unconfigure", "containerd", "--settings", file).out();
    assertTrue(out.startsWith("wrote " + file + "\n"), out);
    assertEquals(BEFORE, Files.readString(Path.of(file)));
  }

  @Test
  void printsTheRuntimeClassOfTheGuide() throws IOException {
    String manifest = Files.readString(Path.of("../docs/kubernetes/runtimeclass.yaml"));
    assertEquals(new Result(0, manifest, ""), run("configure", "crio", "--runtime-class"));
  }

  @Test
  void refusesWhatItDoesNotKnow() throws IOException {
    assertEquals(2, run("configure", "lxc").code());
    assertEquals(2, run("unconfigure").code());
    assertEquals(2, run("configure", "docker", "--handler", "A b").code());
    String file = settings("[plugins.cri]\n");
    Result refused = run("configure", "containerd", "--settings", file);
    assertEquals(10, refused.code());
    assertTrue(refused.err().startsWith("diffkeeper: " + file + ": version 1 "), refused::toString);
  }
}
