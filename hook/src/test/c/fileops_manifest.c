/*
 * The manifest: a line for each entry, the directory itself first as ".", in byte order.
 *
 *   PATH TYPE MODE UID:GID size=BYTES mtime=SECONDS.NANOS nlink=N link=FIRST-PATH
 *     target=TEXT xattrs=NAME:HEX,… fnv=CONTENT map=DATA-END,…
 *
 * Left out is what no restore can give back, or what differs between file systems: inode numbers,
 * ctime and atime, and a directory's size and link count.
 */
#define _GNU_SOURCE
#include "fileops.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { PATH_BYTES_MAX = 1 << 16, LINKS_MAX = 4096, XATTRS_BYTES_MAX = 65536, NAMES_MAX = 65536 };

struct link {
  dev_t device;
  ino_t inode;
  char *first;
};

static struct link links[LINKS_MAX];
static size_t links_count;
static char path[PATH_BYTES_MAX];

static void put_escaped(const char *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) {
    unsigned char c = (unsigned char)bytes[i];
    if (c > ' ' && c < 0x7f && c != '\\') {
      putchar(c);
    } else {
      printf("\\x%02x", c);
    }
  }
}

static const char *first_path(const struct stat *st) {
  for (size_t i = 0; i < links_count; i++) {
    if (links[i].inode == st->st_ino && links[i].device == st->st_dev) return links[i].first;
  }
  if (links_count == LINKS_MAX) die("more hard links than expected");
  char *copy = strdup(path);
  links[links_count++] = (struct link){st->st_dev, st->st_ino, copy};
  return copy;
}

static int by_bytes(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool told(const char *xattr) {
  return !strncmp(xattr, "user.", 5) || !strncmp(xattr, "system.posix_acl_", 17) ||
         !strcmp(xattr, "security.capability");
}

static void put_xattrs(const char *proc) {
  static char list[XATTRS_BYTES_MAX], value[XATTRS_BYTES_MAX];
  char *names[256];
  size_t count = 0;
  ssize_t length = listxattr(proc, list, sizeof list);
  if (length < 0 && errno != EOPNOTSUPP) die("listxattr");
  for (char *name = list; name < list + length; name += strlen(name) + 1) {
    if (told(name) && count < 256) names[count++] = name;
  }
  qsort(names, count, sizeof *names, by_bytes);
  for (size_t i = 0; i < count; i++) {
    ssize_t size = getxattr(proc, names[i], value, sizeof value);
    if (size < 0) die("getxattr");
    printf(i ? "," : " xattrs=");
    put_escaped(names[i], strlen(names[i]));
    putchar(':');
    for (ssize_t b = 0; b < size; b++) printf("%02x", (unsigned char)value[b]);
  }
}

/*
 * Only of a file that has fewer blocks than bytes: allocated blocks that were never written show
 * as data or as hole depending on what is cached.
 */
static void put_map(int fd, const struct stat *st) {
  if (st->st_blocks * 512 >= st->st_size) {
    printf(" map=full");
    return;
  }
  printf(" map=");
  off_t data = 0;
  while ((data = lseek(fd, data, SEEK_DATA)) >= 0 && data < st->st_size) {
    off_t hole = lseek(fd, data, SEEK_HOLE);
    printf("%lld-%lld,", (long long)data, (long long)hole);
    data = hole;
  }
}

static void put_content(int parent, const char *name, const struct stat *st) {
  static unsigned char bytes[65536];
  int fd = openat(parent, name, O_RDONLY | O_NOFOLLOW);
  if (fd < 0) die(path);
  put_map(fd, st);
  lseek(fd, 0, SEEK_SET);
  uint64_t hash = 0xcbf29ce484222325u;
  for (ssize_t n; (n = read(fd, bytes, sizeof bytes)) != 0;) {
    if (n < 0) die(path);
    for (ssize_t i = 0; i < n; i++) hash = (hash ^ bytes[i]) * 0x100000001b3u;
  }
  printf(" fnv=%016" PRIx64, hash);
  close(fd);
}

static char letter(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG: return 'f';
    case S_IFDIR: return 'd';
    case S_IFLNK: return 'l';
    case S_IFIFO: return 'p';
    case S_IFCHR: return 'c';
    case S_IFBLK: return 'b';
    default: return 's';
  }
}

static void put_entry(int parent, const char *name, struct stat *st) {
  int fd = openat(parent, name, O_PATH | O_NOFOLLOW);
  if (fd < 0 || fstat(fd, st)) die(path);
  char proc[64];
  snprintf(proc, sizeof proc, "/proc/self/fd/%d", fd);
  put_escaped(path, strlen(path));
  printf(" %c %04o %u:%u", letter(st->st_mode), st->st_mode & 07777, st->st_uid, st->st_gid);
  if (!S_ISDIR(st->st_mode)) {
    printf(" size=%lld nlink=%u", (long long)st->st_size, (unsigned)st->st_nlink);
    if (st->st_nlink > 1) {
      const char *first = first_path(st);
      printf(" link=");
      put_escaped(first, strlen(first));
    }
  }
  printf(" mtime=%lld.%09ld", (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
  if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode)) {
    printf(" device=%u:%u", major(st->st_rdev), minor(st->st_rdev));
  }
  if (S_ISLNK(st->st_mode)) {
    static char target[PATH_BYTES_MAX];
    ssize_t length = readlinkat(parent, name, target, sizeof target);
    if (length < 0) die(path);
    printf(" target=");
    put_escaped(target, (size_t)length);
  } else {
    put_xattrs(proc);
  }
  if (S_ISREG(st->st_mode)) put_content(parent, name, st);
  putchar('\n');
  close(fd);
}

static void list(int fd) {
  size_t count = 0, length = strlen(path);
  char **names = calloc(NAMES_MAX, sizeof *names);
  DIR *dir = fdopendir(dup(fd));
  if (!names || !dir) die(path);
  for (struct dirent *entry; (entry = readdir(dir));) {
    if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")) {
      if (count == NAMES_MAX) die("more names than expected");
      names[count++] = strdup(entry->d_name);
    }
  }
  closedir(dir);
  qsort(names, count, sizeof *names, by_bytes);
  for (size_t i = 0; i < count; i++) {
    if (length + strlen(names[i]) + 2 > sizeof path) die("path longer than expected");
    sprintf(path + length, "/%s", names[i]);
    struct stat st;
    put_entry(fd, names[i], &st);
    if (S_ISDIR(st.st_mode)) {
      int below = openat(fd, names[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
      if (below < 0) die(path);
      list(below);
      close(below);
    }
    path[length] = '\0';
    free(names[i]);
  }
  free(names);
}

void manifest(const char *dir) {
  int fd = open(dir, O_RDONLY | O_DIRECTORY);
  if (fd < 0) die(dir);
  strcpy(path, ".");
  struct stat st;
  put_entry(fd, ".", &st);
  list(fd);
  close(fd);
}
