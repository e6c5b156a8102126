package io.diffkeeper.files;

import io.diffkeeper.sys.Call;
import io.diffkeeper.sys.Errno;
import io.diffkeeper.sys.Stat;
import io.diffkeeper.sys.SyscallException;
import io.diffkeeper.tree.FileType;
import io.diffkeeper.tree.Metadata;
import io.diffkeeper.tree.Name;
import java.util.SortedMap;
import java.util.TreeMap;

/** Reads and sets an inode's metadata, translated between the host's ids and the container's. */
public final class Attributes {
  private static final int SETUID_SETGID = 06000;
  private static final int PERMISSIONS = 07777;
  private static final int UNKNOWN = -1;

  private final Ids ids;
  private final Policy policy;
  private final byte[] label;

  /** Attributes of a container with these mappings, restored as far as {@code policy} allows. */
  public Attributes(Ids ids, Policy policy) {
    this(ids, policy, null);
  }

  /**
   * The same for a container whose files have a security label.
   *
   * @param label see {@link Label#of}; null for none
   */
  public Attributes(Ids ids, Policy policy, byte[] label) {
    this.ids = ids;
    this.policy = policy;
    this.label = label;
  }

  /** What the administrator allows. */
  public Policy policy() {
    return policy;
  }

  /**
   * An inode's metadata as the container sees it.
   *
   * @param stat what {@link Inode#stat} just told of it
   */
  public Metadata read(Inode inode, Stat stat) throws SyscallException {
    FileType type = FileType.of(stat.mode());
    boolean device = type == FileType.CHAR_DEVICE || type == FileType.BLOCK_DEVICE;
    return new Metadata(
        type,
        stat.mode() & PERMISSIONS,
        ids.uidToContainer().applyAsLong(stat.uid()),
        ids.gidToContainer().applyAsLong(stat.gid()),
        stat.mtimeSeconds(),
        stat.mtimeNanos(),
        device ? stat.rdev() : 0,
        inContainer(inode.xattrs()));
  }

  private SortedMap<Name, byte[]> inContainer(SortedMap<Name, byte[]> host) {
    if (host.isEmpty() || ids == Ids.SAME) {
      return host;
    }
    SortedMap<Name, byte[]> mapped = new TreeMap<>();
    host.forEach(
        (name, value) ->
            mapped.put(name, Xattrs.map(name, value, ids.uidToContainer(), ids.gidToContainer())));
    return mapped;
  }

  /**
   * Gives an inode everything that {@code metadata} says, the modification time last.
   *
   * @return null, or what the policy kept from being restored
   */
  public String apply(Inode inode, Metadata metadata) throws SyscallException {
    return apply(inode, metadata, null, UNKNOWN);
  }

  /**
   * The same for an inode that was just made, with a label.
   *
   * @param fresh what new inodes have there
   * @param created the permissions that it was created with
   */
  public String applyNew(Inode inode, Metadata metadata, Fresh fresh, int created)
      throws SyscallException {
    return apply(inode, metadata, fresh, fresh.permissions(created));
  }

  private String apply(Inode inode, Metadata metadata, Fresh fresh, int present)
      throws SyscallException {
    // In this order: a change of owner clears setuid bits and capabilities, an ACL sets the mode.
    applyOwner(inode, metadata, fresh);
    String withheld = null;
    if (metadata.type() != FileType.SYMLINK) {
      int permissions = metadata.permissions();
      boolean privileged =
          metadata.type() != FileType.DIRECTORY && (permissions & SETUID_SETGID) != 0;
      if (privileged && !policy.privileges()) {
        permissions &= ~SETUID_SETGID;
        withheld = "setuid or setgid bit";
      }
      if (permissions != present) {
        inode.setPermissions(permissions);
      }
    }
    if (fresh != null && label != null) {
      inode.setLabel(label);
    }
    String capability = applyXattrs(inode, metadata.xattrs(), fresh);
    inode.setModified(metadata.mtimeSeconds(), metadata.mtimeNanos());
    return withheld != null ? withheld : capability;
  }

  private void applyOwner(Inode inode, Metadata metadata, Fresh fresh) throws SyscallException {
    long uid = ids.uidToHost().applyAsLong(metadata.uid());
    long gid = ids.gidToHost().applyAsLong(metadata.gid());
    if (uid < 0 || gid < 0) {
      throw new SyscallException(
          Call.FCHOWNAT,
          String.format(
              "%s: owner %d:%d is not in the container's ids",
              inode.path(), metadata.uid(), metadata.gid()),
          Errno.EINVAL);
    }
    if (fresh == null || fresh.uid() != uid || fresh.gid() != gid) {
      inode.setOwner(uid, gid);
    }
  }

  private String applyXattrs(Inode inode, SortedMap<Name, byte[]> wanted, Fresh fresh)
      throws SyscallException {
    SortedMap<Name, byte[]> present = fresh == null ? inode.xattrs() : Metadata.NO_XATTRS;
    for (Name name : present.keySet()) {
      if (!wanted.containsKey(name)) {
        inode.removeXattr(name);
      }
    }
    String withheld = null;
    for (var xattr : wanted.entrySet()) {
      Name name = xattr.getKey();
      if (name.equals(Xattrs.CAPABILITY) && !policy.privileges()) {
        withheld = "file capability";
      } else {
        inode.setXattr(name, Xattrs.map(name, xattr.getValue(), ids.uidToHost(), ids.gidToHost()));
      }
    }
    return withheld;
  }
}
