package io.diffkeeper.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The command line in the hands of people who are in a hurry, on what an image made to harm them.
 */
@Timeout(300)
class HardUseIT {
  /** What printf makes names of, in the container: each file holds this text. */
  private static final List<String> NAMES =
      List.of(
          "with space",
          "new\\nline",
          "esc\\033[31m\\033]0;owned\\007",
          "c1\\302\\233",
          "bytes\\377\\376",
          "bidi\\342\\200\\256txt",
          "caf\\303\\251",
          "<script>alert(1)<",
          "-rf");

  private static World withHostileNames() throws Exception {
    World world = new World("crun", World.NO_SPARES);
    StringBuilder script = new StringBuilder("cd /data; ");
    for (String name : NAMES) {
      script.append("printf '%s\\n' '" + name + "' > \"./$(printf '" + name + "')\"; ");
    }
    script.append("printf 'a\\rb \\342\\200\\256 c\\n' > text; echo ready; exec sleep 1000");
    world.start(List.of(), Images.FIRST, "sh", "-c", script.toString()).await("ready");
    world.commit(world.name);
    world.killAndRemove();
    return world;
  }

  private static boolean isHarmless(String text) {
    return text.codePoints()
        .allMatch(c -> c == '\n' || c >= ' ' && c < 0x7f || c > 0xbf && isShown(c));
  }

  private static boolean isShown(int c) {
    return Character.getType(c) != Character.FORMAT;
  }

  @Test
  void noNameSteersATerminalAndEveryNameThatIsPrintedIsTaken() throws Exception {
    try (World world = withHostileNames()) {
      String name = world.name;
      for (List<String> words :
          List.of(
              List.of("tree", name),
              List.of("timeline", name),
              List.of("diff", name, "base", "--stat"),
              List.of("tree", name, "/data/nothing\033[31m"))) {
        Run run = world.cli(words.get(0), words.subList(1, words.size()).toArray(String[]::new));
        assertTrue(isHarmless(run.out() + run.err()), run::toString);
      }
      JsonNode tree = new ObjectMapper().readTree(world.cli("tree", name, "--json").out());
      List<String> contents = new ArrayList<>();
      for (JsonNode entry : tree) {
        if (entry.get("type").asText().equals("file")) {
          contents.add(world.cli("cat", name, entry.get("path").asText()).expect(0).out().strip());
        }
      }
      assertTrue(contents.containsAll(NAMES), contents::toString);
    }
  }

  private static Run shell(World world, String script) {
    String tool = "dk() { c=$1; shift; \"" + World.program() + "\" $c --config " + world.config();
    return world.run(null, List.of("bash", "-c", tool + " \"$@\"; }; " + script));
  }

  /** A state of the host, with a file of two megabytes. */
  private static Path state(World world) throws Exception {
    Path dir = Files.createDirectory(world.scratch().resolve("dir"));
    String script = "head -c 2000000 /dev/zero > " + dir + "/large; echo é > " + dir + "/café";
    List<String> words = new ArrayList<>(List.of("--run-dir", "" + world.runDir()));
    words.addAll(List.of("--name", "job", "--state-dir", "" + dir, "--", "sh", "-c", script));
    world.cli("run", words.toArray(String[]::new)).expect(0);
    return dir;
  }

  @Test
  void losesNoOutputWithoutAWordUnlessTheReaderHasGone() throws Exception {
    try (World world = new World("crun", World.NO_SPARES)) {
      Path dir = state(world);
      for (String words :
          List.of(
              "cat job " + dir + "/large",
              "export job --out -",
              "timeline job --json",
              "report job --out /dev/stdout",
              "ls --help")) {
        Run gone = shell(world, "dk " + words + " | true; exit ${PIPESTATUS[0]}");
        assertTrue(gone.code() == 0 || gone.code() == 141, gone::toString); // it may be faster
        assertEquals("", gone.err());
        Run full = shell(world, "dk " + words + " > /dev/full").expect(15);
        String what = words.startsWith("report") ? "/dev/stdout" : "standard output";
        assertEquals("diffkeeper: " + what + ": No space left on device\n", full.err());
      }
      shell(world, "dk cat job " + dir + "/large | head -c 1; exit ${PIPESTATUS[0]}").expect(141);
      assertTrue(shell(world, "dk ls >&-").expect(1).err().startsWith("diffkeeper: "));
      shell(world, "dk ls <&- >&- 2>&-").expect(1);
      world.cli("verify").expect(0);
    }
  }

  @Test
  void leavesNoHalfFileOnAFullDisk() throws Exception {
    try (World world = new World("crun", World.NO_SPARES)) {
      state(world);
      Path disk = Files.createDirectory(world.scratch().resolve("disk"));
      String small =
          "mount -t tmpfs -o size=4k none \"$1\" && cd \"$1\" || exit 99; shift;"
              + " \"$@\"; code=$?; ls -A; exit $code";
      List<String> there =
          List.of("unshare", "-m", "--propagation", "private", "sh", "-c", small, "sh");
      for (String line : List.of("export job --out job.tar", "report job --out job.html")) {
        List<String> words = new ArrayList<>(there);
        words.addAll(List.of("" + disk, World.program()));
        words.addAll(List.of(line.split(" ")));
        words.addAll(List.of("--store", "" + world.store()));
        Run run = world.run(null, words).expect(15);
        String file = line.substring(line.lastIndexOf(' ') + 1);
        assertEquals("diffkeeper: " + file + ": No space left on device\n", run.err());
        assertEquals("", run.out());
      }
    }
  }

  @Test
  void saysThatTheStoresDiskIsFullAndGoesOnWhenItIsNot() throws Exception {
    try (World world = new World("crun", World.NO_SPARES)) {
      Path disk = Files.createDirectory(world.scratch().resolve("disk"));
      String script =
          """
          mount -t tmpfs -o size=8m none "$1" && cd "$1" || exit 99
          mkdir -p small/data large/data && echo here > small/data/file
          head -c 3000000 /dev/urandom > large/data/file
          "$2" import job --from small --state-dir /data --store store > log || exit 98
          head -c 4000000 /dev/urandom > filler
          "$2" import job --from large --store store
          code=$?
          "$2" verify --store store > log && "$2" cat job /data/file --store store || exit 97
          rm filler
          "$2" import job --from large --store store > log || exit 96
          "$2" verify --store store > log || exit 95
          "$2" cat job /data/file --store store | cmp - large/data/file || exit 94
          exit $code
          """;
      List<String> words =
          List.of("unshare", "-m", "--propagation", "private", "sh", "-c", script, "sh");
      List<String> all = new ArrayList<>(words);
      all.addAll(List.of("" + disk, World.program()));
      Run run = world.run(null, all).expect(15);
      assertEquals("here\n", run.out(), "the last version is as it was");
      assertEquals(1, run.err().lines().count(), run::toString);
      assertTrue(run.err().contains("no space left for the store"), run::toString);
    }
  }

  @Test
  void namesAreUtf8InEveryLocaleAndACommandHasItsOwnEnvironment() throws Exception {
    try (World world = new World("crun", World.NO_SPARES)) {
      Path dir = state(world);
      String c = "export LC_ALL=C; ";
      assertEquals("é\n", shell(world, c + "dk cat job " + dir + "/café").expect(0).out());
      assertTrue(shell(world, c + "dk tree job").expect(0).out().contains("├── café"));
      String run = "dk run --name job --run-dir " + world.runDir() + " --state-dir " + dir + " -- ";
      String given = "export LC_ALL=POSIX JAVA_TOOL_OPTIONS='-Da=1 -Db'; ";
      String variables = "env | grep -v '^_=' | sort";
      Run environments = shell(world, given + variables + "; echo; " + run + "env | cat");
      String[] both = environments.expect(0).out().split("\n\n");
      List<String> seen = both[1].lines().filter(line -> !line.startsWith("_=")).sorted().toList();
      assertEquals(both[0].lines().sorted().toList(), seen);
      String words = given + run + "printf '%s|' é 'a b' ''";
      assertEquals("é|a b||", shell(world, words).expect(0).out());
    }
  }

  @Test
  void saysInOneLineWhatIsWrong() throws Exception {
    try (World world = new World("crun", World.NO_SPARES)) {
      Path dir = state(world);
      Path file = Files.writeString(world.scratch().resolve("file"), "mine");
      String[] wrong = {
        "2 tree job relative",
        "2 log",
        "2 log job more",
        "2 ls --bogus",
        "2 lgo job",
        "2 tree job --depth -1",
        "2 report job --out x.html --versions 0",
        "2 tree job@soon",
        "2 export job --out x.tar.gz",
        "2 allow job --image 'A b'",
        "2 metrics --json",
        "3 log none",
        "3 verify none",
        "3 rm none",
        "3 report none --out x.html",
        "3 timeline job --path /none",
        "3 export job --out /none/x.tar",
        "3 report job --out /none/x.html",
        "3 import new --from /none.tar --state-dir /x",
        "10 import new --from " + file + " --state-dir /x",
        "10 export job --out " + file,
        "10 metrics --listen " + file,
        "10 metrics --listen /dev/null",
        "10 run --state-dir " + dir + " -- /",
      };
      for (String line : wrong) {
        String[] parts = line.split(" ", 2);
        Run run = shell(world, "dk " + parts[1]).expect(Integer.parseInt(parts[0]));
        assertEquals(1, run.err().lines().count(), run::toString);
        assertTrue(run.err().startsWith("diffkeeper: "), run::toString);
        assertEquals("", run.out());
      }
      assertEquals("mine", Files.readString(file));
      assertTrue(Files.exists(Path.of("/dev/null")));
      assertFalse(world.cli("ls").expect(0).out().contains("podman/new"));
      Run version = world.run(null, List.of(World.program(), "ls", "--version")).expect(0);
      assertTrue(version.out().startsWith("diffkeeper "), version::toString);
    }
  }

  @Test
  void readsWhatIsLeftOfADeadHost() throws Exception {
    try (World world = new World("crun", World.NO_SPARES)) {
      Path dir = state(world);
      String readOnly =
          "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\" || exit 99; shift; exec \"$@\"";
      List<String> there =
          List.of("unshare", "-m", "--propagation", "private", "sh", "-c", readOnly, "sh");
      for (String line :
          List.of(
              "0 ls",
              "0 verify",
              "0 cat job " + dir + "/café",
              "0 diff job base --stat",
              "0 doctor",
              "10 gc",
              "10 rm job",
              "10 forget job --keep-last 1")) {
        String[] parts = line.split(" ");
        List<String> words = new ArrayList<>(there);
        words.addAll(List.of("" + world.store(), World.program(), parts[1]));
        words.addAll(List.of("--store", "" + world.store()));
        words.addAll(List.of(parts).subList(2, parts.length));
        Run run = world.run(null, words).expect(Integer.parseInt(parts[0]));
        assertEquals(run.code() == 0 ? 0 : 1, run.err().lines().count(), run::toString);
      }
      String nobody = "setpriv --reuid 65534 --regid 65534 --clear-groups " + World.program();
      Run denied = shell(world, nobody + " ls --store " + world.store()).expect(10);
      assertTrue(denied.err().contains("no permission"), denied::toString);
    }
  }

  @Test
  void onlyItsOwnerReadsWhatIsTakenOutOfTheStore() throws Exception {
    try (World world = new World("crun", World.NO_SPARES)) {
      state(world);
      Path page = world.scratch().resolve("report.html");
      Path archive = world.scratch().resolve("state.tar");
      Files.writeString(page, "older");
      world.cli("report", "job", "--out", page.toString()).expect(0);
      world.cli("export", "job", "--out", archive.toString()).expect(0);
      for (Path file : List.of(page, archive)) {
        String mode = world.run(null, List.of("stat", "-c", "%a", file.toString())).out();
        assertEquals("600\n", mode, file.toString());
      }
      Path link = Files.createSymbolicLink(world.scratch().resolve("link"), page);
      world.cli("report", "job", "--out", link.toString()).expect(0);
      assertTrue(Files.isSymbolicLink(link));
    }
  }
}
