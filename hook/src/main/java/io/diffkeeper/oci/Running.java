package io.diffkeeper.oci;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A container that runs, found without asking its engine: from the processes that engines have wait
 * for containers, which are conmon and containerd's shims.
 *
 * @param id its id
 * @param name what its engine calls it; empty if that is not known
 * @param pid its first process
 * @param bundle where its config.json is
 */
public record Running(String id, String name, int pid, Path bundle) {
  private static final String SHIM = "containerd-shim";
  private static final String PID_FILE = "init.pid";

  /** All of this host that this user may look at. */
  public static List<Running> all(ProcessTable processes) {
    List<Running> found = new ArrayList<>();
    for (Conmon conmon : Conmon.all(processes)) {
      long pid = conmon.process(processes);
      if (pid > 0) {
        found.add(new Running(conmon.id(), conmon.name(), (int) pid, conmon.bundle()));
      }
    }
    Set<Path> folders = new HashSet<>();
    for (long shim : processes.engines(SHIM)) { // it works in a bundle, whose siblings are others
      processes.folder(shim).map(Path::getParent).ifPresent(folders::add);
    }
    folders.forEach(folder -> addShims(processes, folder, found));
    return found;
  }

  private static void addShims(ProcessTable processes, Path folder, List<Running> found) {
    try (DirectoryStream<Path> bundles = Files.newDirectoryStream(folder)) {
      for (Path bundle : bundles) {
        String id = bundle.getFileName().toString();
        long pid = process(bundle);
        if (ContainerState.isId(id) && processes.isEngines(processes.parent(pid), SHIM)) {
          found.add(new Running(id, "", (int) pid, bundle));
        }
      }
    } catch (IOException | DirectoryIteratorException gone) {
      // The last of its containers has ended.
    }
  }

  private static long process(Path bundle) {
    try {
      return Long.parseLong(Files.readString(bundle.resolve(PID_FILE)).strip());
    } catch (IOException | NumberFormatException unknown) {
      return 0;
    }
  }

  /** As its runtime would describe it to a hook, with annotations that config.json may lack. */
  public ContainerState state(Map<String, String> annotations) {
    return new ContainerState("1.0.2", id, "running", pid, bundle, annotations);
  }
}
