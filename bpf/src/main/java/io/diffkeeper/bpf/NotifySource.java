package io.diffkeeper.bpf;

import io.diffkeeper.bpf.notify.Watches;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Events of the kernel's watches on directories. They miss stores through mappings, asynchronous
 * writes and inode flags, so the caller has to compare metadata, too.
 */
final class NotifySource implements EventSource {
  static final String FANOTIFY = "fanotify";
  static final String INOTIFY = "inotify";

  private final String name;
  private final Watches watches;

  NotifySource(String name, Watches watches) {
    this.name = name;
    this.watches = watches;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int pollFd() {
    return watches.pollFd();
  }

  @Override
  public boolean isComplete() {
    return false;
  }

  @Override
  public boolean enter(int directory, long inode) {
    return watches.add(directory, inode);
  }

  @Override
  public void drain(DirtySink sink) {
    Map<Integer, Optional<Writer>> writers = new HashMap<>();
    watches.read(
        new Watches.Listener() {
          @Override
          public void directory(long inode, int pid) {
            sink.dirty(inode, 0, writer(pid));
          }

          @Override
          public void entry(long inode, byte[] entry, int pid) {
            sink.dirtyEntry(inode, entry, writer(pid));
          }

          private Writer writer(int pid) {
            return writers.computeIfAbsent(pid, Processes::find).orElse(null);
          }

          @Override
          public void lost() {
            sink.lost(1);
          }
        });
  }

  @Override
  public void close() {
    watches.close();
  }
}
