package io.diffkeeper.cli;

import io.diffkeeper.DiffKeeperException;
import io.diffkeeper.ExitCode;
import io.diffkeeper.HashAlgorithm;
import io.diffkeeper.bpf.EventSources;
import io.diffkeeper.bpf.Rung;
import io.diffkeeper.config.Configuration;
import io.diffkeeper.keeper.Home;
import io.diffkeeper.keeper.Keepers;
import io.diffkeeper.keeper.NativeHashers;
import io.diffkeeper.store.Store;
import io.diffkeeper.sys.Kernel;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Looks at everything that DiffKeeper needs of its host. */
final class Doctor {
  private static final long FREE_BYTES_MIN = 64L << 20;
  private static final long FREE_BYTES_LOW = 1L << 30;
  private static final Path CGROUP = Path.of("/sys/fs/cgroup");
  private static final String CAPABILITIES = "CapEff:";
  private static final int SYS_RESOURCE = 24; // capability.h
  private static final Set<String> REMOTE = Set.of("nfs", "nfs4", "cifs", "smb3", "9p", "ceph");

  private final Configuration configuration;
  private final List<Finding> findings = new ArrayList<>();

  private Doctor(Configuration configuration) {
    this.configuration = configuration;
  }

  /** Everything that was found, in the order that it was looked at. */
  static List<Finding> look(Configuration configuration) {
    Doctor doctor = new Doctor(configuration);
    doctor.kernel();
    doctor.eventSources();
    doctor.cgroups();
    doctor.outOfMemory();
    doctor.security();
    doctor.digests();
    doctor.store();
    doctor.keepers();
    new Engines(doctor.findings::add).look();
    doctor.log();
    return doctor.findings;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException none) {
      return null;
    }
  }

  // --- kernel ------------------------------------------------------------------------------------

  private void kernel() {
    findings.add(Finding.ok("kernel", System.getProperty("os.version")));
    boolean types = Files.exists(Path.of("/sys/kernel/btf/vmlinux"));
    findings.add(
        types
            ? Finding.ok("kernel types (BTF)", "/sys/kernel/btf/vmlinux")
            : Finding.degraded(
                "kernel types (BTF)",
                "the kernel does not describe its types",
                "use a kernel with CONFIG_DEBUG_INFO_BTF; until then changes are found by other"
                    + " means"));
  }

  private void eventSources() {
    boolean found = false;
    for (Rung rung : Home.probe(configuration)) {
      String check = "event source " + rung.name();
      if (rung.usable()) {
        findings.add(Finding.ok(check, (found ? "" : "in use: ") + rung.reason()));
        if (!found && rung.name().equals(EventSources.names().get(0))) {
          new Storages(new Kernel(), findings::add).look(Storages.places());
        }
        found = true;
      } else if (found) {
        findings.add(Finding.ok(check, "not needed; " + rung.reason()));
      } else {
        findings.add(
            Finding.degraded(
                check, rung.reason(), "as root on a newer kernel it works: docs/kernels.md"));
      }
    }
    if (!found) {
      findings.add(
          Finding.broken("event sources", "none can be used", "containers are not captured here"));
    }
  }

  private void cgroups() {
    String check = "cgroups";
    if (Files.exists(CGROUP.resolve("cgroup.controllers"))) {
      findings.add(Finding.ok(check, "version 2"));
    } else if (Files.isDirectory(CGROUP.resolve("unified"))) {
      findings.add(Finding.ok(check, "versions 1 and 2 (hybrid)"));
    } else if (Files.isDirectory(CGROUP.resolve("memory"))) {
      findings.add(
          Finding.degraded(
              check,
              "version 1",
              "events of a container's cgroup need version 2:"
                  + " systemd.unified_cgroup_hierarchy=1 on the kernel's command line"));
    } else {
      findings.add(
          Finding.degraded(check, CGROUP + ": not mounted", "limits for keepers have no effect"));
    }
  }

  /** Only who has the capability may ask for a lower score than it was given: proc(5). */
  private void outOfMemory() {
    String check = "out of memory";
    String status = read(Path.of("/proc/self/status"));
    boolean may =
        status != null
            && status
                .lines()
                .filter(line -> line.startsWith(CAPABILITIES))
                .map(line -> line.substring(CAPABILITIES.length()).strip())
                .anyMatch(set -> (Long.parseUnsignedLong(set, 16) >> SYS_RESOURCE) % 2 != 0);
    findings.add(
        may
            ? Finding.ok(check, "the kernel kills containers before their keepers")
            : Finding.degraded(
                check,
                "the kernel may kill a keeper before its container: no CAP_SYS_RESOURCE",
                "give containers a higher score (podman run --oom-score-adj 100); what a killed"
                    + " keeper missed is captured when its container ends"));
  }

  private void security() {
    String modules = read(Path.of("/sys/kernel/security/lsm"));
    findings.add(Finding.ok("security modules", modules == null ? "unknown" : modules));
    String lockdown = read(Path.of("/sys/kernel/security/lockdown"));
    if (lockdown != null && lockdown.contains("[confidentiality]")) {
      findings.add(
          Finding.degraded(
              "lockdown", "confidentiality", "eBPF cannot read kernel memory: use integrity"));
    }
    String enforcing = read(Path.of("/sys/fs/selinux/enforce"));
    if (enforcing != null) {
      findings.add(Finding.ok("SELinux", enforcing.equals("1") ? "enforcing" : "permissive"));
    }
  }

  // --- ours --------------------------------------------------------------------------------------

  private void digests() {
    for (HashAlgorithm algorithm : HashAlgorithm.values()) {
      String check = "digest " + algorithm;
      findings.add(
          NativeHashers.isNative(algorithm)
              ? Finding.ok(check, "in C")
              : Finding.degraded(
                  check,
                  "in Java, several times slower",
                  algorithm == HashAlgorithm.SHA256
                      ? "install OpenSSL 3 (libcrypto.so.3)"
                      : "this build has no library for it: use sha256"));
    }
  }

  private static Finding noStore(Path path) {
    return Finding.ok("store", path + ": none yet, made when it is needed");
  }

  private void store() {
    Path path = configuration.store();
    if (Files.isDirectory(path)) {
      try (Store store = Store.openExisting(path)) {
        int states = store.states().size();
        String size = new Output.Size(store.fileBytes()).toString();
        findings.add(Finding.ok("store", path + ": " + states + " states, " + size));
      } catch (DiffKeeperException e) {
        findings.add(
            e.exitCode() == ExitCode.NOT_FOUND
                ? noStore(path)
                : Finding.broken(
                    "store",
                    e.getMessage(),
                    e.exitCode() == ExitCode.CORRUPT
                        ? "'diffkeeper verify' says what is damaged"
                        : "run this as the store's owner, or mend what is said"));
      }
    } else {
      findings.add(noStore(path));
    }
    disk(path);
  }

  private void disk(Path store) {
    Path there = store;
    while (there != null && !Files.exists(there)) {
      there = there.getParent();
    }
    try {
      FileStore disk = Files.getFileStore(there);
      long free = disk.getUsableSpace();
      String detail = disk.type() + ", " + new Output.Size(free) + " free";
      if (free < FREE_BYTES_MIN) {
        findings.add(
            Finding.broken("store's disk", detail, "free some: 'diffkeeper forget', then 'gc'"));
      } else if (REMOTE.contains(disk.type())) {
        findings.add(
            Finding.broken(
                "store's disk", detail, "LMDB needs a local file system: set 'store' elsewhere"));
      } else if (free < FREE_BYTES_LOW) {
        findings.add(
            Finding.degraded(
                "store's disk", detail, "set keep-last or another rule, and run 'diffkeeper gc'"));
      } else {
        findings.add(Finding.ok("store's disk", detail));
      }
    } catch (IOException e) {
      findings.add(Finding.broken("store's disk", there + ": " + e.getMessage(), "look at it"));
    }
  }

  private void keepers() {
    Path runDir = configuration.runDir();
    int running = new Keepers(new Kernel(), runDir).status().size();
    int folders = 0;
    try (var each = Files.newDirectoryStream(runDir.resolve("containers"))) {
      for (Path folder : each) {
        folders += Files.isDirectory(folder) ? 1 : 0;
      }
    } catch (IOException none) {
      // No container was kept since boot.
    }
    if (folders > running) {
      findings.add(
          Finding.degraded(
              "keepers",
              running + " running, " + (folders - running) + " containers without theirs",
              "what those wrote since is captured when they end or start again"));
    } else {
      findings.add(Finding.ok("keepers", running + " running"));
    }
    Path spares = runDir.resolve("spares");
    findings.add(
        Finding.ok(
            "spares",
            configuration.spares()
                + " wanted"
                + (Files.isDirectory(spares) ? "" : "; the first container starts the first")));
  }

  private void log() {
    findings.add(
        Finding.ok(
            "log",
            Files.exists(Path.of("/dev/log"))
                ? "syslog or journald: journalctl -t diffkeeper"
                : "no /dev/log: " + configuration.runDir().resolve("diffkeeper.log")));
  }
}
