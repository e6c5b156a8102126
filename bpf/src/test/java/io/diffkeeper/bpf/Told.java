package io.diffkeeper.bpf;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** What a source has told: inodes with the parents and writers seen last, and losses. */
final class Told implements DirtySink {
  final Map<Long, Long> parents = new HashMap<>();
  final Map<Long, Writer> writers = new HashMap<>();
  final Set<String> entries = new HashSet<>();
  int events;
  int losses;
  long lost;

  /**
   * Everything that the source has to tell now. Events are there when the change's call returns.
   */
  static Told by(EventSource source) {
    Told told = new Told();
    source.drain(told);
    return told;
  }

  boolean has(long inode) {
    return parents.containsKey(inode);
  }

  @Override
  public void dirty(long inode, long parentInode, Writer writer) {
    writers.put(inode, writer);
    parents.put(inode, parentInode);
    events++;
  }

  @Override
  public void dirtyEntry(long directoryInode, byte[] name, Writer writer) {
    entries.add(directoryInode + " " + new String(name, StandardCharsets.UTF_8));
    events++;
  }

  @Override
  public void lost(long count) {
    losses++;
    lost += count;
  }
}
