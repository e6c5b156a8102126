package io.diffkeeper.bpf;

import java.nio.file.Path;

/**
 * What eBPF sources are made from.
 *
 * @param objects directory of the BPF objects
 * @param types description of the running kernel's types; null if the kernel describes itself
 */
public record BpfFiles(Path objects, Path types) {
  Path object(ProgramSet set) {
    return objects.resolve(set.object());
  }
}
