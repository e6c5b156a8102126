package io.diffkeeper.bpf;

import io.diffkeeper.bpf.notify.Watches;

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
    watches.read(
        new Watches.Listener() {
          @Override
          public void directory(long inode) {
            sink.dirty(inode, 0);
          }

          @Override
          public void entry(long inode, byte[] entry) {
            sink.dirtyEntry(inode, entry);
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
