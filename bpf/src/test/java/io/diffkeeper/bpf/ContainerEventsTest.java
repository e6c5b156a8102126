package io.diffkeeper.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.bpf.libbpf.Poll;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** New cgroups, and what starts in them. Other programs of the machine are told of, too. */
@Timeout(120)
class ContainerEventsTest {
  private static final BpfFiles FILES = new BpfFiles(Path.of("target/bpf"), null);

  /** What was told. */
  private static final class Heard implements ContainerEvents.Sink {
    final Map<Long, String> made = new HashMap<>();
    final Map<Long, List<Long>> started = new HashMap<>();
    long lost;

    @Override
    public void made(long cgroup, String path) {
      made.put(cgroup, path);
    }

    @Override
    public void started(long cgroup, long process) {
      started.computeIfAbsent(cgroup, id -> new ArrayList<>()).add(process);
    }

    @Override
    public void lost(long count) {
      lost += count;
    }
  }

  @Test
  void aNewCgroupAndItsFirstProgramAreTold() throws IOException {
    Heard heard = new Heard();
    try (ContainerEvents events = ContainerEvents.open(FILES);
        TestCgroup outer = TestCgroup.fresh("outer");
        TestCgroup inner = outer.child("inner")) {
      inner.run("sh", "-c", "/bin/true; exec /bin/true");
      inner.run("true");
      long id = inner.target().cgroupId();
      assertTrue(Poll.readable(events.pollFd(), 60_000));
      events.drain(heard);
      String path = heard.made.get(id);
      assertTrue(path.endsWith("/inner") && path.contains("outer"), path);
      assertTrue(heard.made.get(outer.target().cgroupId()).endsWith(path.replace("/inner", "")));
      assertEquals(1, heard.started.get(id).size(), "the first one only: " + heard.started);
    }
  }

  @Test
  void programsOfAProcessNamespacesFirstProcessAreTold() throws IOException {
    Heard heard = new Heard();
    try (ContainerEvents events = ContainerEvents.open(FILES);
        TestCgroup cgroup = TestCgroup.fresh("namespace")) {
      cgroup.run("true"); // it is not fresh any more
      String script = "/bin/true; exec /bin/true";
      cgroup.run("unshare", "--pid", "--fork", "sh", "-c", script);
      events.drain(heard);
      List<Long> told = heard.started.get(cgroup.target().cgroupId());
      assertEquals(3, told.size(), "the first one, sh, and what it became: " + told);
      assertEquals(told.get(1), told.get(2));
    }
  }

  @Test
  void whatIsLostIsTold() throws IOException {
    Heard heard = new Heard();
    try (ContainerEvents events = ContainerEvents.open(FILES, 4096)) {
      for (int i = 0; i < 20; i++) {
        TestCgroup.fresh("many-" + i).close();
      }
      events.drain(heard);
      assertTrue(heard.lost >= 12, "7 of them fit: " + heard.lost);
      boolean told = false;
      while (!told) { // now and then others fill the ring
        try (TestCgroup next = TestCgroup.fresh("next")) {
          events.drain(heard);
          told = heard.made.containsKey(next.target().cgroupId());
        }
      }
    }
  }

  @Test
  void aPathThatIsTooLongIsLeftOut() throws IOException {
    Heard heard = new Heard();
    try (ContainerEvents events = ContainerEvents.open(FILES);
        TestCgroup outer = TestCgroup.fresh("a".repeat(200));
        TestCgroup middle = outer.child("b".repeat(250));
        TestCgroup inner = middle.child("c".repeat(100))) {
      events.drain(heard);
      assertEquals("", heard.made.get(inner.target().cgroupId()));
      assertTrue(heard.made.get(middle.target().cgroupId()).endsWith("b"));
    }
  }
}
