package io.diffkeeper.bpf;

import io.diffkeeper.bpf.libbpf.BpfException;
import io.diffkeeper.bpf.libbpf.BpfMap;
import io.diffkeeper.bpf.libbpf.BpfObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * How often each watcher has looked, for programs that tell of a file once between two looks, and
 * the moment, which says that nobody has looked or begun to watch meanwhile. Not thread-safe; owned
 * by the {@link Programs}.
 */
final class Looks implements AutoCloseable {
  private static final String LOOKS = "looks";
  private static final String SETTINGS = "settings";

  private final BpfMap looks;
  private final BpfMap settings;

  private Looks(BpfMap looks, BpfMap settings) {
    this.looks = looks;
    this.settings = settings;
  }

  /** Those of loaded programs; null if they have none. */
  static Looks of(BpfObject loaded) {
    return loaded.hasMap(LOOKS) ? new Looks(loaded.map(LOOKS), loaded.map(SETTINGS)) : null;
  }

  /** Those of pinned programs; null if they have none. */
  static Looks find(Path pinned) {
    if (!Files.exists(pinned.resolve(LOOKS))) {
      return null;
    }
    BpfMap looks = BpfMap.open(pinned.resolve(LOOKS));
    try {
      return new Looks(looks, BpfMap.open(pinned.resolve(SETTINGS)));
    } catch (BpfException removed) {
      looks.close();
      throw removed;
    }
  }

  /** Makes paths lead to them. */
  void pin(Path folder) {
    looks.pin(folder.resolve(LOOKS));
    settings.pin(folder.resolve(SETTINGS));
  }

  /** The reader of a ring is about to empty it: of what changes from now on it is told anew. */
  void looked(long ring, long times) {
    looks.put(ring, times);
    begin();
  }

  /** Nobody looks any more. */
  void remove(long ring) {
    looks.remove(ring);
  }

  /** A target is about to be watched. */
  void awaits(long target) {
    if (EventLayout.isNamespace(target)) {
      settings.put(EventLayout.SETTING_NAMESPACES, 1);
    }
  }

  /** Begins another moment, whatever other processes do meanwhile. */
  void begin() {
    settings.put(EventLayout.SETTING_MOMENT, RingNumber.moment());
  }

  List<BpfMap> maps() {
    return List.of(looks, settings);
  }

  @Override
  public void close() {
    looks.close();
    settings.close();
  }
}
