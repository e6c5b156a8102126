package io.diffkeeper.replay;

import io.diffkeeper.tree.Entry;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Metadata;
import io.diffkeeper.tree.Name;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/**
 * One entry, three ways: what the container made of its image's, and what the next image has. Where
 * both changed the same thing, the container's is kept.
 *
 * @param version the container's; null if it deleted it
 * @param base what its image had; null if that had none
 * @param image what the image of the next container has; null if it has none
 */
record Merge(Entry version, Entry base, Entry image) {

  /** Whether container and image both changed it, and not to the same. */
  boolean isConflict() {
    // A directory that something is to be put into, and that is none any more.
    boolean inTheWay =
        isDirectory(version) && isDirectory(base) && image != null && !isDirectory(image);
    return inTheWay || changedByBoth();
  }

  private static boolean isDirectory(Entry entry) {
    return entry != null && entry.type() == FileType.DIRECTORY;
  }

  private boolean changedByBoth() {
    return !same(version, base) && !same(image, base) && !same(version, image) && !isSeparate();
  }

  /** Times aside: they tell that something was written, not that it is something else. */
  private static boolean same(Entry a, Entry b) {
    if (a == null || b == null) {
      return a == b;
    }
    boolean directories = isDirectory(a) && isDirectory(b);
    return (directories || a.sameContent(b)) && a.metadata().equalsButTime(b.metadata());
  }

  /** Whether one of them changed the content and the other one the metadata. */
  private boolean isSeparate() {
    if (version == null || base == null || image == null) {
      return false;
    }
    boolean container = version.metadata().equalsButTime(base.metadata());
    boolean next = image.metadata().equalsButTime(base.metadata());
    return container && image.sameContent(base) || next && version.sameContent(base);
  }

  /** Whether the image's content stays and only takes the container's metadata. */
  boolean isAdjustment() {
    return base != null
        && image != null
        && version.link() == 0
        && image.link() == 0
        && version.type() == FileType.FILE
        && version.sameContent(base)
        && image.type() == FileType.FILE
        && !image.sameContent(base);
  }

  /** The entry to be there, if there is to be one: each attribute from whoever changed it. */
  Entry entry() {
    return new Entry(
        version.name(),
        metadata(),
        version.size(),
        version.content(),
        version.target(),
        version.link());
  }

  /** Each attribute as the container left it if it changed it, else as the image has it. */
  Metadata metadata() {
    Metadata ours = version.metadata();
    if (base == null || image == null || image.type() != version.type()) {
      return ours;
    }
    Metadata old = base.metadata();
    Metadata next = image.metadata();
    if (old.equals(next) || old.type() != ours.type()) {
      return ours;
    }
    // The time belongs to the content.
    boolean contentIsOurs = !version.sameContent(base) && version.type() != FileType.DIRECTORY;
    boolean timeIsOurs =
        contentIsOurs
            || ours.mtimeSeconds() != old.mtimeSeconds()
            || ours.mtimeNanos() != old.mtimeNanos();
    return new Metadata(
        ours.type(),
        (int) pick(m -> m.permissions()),
        pick(Metadata::uid),
        pick(Metadata::gid),
        timeIsOurs ? ours.mtimeSeconds() : next.mtimeSeconds(),
        timeIsOurs ? ours.mtimeNanos() : next.mtimeNanos(),
        ours.device(),
        xattrs(ours.xattrs(), old.xattrs(), next.xattrs()));
  }

  private long pick(ToLongFunction<Metadata> attribute) {
    long ours = attribute.applyAsLong(version.metadata());
    boolean changed = ours != attribute.applyAsLong(base.metadata());
    return changed ? ours : attribute.applyAsLong(image.metadata());
  }

  private static SortedMap<Name, byte[]> xattrs(
      SortedMap<Name, byte[]> ours, SortedMap<Name, byte[]> old, SortedMap<Name, byte[]> next) {
    SortedMap<Name, byte[]> merged = new TreeMap<>(next);
    for (Name name : old.keySet()) {
      if (!ours.containsKey(name)) {
        merged.remove(name);
      }
    }
    ours.forEach(
        (name, value) -> {
          if (!Arrays.equals(value, old.get(name))) {
            merged.put(name, value);
          }
        });
    return merged;
  }
}
