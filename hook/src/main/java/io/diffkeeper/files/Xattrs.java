package io.diffkeeper.files;

import io.diffkeeper.tree.Name;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.LongUnaryOperator;

/** Which extended attributes are part of a container's state, and the ids inside them. */
final class Xattrs {
  static final Name CAPABILITY = Name.of("security.capability");
  private static final Name ACL_ACCESS = Name.of("system.posix_acl_access");
  private static final Name ACL_DEFAULT = Name.of("system.posix_acl_default");

  private static final int ACL_VERSION = 2;
  private static final int ACL_HEADER = 4;
  private static final int ACL_ENTRY = 8;
  private static final int TAG_USER = 0x02;
  private static final int TAG_GROUP = 0x08;

  private Xattrs() {}

  /**
   * Users' attributes, ACLs, capabilities and trusted ones. Labels follow the container's own
   * configuration, and overlayfs keeps its bookkeeping to itself.
   */
  static boolean kept(Name name) {
    String text = name.toString();
    return text.startsWith("user.")
        || isAcl(name)
        || name.equals(CAPABILITY)
        || text.startsWith("trusted.") && !text.startsWith("trusted.overlay.");
  }

  private static boolean isAcl(Name name) {
    return name.equals(ACL_ACCESS) || name.equals(ACL_DEFAULT);
  }

  /**
   * Maps the users and groups that an ACL names; other attributes pass as they are. Layout:
   * include/uapi/linux/posix_acl_xattr.h: u32 version, then entries of u16 tag, u16 permissions,
   * u32 id, all little-endian.
   */
  static byte[] map(Name name, byte[] value, LongUnaryOperator uid, LongUnaryOperator gid) {
    if (!isAcl(name) || value.length < ACL_HEADER) {
      return value;
    }
    ByteBuffer acl = ByteBuffer.wrap(value.clone()).order(ByteOrder.LITTLE_ENDIAN);
    if (acl.getInt(0) != ACL_VERSION) {
      return value;
    }
    for (int at = ACL_HEADER; at + ACL_ENTRY <= value.length; at += ACL_ENTRY) {
      int tag = acl.getShort(at);
      long id = acl.getInt(at + 4) & 0xffffffffL;
      if (tag == TAG_USER) {
        acl.putInt(at + 4, (int) uid.applyAsLong(id));
      } else if (tag == TAG_GROUP) {
        acl.putInt(at + 4, (int) gid.applyAsLong(id));
      }
    }
    return acl.array();
  }
}
