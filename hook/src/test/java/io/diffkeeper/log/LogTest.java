package io.diffkeeper.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.sys.Kernel;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is logged arrives where the host has its log. */
@Timeout(120)
class LogTest {
  /** Receives datagrams, for which Java has no sockets of this kind. */
  private static final String RECEIVER =
      """
      import socket, sys
      s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
      s.bind(sys.argv[1])
      print("ready", flush=True)
      sys.stdout.write(s.recv(65536).decode() + "\\nend\\n")
      """;

  @TempDir Path temp;

  private Log log(Path journal, Path syslog) {
    Log log = new Log(new Kernel(), "" + journal, "" + syslog, temp.resolve("log"), false);
    log.container("c1");
    log.state("podman/web");
    log.version(7);
    log.stage("capture");
    return log;
  }

  /** What a socket gets when a line is logged. */
  private List<String> received(Path socket, Log log) throws IOException {
    Process receiver = new ProcessBuilder("python3", "-c", RECEIVER, "" + socket).start();
    try (BufferedReader out = receiver.inputReader(StandardCharsets.UTF_8)) {
      assertEquals("ready", out.readLine());
      log.error("a\nb");
      List<String> lines = new ArrayList<>();
      for (String line = out.readLine(); !line.equals("end"); line = out.readLine()) {
        lines.add(line);
      }
      return lines;
    } finally {
      receiver.destroy();
    }
  }

  @Test
  void phasesAreCountedFromOneThatWasReached() {
    Log log = Log.none();
    log.reached("start");
    log.reached("end");
    log.reached("done");
    List<String> lines = log.phasesFrom("end");
    assertEquals(2, lines.size(), lines::toString);
    assertTrue(lines.get(0).strip().matches("0[.,]00 ms  end"), lines::toString);
    assertTrue(lines.get(1).endsWith(" ms  done"), lines::toString);
    assertEquals(List.of(), log.phasesFrom("never"));
  }

  @Test
  void theJournalGetsAFieldForEverythingThatIsKnown() throws IOException {
    Path journal = temp.resolve("journal");
    List<String> fields = received(journal, log(journal, temp.resolve("none")));
    assertTrue(fields.contains("MESSAGE=c1 podman/web@7 capture: a b"), fields::toString);
    assertTrue(
        fields.containsAll(
            List.of(
                "PRIORITY=3",
                "SYSLOG_IDENTIFIER=diffkeeper",
                "SYSLOG_FACILITY=3",
                "DIFFKEEPER_CONTAINER=c1",
                "DIFFKEEPER_STATE=podman/web",
                "DIFFKEEPER_VERSION=7",
                "DIFFKEEPER_STAGE=capture")),
        fields::toString);
    assertFalse(Files.exists(temp.resolve("log")));
  }

  @Test
  void syslogGetsItInTheLine() throws IOException {
    Path syslog = temp.resolve("syslog");
    String line = received(syslog, log(temp.resolve("none"), syslog)).get(0);
    long pid = ProcessHandle.current().pid();
    assertEquals("<27>diffkeeper[" + pid + "]: c1 podman/web@7 capture: a b", line);
  }

  @Test
  void aFileGetsItWhereThereIsNeither() throws IOException {
    log(temp.resolve("none"), temp.resolve("none")).error("a");
    String text = Files.readString(temp.resolve("log"));
    assertTrue(text.endsWith(" ERROR c1 podman/web@7 capture: a\n"), text);
  }
}
