package io.diffkeeper.bpf;

import io.diffkeeper.bpf.libbpf.BpfException;
import io.diffkeeper.bpf.libbpf.BpfFileSystem;
import io.diffkeeper.bpf.libbpf.BpfLink;
import io.diffkeeper.bpf.libbpf.BpfMap;
import io.diffkeeper.bpf.libbpf.BpfObject;
import io.diffkeeper.bpf.libbpf.BpfPin;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;

/**
 * The attached programs and their maps: the host's, which the first keeper pins and all others of
 * the same build find, or our own where nothing can be pinned.
 *
 * <p>Whoever uses them keeps them attached, whatever becomes of the paths. Not thread-safe; owned
 * by whoever opened it.
 */
final class Programs implements AutoCloseable {
  private static final String FOLDER = "diffkeeper";
  private static final String FRESH = "new-"; // no dots in names there
  private static final String TARGETS = "targets";
  private static final String RINGS = "rings";
  private static final String ATTACHED = "attached";
  private static final int E2BIG = 7;

  /** See the same, the first at less cost. */
  private static final List<String> ALTERNATIVES =
      List.of("hook_fault_dirty_shared_page", "hook_file_update_time");

  private final BpfMap targets;
  private final BpfMap rings;

  /** Null if the programs need not know when somebody has looked. */
  private final Looks looks;

  /** Null if all are needed by everybody. */
  private final OnDemand onDemand;

  private final List<BpfPin> attachments;

  private Programs(
      BpfMap targets, BpfMap rings, Looks looks, OnDemand onDemand, List<BpfPin> attachments) {
    this.targets = targets;
    this.rings = rings;
    this.looks = looks;
    this.onDemand = onDemand;
    this.attachments = attachments;
  }

  /** Who is watched. */
  BpfMap targets() {
    return targets;
  }

  /**
   * Where their events go. To remove an entry takes tens of ms: the kernel waits until no program
   * runs that has not seen it go.
   */
  BpfMap rings() {
    return rings;
  }

  /**
   * Adds who is watched; what killed keepers watched makes way.
   *
   * @return false if somebody watches it already
   */
  boolean add(long target, byte[] entry) {
    if (looks == null) {
      return addTarget(target, entry);
    }
    looks.awaits(target);
    boolean added = addTarget(target, entry);
    looks.begin();
    return added;
  }

  private boolean addTarget(long target, byte[] entry) {
    try {
      if (targets.add(target, entry)) {
        return true;
      }
    } catch (BpfException e) {
      requireFull(e);
    }
    forgetTargets();
    return targets.add(target, entry);
  }

  /** Adds a ring that events may go to; what killed keepers left makes way. */
  void addRing(long number, BpfMap ring) {
    try {
      rings.add(number, ring);
    } catch (BpfException e) {
      requireFull(e);
      forgetTheDead();
      rings.add(number, ring);
    }
    looked(number, 0);
  }

  private static void requireFull(BpfException e) {
    if (e.errno() != E2BIG) {
      throw e;
    }
  }

  /** Removes a ring. */
  void removeRing(long number) {
    rings.remove(number);
    if (looks != null) {
      looks.remove(number);
    }
  }

  /** The reader of a ring is about to empty it: of what changes from now on it is told anew. */
  void looked(long ring, long times) {
    if (looks != null) {
      looks.looked(ring, times);
    }
  }

  /**
   * Attaches what is attached on demand only.
   *
   * @return to be held for as long as it is needed; null if everything is attached anyway
   * @throws BpfException if the kernel refuses
   */
  BpfLink attachAll() {
    return onDemand == null ? null : onDemand.attach();
  }

  /**
   * The host's programs, or our own, which become the host's if they can be pinned.
   *
   * @param object the file they are in
   * @param types description of the kernel's types; null if the kernel describes itself
   * @throws BpfException if they cannot be loaded or attached
   */
  static Programs shared(Path object, Path types) {
    Path pinned = pinned(object);
    Programs found = find(pinned);
    if (found != null || pinned == null) {
      return found == null ? own(object, types) : found;
    }
    found = own(object, types);
    Path folder = pinned.getParent();
    try {
      Files.createDirectories(folder);
      removeRemains(folder, pinned);
      found.pin(folder.resolve(FRESH + ProcessHandle.current().pid()), pinned);
    } catch (IOException | BpfException e) {
      return found; // nothing can be pinned, or another keeper was faster: ours stay ours
    }
    return found;
  }

  /** The host's programs, or our own, which go with us: for who only tries whether they load. */
  static Programs tried(Path object, Path types) {
    Programs found = find(pinned(object));
    return found == null ? own(object, types) : found;
  }

  /** Where the host's programs are pinned, or will be; null if they can't be. */
  static Path pinned(Path object) {
    Path mounted = BpfFileSystem.mounted();
    return mounted == null || !Files.exists(object)
        ? null
        : mounted.resolve(FOLDER).resolve(digest(object));
  }

  /** Programs of our own. */
  static Programs own(Path object, Path types) {
    try (BpfObject loaded = BpfObject.open(object, types)) {
      loaded.load();
      loaded.attach(p -> !OnDemand.isLater(p) && !ALTERNATIVES.contains(p));
      loaded.attachFirst(ALTERNATIVES);
      return new Programs(
          loaded.map(TARGETS),
          loaded.map(RINGS),
          Looks.of(loaded),
          OnDemand.of(loaded),
          loaded.attachments());
    }
  }

  /**
   * What tells the programs of one build from those of another, by two checksums, which together
   * are as good as 64 bits against chance: only root can put an object there. The JVM computes them
   * in native code from the first call on, a cryptographic digest cost a cold start 12 ms.
   */
  private static String digest(Path object) {
    try {
      byte[] bytes = Files.readAllBytes(object);
      long digest = 0;
      for (Checksum checksum : List.of(new CRC32(), new CRC32C())) {
        checksum.update(bytes, 0, bytes.length);
        digest = digest << Integer.SIZE | checksum.getValue();
      }
      return HexFormat.of().toHexDigits(digest);
    } catch (IOException e) {
      throw new IllegalStateException(object + ": " + e.getMessage(), e);
    }
  }

  private static Programs find(Path pinned) {
    if (pinned == null || !Files.exists(pinned)) {
      return null;
    }
    List<BpfPin> all = new ArrayList<>();
    try {
      BpfMap targets = BpfMap.open(pinned.resolve(TARGETS));
      all.add(targets);
      BpfMap rings = BpfMap.open(pinned.resolve(RINGS));
      all.add(rings);
      Looks looks = Looks.find(pinned);
      if (looks != null) {
        all.addAll(looks.maps());
      }
      List<BpfPin> attachments = new ArrayList<>();
      for (int i = 0; Files.exists(pinned.resolve(ATTACHED + i)); i++) {
        BpfPin attachment = BpfPin.open(pinned.resolve(ATTACHED + i));
        all.add(attachment);
        attachments.add(attachment);
      }
      OnDemand onDemand = OnDemand.find(pinned);
      Programs found = new Programs(targets, rings, looks, onDemand, attachments);
      if (Files.exists(pinned.resolve(TARGETS))) {
        return found;
      }
      found.close(); // being removed, and maybe not whole
      return null;
    } catch (BpfException removed) {
      all.forEach(BpfPin::close);
      return null;
    }
  }

  /** Under a name of our own first, so that whoever finds the folder finds it whole. */
  private void pin(Path fresh, Path pinned) throws IOException {
    Files.createDirectory(fresh);
    try {
      targets.pin(fresh.resolve(TARGETS));
      rings.pin(fresh.resolve(RINGS));
      if (looks != null) {
        looks.pin(fresh);
      }
      if (onDemand != null) {
        onDemand.pin(fresh);
      }
      for (int i = 0; i < attachments.size(); i++) {
        attachments.get(i).pin(fresh.resolve(ATTACHED + i));
      }
      Files.move(fresh, pinned);
    } catch (IOException | BpfException e) {
      remove(fresh);
      throw e;
    }
  }

  /** Programs of other builds that watch nobody, and what killed keepers had begun to pin. */
  private static void removeRemains(Path folder, Path pinned) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        if (name.startsWith(FRESH)) {
          if (!Files.exists(Path.of("/proc", name.substring(FRESH.length())))) {
            remove(entry);
          }
        } else if (entry.equals(pinned)) {
          remove(entry); // not whole, or it would have been found
        } else if (!isUsed(entry)) {
          remove(entry);
        }
      }
    }
  }

  private static boolean isUsed(Path pinned) {
    try (Programs others = find(pinned)) {
      if (others == null) {
        return false;
      }
      others.forgetTheDead();
      return !others.targets.keys().isEmpty();
    }
  }

  /** First what tells, when everything else was found, that it is whole. */
  private static void remove(Path folder) throws IOException {
    Files.deleteIfExists(folder.resolve(TARGETS));
    try (DirectoryStream<Path> pins = Files.newDirectoryStream(folder)) {
      for (Path pin : pins) {
        Files.delete(pin);
      }
    }
    Files.delete(folder);
  }

  /**
   * Removes what killed keepers watched, and their rings, of which each takes a grace period: for
   * when nobody waits. Until then a dead ring costs memory, a dead target whoever it watched.
   */
  void forgetTheDead() {
    forgetTargets();
    for (long ring : rings.keys()) {
      if (!RingNumber.isRead(ring)) {
        removeRing(ring);
      }
    }
  }

  private void forgetTargets() {
    for (long key : targets.keys()) {
      ByteBuffer target = targets.get(key, EventLayout.TARGET_BYTES);
      if (target != null && !EventLayout.isWatched(target)) {
        targets.remove(key);
      }
    }
  }

  @Override
  public void close() {
    targets.close();
    rings.close();
    if (looks != null) {
      looks.close();
    }
    if (onDemand != null) {
      onDemand.close();
    }
    attachments.forEach(BpfPin::close);
  }
}
