package io.diffkeeper.shim.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diffkeeper.oci.ContainerState;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CgroupPathTest {
  private static final String ID =
      "2a71cf7dd34ef726c1afda72493eac53100dbffd5222388a02aea83b62ae24bc";

  @ParameterizedTest
  @CsvSource({
    // Podman by systemd, on crun, which has a cgroup of its own below; in a pod; by cgroupfs.
    "podman, /machine.slice/libpod-ID.scope",
    "podman, /machine.slice/libpod-ID.scope/container",
    "podman, /machine.slice/machine-libpod_pod_11aa.slice/libpod-ID.scope/container",
    "podman, /libpod_parent/libpod-ID",
    "podman, /user.slice/user-1000.slice/user@1000.service/user.slice/libpod-ID.scope",
    // containerd's CRI, CRI-O, Docker, nerdctl.
    "containerd, /kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod3d_4.slice/"
        + "cri-containerd-ID.scope",
    "containerd, /system.slice/nerdctl-ID.scope",
    "cri-o, /kubepods.slice/kubepods-pod3d_4.slice/crio-ID.scope/container",
    "cri-o, /kubepods/besteffort/pod3d-4/crio-ID",
    "docker, /system.slice/docker-ID.scope",
    "docker, /system.slice/docker-ID.scope/init.scope/libpod-ID.scope",
  })
  void enginesAreKnownByTheirNames(String engine, String path) {
    assertEquals(
        new CgroupPath.Candidate(ID, engine), last(CgroupPath.candidates(path.replace("ID", ID))));
  }

  private static CgroupPath.Candidate last(List<CgroupPath.Candidate> candidates) {
    return candidates.get(candidates.size() - 1);
  }

  @Test
  void bareRuntimesAreKnownToo() {
    assertEquals(
        List.of(new CgroupPath.Candidate("web-1", "runc")),
        CgroupPath.candidates("/system.slice/runc-web-1.scope"));
    assertEquals(
        List.of(new CgroupPath.Candidate("web.2", "crun")),
        CgroupPath.candidates("/user.slice/crun-web.2.scope/x"));
  }

  @Test
  void plainNamesHaveToBeLookedUp() {
    assertEquals(List.of(new CgroupPath.Candidate("web", "")), CgroupPath.candidates("/web"));
    assertEquals(
        List.of(new CgroupPath.Candidate("k8s.io", ""), new CgroupPath.Candidate("web", "")),
        CgroupPath.candidates("/k8s.io/web"));
    assertEquals(
        List.of(new CgroupPath.Candidate("docker", ""), new CgroupPath.Candidate(ID, "docker")),
        CgroupPath.candidates("/docker/" + ID));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "/init.scope",
        "/system.slice/ssh.service",
        "/user.slice/user-0.slice/session-1.scope",
        "/machine.slice/libpod-conmon-ID.scope",
        "/libpod_parent/libpod-conmon-ID",
        "/system.slice/crio-conmon-ID.scope",
        "/machine.slice/machine-libpod_pod_ID.slice",
        "/system.slice/runc-.scope",
        "/..",
        "/../..",
        "/$(reboot)",
        "/a b",
        "/libpod-\n",
        "/--help;x",
      })
  void othersAreNobodys(String path) {
    assertEquals(List.of(), CgroupPath.candidates(path.replace("ID", ID)));
  }

  @Test
  void whateverAPathIsCandidatesCouldBeIds() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    String[] parts = {"/", ".", "..", "-", "libpod-", ID, "docker", ".scope", "\0", "é", " ", "a"};
    for (int i = 0; i < 20_000; i++) {
      StringBuilder path = new StringBuilder();
      for (int j = random.nextInt(40); j > 0; j--) {
        path.append(parts[random.nextInt(parts.length)]);
      }
      for (CgroupPath.Candidate candidate : CgroupPath.candidates(path.toString())) {
        assertTrue(ContainerState.isId(candidate.id()), () -> "seed " + seed + ": " + path);
      }
    }
    assertTrue(CgroupPath.candidates("/a".repeat(5000)).size() <= 16);
  }
}
