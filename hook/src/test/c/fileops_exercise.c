/*
 * Every file operation that capture must not miss, in two rounds: the first makes files, the
 * second, after a pause in which they are captured, changes the same files again.
 */
#define _GNU_SOURCE
#include "fileops.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { PAGE = 4096, PAUSE_US = 300 * 1000, DIRTY_AGAIN_US = 7000, BYTES = 3 * PAGE + 123 };
enum { NOREPLACE = 1, EXCHANGE = 2, ZERO_RANGE = 0x10 }; /* RENAME_…, FALLOC_FL_… */
enum { INODES_BELOW_MAX = 16 };
enum { DEEP = 24, DEEP_NAME = 200 };  /* longer than a path may be for one system call */

static int round_now;
static unsigned char bytes[4 * PAGE] __attribute__((aligned(PAGE)));
static unsigned char *mapped;

static void refill(const char *name) {
  unsigned seed = (unsigned)round_now + 1;
  for (const char *c = name; *c; c++) seed = seed * 31 + (unsigned char)*c;
  fill(bytes, sizeof bytes, seed);
}

static int open_file(const char *name, int flags) {
  refill(name);
  int fd = open(name, O_CREAT | O_RDWR | flags, 0644);
  if (fd < 0) die(name);
  return fd;
}

/* A file with BYTES of content that is made in the first round only. */
static int filled(const char *name) {
  int fd = open_file(name, 0);
  if (round_now == 0 && write(fd, bytes, BYTES) != BYTES) die(name);
  return fd;
}

static void make(const char *name) {
  close(filled(name));
}

static void remake(const char *name) {
  int fd = open_file(name, O_TRUNC);
  if (write(fd, bytes, BYTES) != BYTES) die(name);
  close(fd);
}

/* --- content --------------------------------------------------------------------------------- */

static void writes(void) {
  long at = round_now * 5000;
  int fd = open_file("write", 0);
  lseek(fd, at, SEEK_SET);
  tell("write", write(fd, bytes, 777) == 777);
  close(fd);

  fd = open_file("pwrite", 0);
  tell("pwrite", pwrite(fd, bytes, 5000, at) == 5000);
  close(fd);

  fd = open_file("writev", 0);
  lseek(fd, at, SEEK_SET);
  struct iovec parts[] = {{bytes, 100}, {bytes + 300, 4000}, {bytes + 200, 1}};
  tell("writev", writev(fd, parts, 3) == 4101);
  close(fd);

  fd = open_file("append", O_APPEND);
  tell("append", write(fd, bytes, 10000) == 10000);
  close(fd);

  fd = open_file("empty", 0);
  close(fd);
}

static void unusual_writes(void) {
  long at = round_now * PAGE;
  int fd = open("direct", O_CREAT | O_RDWR | O_DIRECT, 0644);
  refill("direct");
  tell("O_DIRECT", fd >= 0 && pwrite(fd, bytes, 2 * PAGE, at) == 2 * PAGE);
  if (fd >= 0) close(fd);

  fd = open_file("uring", 0);
  tell("io_uring", write_by_uring(fd, bytes, 3000, at));
  close(fd);

  fd = open_file("aio", 0);
  tell("aio", write_by_aio(fd, bytes, 3000, at));
  close(fd);
}

static void transfers(void) {
  int from = filled("source");
  loff_t at = round_now * 100, to_at = round_now * PAGE;

  int fd = open_file("copy_file_range", 0);
  tell("copy_file_range", syscall(SYS_copy_file_range, from, &at, fd, &to_at, 6000, 0) == 6000);
  close(fd);

  fd = open_file("sendfile", 0);
  off_t start = 50 + round_now;
  lseek(fd, to_at, SEEK_SET);
  tell("sendfile", sendfile(fd, from, &start, 6000) == 6000);
  close(fd);

  int ends[2];
  fd = open_file("splice", 0);
  if (pipe(ends) || write(ends[1], bytes, 3000) != 3000) die("pipe");
  loff_t splice_at = round_now * 2000;
  tell("splice", splice(ends[0], NULL, fd, &splice_at, 3000, 0) == 3000);
  close(ends[0]);
  close(ends[1]);
  close(fd);
  close(from);
}

/* The mapping stays: what is stored last is in pages that are dirty already. */
static void mapping(void) {
  if (round_now == 0) {
    int fd = filled("mmap");
    mapped = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED) die("mmap");
    close(fd);
  }
  memset(mapped + 10, 'a' + round_now, 100);
  memset(mapped + PAGE + 10, 'k' + round_now, 1);
  usleep(DIRTY_AGAIN_US);
  memset(mapped + 50, 'A' + round_now, 100);
  usleep(DIRTY_AGAIN_US);
  memset(mapped + 20, '0' + round_now, 5);
  tell("mmap", true);
}

static void sizes(void) {
  int fd = filled("truncate");
  tell("truncate", !truncate("truncate", round_now ? 20000 : 5000));
  close(fd);

  fd = filled("ftruncate");
  tell("ftruncate", !ftruncate(fd, round_now ? 0 : 1));
  close(fd);

  remake("O_TRUNC");
  if (round_now) {
    fd = open("O_TRUNC", O_WRONLY | O_TRUNC);
    tell("O_TRUNC", fd >= 0 && write(fd, "short", 5) == 5);
    close(fd);
  }

  fd = open_file("fallocate", 0);
  tell("fallocate", !fallocate(fd, 0, 0, 10 * PAGE + round_now * 5 * PAGE));
  pwrite(fd, bytes, 100, 2 * PAGE + round_now);
  close(fd);

  fd = open_file("punch", 0);
  if (round_now == 0) {
    for (int i = 0; i < 4; i++) pwrite(fd, bytes, sizeof bytes, i * (long)sizeof bytes);
  }
  long hole_at = round_now ? 9 * PAGE : 2 * PAGE;
  tell("punch hole",
       !fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, hole_at, 3 * PAGE));
  close(fd);

  fd = filled("zero");
  tell("zero range", !fallocate(fd, ZERO_RANGE, 1000 + round_now * PAGE, 3000));
  close(fd);

  fd = open_file("sparse", 0);
  pwrite(fd, bytes, 5000, round_now ? 40 * PAGE : 100 * PAGE);
  tell("sparse file", !ftruncate(fd, 300 * PAGE + 17));
  close(fd);

  fd = open_file("all-hole", 0);
  tell("file of one hole", !ftruncate(fd, (1 << 20) + round_now));
  close(fd);

  fd = open_file("written-zeros", 0);
  memset(bytes, 0, sizeof bytes);
  tell("zeros", pwrite(fd, bytes, sizeof bytes, round_now * PAGE) == sizeof bytes);
  close(fd);
}

/* --- names ----------------------------------------------------------------------------------- */

static bool rename2(const char *from, const char *to, unsigned flags) {
  return !syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);
}

static void renames(void) {
  if (round_now == 0) {
    make("rename-from");
    make("exchange-1");
    make("replaced");
    mkdir("rename-dir", 0755);
    mkdir("exchange-dir", 0755);
    make("rename-dir/inside");
    make("exchange-dir/inside");
    make("exchange-file");
    make("replacing");
    tell("rename", !rename("rename-from", "rename-first"));
    return;
  }
  refill("exchange-2");
  int fd = open("exchange-2", O_CREAT | O_WRONLY, 0600);
  tell("rename again", !rename("rename-first", "rename-second"));
  tell("rename over", write(fd, bytes, 100) == 100 && !rename("replacing", "replaced"));
  tell("rename exchange", rename2("exchange-1", "exchange-2", EXCHANGE));
  tell("rename exchange of kinds", rename2("exchange-dir", "exchange-file", EXCHANGE));
  tell("rename directory", !rename("rename-dir", "renamed-dir"));
  tell("rename noreplace", rename2("renamed-dir/inside", "came-out", NOREPLACE));
  close(fd);
}

static void links(void) {
  if (round_now == 0) {
    make("link-a");
    tell("link", !link("link-a", "link-b"));
    mkdir("links", 0755);
    tell("link across", !link("link-a", "links/c"));
    tell("symlink", !symlink("link-a", "symlink"));
    symlink("/nowhere/at all", "symlink-absolute");
    symlink("../../../../etc/passwd", "symlink-out");
    make("unlinked");
    make("link-lost");
    link("link-lost", "link-left");
    return;
  }
  int fd = open("links/c", O_WRONLY);
  tell("write through a link", pwrite(fd, "linked", 6, 4000) == 6);
  close(fd);
  tell("unlink", !unlink("unlinked"));
  tell("unlink of a link", !unlink("link-lost"));
  unlink("symlink");
  tell("symlink again", !symlink("links", "symlink"));
  remake("link-late");
  link("link-late", "links/link-late");
}

static void deep(void) {
  char name[DEEP_NAME + 1];
  memset(name, 'd', DEEP_NAME);
  name[DEEP_NAME] = '\0';
  int home = open(".", O_RDONLY | O_DIRECTORY);
  name[0] = (char)('0' + round_now);
  for (int depth = 0; depth < DEEP; depth++) {
    if (mkdir(name, 0755) || chdir(name)) die("deep mkdir");
    if (depth % 6 == 0) remake("at-once");
  }
  remake("bottom");
  tell("deep directories", !fchdir(home));
  close(home);
}

/* ext4 gives the lowest free number of a group: once those below are taken, the file's own. */
static void become_directory(const char *name) {
  struct stat file, made;
  char other[32];
  if (stat(name, &file) || unlink(name)) die(name);
  for (int i = 0; !mkdir(name, 0755) && !stat(name, &made) && made.st_ino != file.st_ino; i++) {
    if (i == INODES_BELOW_MAX) break;
    snprintf(other, sizeof other, "%s-%d", name, i);
    if (rename(name, other)) die(other);
  }
  tell("file becomes directory", S_ISDIR(made.st_mode));
}

static void directories(void) {
  if (round_now == 0) {
    mkdir("empty-dir", 0700);
    mkdir("rmdir", 0755);
    mkdir("becomes-file", 0755);
    make("becomes-file/inside");
    make("becomes-dir");
    make("same-inode");
    tell("mkfifo", !mkfifo("fifo", 0640));
    mkfifo("fifo-gone", 0600);
    return;
  }
  tell("rmdir", !rmdir("rmdir"));
  unlink("becomes-file/inside");
  rmdir("becomes-file");
  remake("becomes-file");
  unlink("becomes-dir");
  mkdir("becomes-dir", 0711);
  remake("becomes-dir/inside");
  become_directory("same-inode");
  unlink("fifo-gone");
  mkdir("empty-dir-2", 0755);
  mkdir("empty-dir-2/empty", 0755);
}

static void odd_names(void) {
  static const char *const NAMES[] = {
      "new\nline", "latin-\xe9\xff\xfe", " blank ", "-rf",      "quote'\"\\",
      "esc\x1b[2J", "tab\t",            "...",     "star*?[a]", "\xc3\xa4\xe2\x82\xac",
  };
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
    int fd = open_file(NAMES[i], 0);
    pwrite(fd, bytes, 10 + i, round_now * 20);
    close(fd);
  }
  char longest[256];
  memset(longest, 'n', 255);
  longest[255] = '\0';
  remake(longest);
  tell("odd names", true);
}

static void unnamed(void) {
  int fd = open(".", O_TMPFILE | O_RDWR, 0644);
  if (fd < 0) {
    tell("O_TMPFILE", false);
    return;
  }
  refill("tmpfile");
  char proc[64], name[32];
  snprintf(proc, sizeof proc, "/proc/self/fd/%d", fd);
  snprintf(name, sizeof name, "tmpfile-%d", round_now);
  if (write(fd, bytes, 5000) != 5000) die("O_TMPFILE");
  tell("O_TMPFILE", !linkat(AT_FDCWD, proc, AT_FDCWD, name, AT_SYMLINK_FOLLOW));
  close(fd);
}

/*
 * Links of what is beside the tree: on a tmpfs they change no inode in it but the directory's. Where
 * the tree is a mount of its own there is nothing beside it.
 */
static void from_outside(void) {
  char outside[64], proc[64];
  struct stat above, tree;
  if (stat("..", &above) != 0 || stat(".", &tree) != 0) die("..");
  if (above.st_dev != tree.st_dev) return;
  if (round_now == 0) {
    mkdir("linked", 0755);
    return;
  }
  snprintf(outside, sizeof outside, "../.fileops-%d", (int)getpid());
  refill("outside");
  int fd = open(outside, O_CREAT | O_EXCL | O_RDWR, 0644);
  if (fd < 0 || write(fd, bytes, 5000) != 5000) die(outside);
  tell("link from outside", !link(outside, "linked/named"));
  unlink(outside);
  close(fd);
  fd = open("..", O_TMPFILE | O_RDWR, 0644);
  if (fd < 0) return;
  snprintf(proc, sizeof proc, "/proc/self/fd/%d", fd);
  tell("O_TMPFILE from outside",
       !linkat(AT_FDCWD, proc, AT_FDCWD, "linked/nameless", AT_SYMLINK_FOLLOW));
  close(fd);
}

/* --- attributes ------------------------------------------------------------------------------ */

static void attributes(void) {
  make("chmod");
  tell("chmod", !chmod("chmod", round_now ? 0000 : 0751));
  make("chown");
  tell("chown", !chown("chown", 1000 + (unsigned)round_now, 2000));
  if (round_now == 0) {
    mkdir("sticky", 0755);
    symlink("chown", "chown-link");
  }
  tell("chmod directory", !chmod("sticky", round_now ? 02775 : 01777));
  tell("lchown", !lchown("chown-link", 7, 8 + (unsigned)round_now));

  make("utimens");
  struct timespec past[2] = {{0, UTIME_OMIT}, {1000000000, 123456789 + round_now}};
  tell("utimensat", !utimensat(AT_FDCWD, "utimens", past, 0));
  make("before-1970");
  struct timespec before[2] = {{0, UTIME_OMIT}, {-5, 999999999}};
  tell("utimensat before 1970", !utimensat(AT_FDCWD, "before-1970", before, 0));
  tell("utimensat link",
       !utimensat(AT_FDCWD, "chown-link", past, AT_SYMLINK_NOFOLLOW));
}

static void put_acl(const char *name, const char *which, unsigned user) {
  struct {
    uint32_t version;
    struct {
      uint16_t tag, perm;
      uint32_t id;
    } entries[5];
  } acl = {2, {{1, 6, ~0u}, {2, 4, user}, {4, 4, ~0u}, {0x10, 4, ~0u}, {0x20, 0, ~0u}}};
  tell(which, !setxattr(name, which, &acl, sizeof acl, 0));
}

static void xattrs(void) {
  make("xattr");
  tell("setxattr", !setxattr("xattr", "user.changed", &round_now, sizeof round_now, 0));
  if (round_now == 0) {
    setxattr("xattr", "user.removed", "x", 1, 0);
    setxattr("xattr", "user.empty", "", 0, 0);
    mkdir("xattr-dir", 0755);
    mkdir("acl-dir", 0755);
  } else {
    tell("removexattr", !removexattr("xattr", "user.removed"));
    setxattr("xattr-dir", "user.of-directory", bytes, 1000, 0);
  }
  make("acl");
  put_acl("acl", "system.posix_acl_access", 1000 + (unsigned)round_now);
  put_acl("acl-dir", "system.posix_acl_default", 1005 + (unsigned)round_now);
  remake(round_now ? "acl-dir/inherits-1" : "acl-dir/inherits-0");
}

/* --- what the image has ---------------------------------------------------------------------- */

/* On an overlay, stores into a mapping are seen in the upper layer alone. */
static void map_image(void) {
  static unsigned char *page;
  if (round_now == 0) {
    int fd = open("image/mapped", O_RDWR);
    if (fd < 0) return;
    page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED) die("map image file");
    close(fd);
  }
  if (!page) return;
  page[17] = (unsigned char)('0' + round_now);
  tell("map image file", true);
}

static void image(void) {
  if (access("image", F_OK)) return;
  map_image();
  if (round_now == 0) {
    int fd = open("image/changed", O_WRONLY);
    tell("change image file", pwrite(fd, "changed", 7, 3) == 7);
    close(fd);
    tell("remove image file", !unlink("image/removed"));
    tell("chmod image file", !chmod("image/mode", 0600));
    return;
  }
  tell("rename image file", !rename("image/moved", "moved-from-image"));
  tell("remove image directory", !unlink("image/gone/file") && !rmdir("image/gone"));
  unlink("image/replaced/file");
  rmdir("image/replaced");
  tell("replace image directory", !symlink("/etc", "image/replaced"));
  unlink("image/recreated/file");
  rmdir("image/recreated");
  tell("recreate image directory", !mkdir("image/recreated", 0750));
  remake("image/recreated/new");
}

void exercise(const char *dir) {
  if (chdir(dir)) die(dir);
  umask(022);
  for (round_now = 0; round_now < 2; round_now++) {
    writes();
    unusual_writes();
    transfers();
    sizes();
    renames();
    links();
    deep();
    directories();
    odd_names();
    unnamed();
    from_outside();
    attributes();
    xattrs();
    image();
    mapping();
    if (round_now == 0) usleep(PAUSE_US);
  }
}
