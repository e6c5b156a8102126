package io.diffkeeper.sys;

import java.util.Locale;

/** The system calls in use, with their numbers on x86-64 and on the generic table of arm64. */
public enum Call {
  ACCEPT4(288, 242),
  BIND(49, 200),
  CLOCK_GETTIME(228, 113),
  CLOSE(3, 57),
  CONNECT(42, 203),
  FALLOCATE(285, 47),
  FCHMOD(91, 52),
  FCHMODAT(268, 53),
  FCHOWNAT(260, 54),
  FDATASYNC(75, 83),
  FGETXATTR(193, 10),
  FLISTXATTR(196, 13),
  FREMOVEXATTR(199, 16),
  FSETXATTR(190, 7),
  FSTATFS(138, 44),
  FTRUNCATE(77, 46),
  GETDENTS64(217, 61),
  GETSOCKOPT(55, 209),
  GETXATTR(191, 8),
  IOCTL(16, 29),
  KILL(62, 129),
  LINKAT(265, 37),
  LISTEN(50, 201),
  LISTXATTR(194, 11),
  LSEEK(8, 62),
  MADVISE(28, 233),
  MKDIRAT(258, 34),
  MKNODAT(259, 33),
  OPENAT(257, 56),
  OPENAT2(437, 437),
  PIDFD_OPEN(434, 434),
  PPOLL(271, 73),
  PREAD64(17, 67),
  PWRITE64(18, 68),
  READ(0, 63),
  READLINKAT(267, 78),
  REMOVEXATTR(197, 14),
  RENAMEAT2(316, 276),
  SETXATTR(188, 5),
  SIGNALFD4(289, 74),
  SOCKET(41, 198),
  STATX(332, 291),
  SYMLINKAT(266, 36),
  SYNCFS(306, 267),
  UNLINKAT(263, 35),
  UTIMENSAT(280, 88),
  WAIT4(61, 260),
  WRITE(1, 64);

  private final int number;

  Call(int x86, int arm64) {
    this.number = "aarch64".equals(System.getProperty("os.arch")) ? arm64 : x86;
  }

  int number() {
    return number;
  }

  /** The name as in the manual, section 2. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
