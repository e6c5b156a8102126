/*
 * Work without end or order: random operations by several threads on a few names, and storms of
 * files. Nothing of it is checked here; what counts is what capture finds.
 */
#define _GNU_SOURCE
#include "fileops.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 4, DIRECTORIES = 8, NAMES = 24, BYTES_MAX = 20000, EXCHANGE = 2 };
enum { STORM_DIRECTORIES = 100, STORM_RENAMES = 2000 };

struct worker {
  pthread_t thread;
  uint64_t state;
  long operations;
};

static unsigned pick(struct worker *w, unsigned below) {
  w->state ^= w->state << 13;
  w->state ^= w->state >> 7;
  w->state ^= w->state << 17;
  return (unsigned)(w->state >> 33) % below;
}

static const char *name(struct worker *w, char *into) {
  unsigned directory = pick(w, DIRECTORIES), file = pick(w, NAMES);
  if (file < 3) {
    sprintf(into, "d%u/s%u", directory, file);
  } else if (file < 9) {
    sprintf(into, "d%u/s%u/f%u", directory, file % 3, file);
  } else {
    sprintf(into, "d%u/f%u", directory, file);
  }
  return into;
}

static void change(struct worker *w, unsigned char *bytes) {
  char a[64], b[64];
  name(w, a);
  name(w, b);
  size_t length = pick(w, pick(w, 4) ? 500 : BYTES_MAX);
  fill(bytes, length, pick(w, 1 << 30));
  struct timespec times[2] = {{0, UTIME_OMIT}, {(long)pick(w, 1 << 30), pick(w, 1000000000)}};
  int fd = -1;
  switch (pick(w, 18)) {
    case 0: case 1: case 2:
      fd = open(a, O_CREAT | O_WRONLY | O_TRUNC, 0644);
      if (write(fd, bytes, length) < 0) break;
      break;
    case 3: case 4:
      fd = open(a, O_CREAT | O_WRONLY, 0600);
      if (pwrite(fd, bytes, length, pick(w, BYTES_MAX)) < 0) break;
      break;
    case 5:
      fd = open(a, O_WRONLY | O_APPEND);
      if (write(fd, bytes, length) < 0) break;
      break;
    case 6: if (truncate(a, pick(w, BYTES_MAX))) break; break;
    case 7: rename(a, b); break;
    case 8: syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, EXCHANGE); break;
    case 9: if (link(a, b)) break; break;
    case 10: if (symlink(b, a)) break; break;
    case 11: case 12: unlink(a); break;
    case 13: mkdir(a, 0755); break;
    case 14: rmdir(a); break;
    case 15: chmod(a, pick(w, 0777) | 0400); break;
    case 16: utimensat(AT_FDCWD, a, times, AT_SYMLINK_NOFOLLOW); break;
    case 17: setxattr(a, "user.random", bytes, length % 100, 0); break;
  }
  if (fd >= 0) close(fd);
}

static void *work(void *arg) {
  struct worker *w = arg;
  unsigned char *bytes = malloc(BYTES_MAX);
  if (!bytes) die("malloc");
  for (long i = 0; i < w->operations; i++) {
    change(w, bytes);
    if (pick(w, 50) == 0) usleep(pick(w, 20000));
  }
  free(bytes);
  return NULL;
}

void do_at_random(unsigned seed, long operations) {
  struct worker workers[THREADS];
  char path[32];
  umask(022);
  for (unsigned i = 0; i < DIRECTORIES; i++) {
    snprintf(path, sizeof path, "d%u", i);
    mkdir(path, 0755);
  }
  for (unsigned i = 0; i < THREADS; i++) {
    workers[i].state = seed * 0x9e3779b97f4a7c15u + i * 0xbf58476d1ce4e5b9u + 1;
    workers[i].operations = operations / THREADS;
    if (pthread_create(&workers[i].thread, NULL, work, &workers[i])) die("pthread_create");
  }
  for (unsigned i = 0; i < THREADS; i++) pthread_join(workers[i].thread, NULL);
}

void storm(long files) {
  char path[64], other[64];
  for (long i = 0; i < files; i++) {
    long directory = i % STORM_DIRECTORIES;
    snprintf(path, sizeof path, "storm%ld", directory);
    if (i < STORM_DIRECTORIES) mkdir(path, 0755);
    snprintf(path, sizeof path, "storm%ld/f%ld", directory, i);
    int fd = open(path, O_CREAT | O_WRONLY, 0644);
    if (fd < 0 || write(fd, path, 12) != 12) die(path);
    close(fd);
  }
  tell("storm", true);
  fflush(stdout);
  for (long i = 0; i < STORM_RENAMES; i++) {
    snprintf(path, sizeof path, "storm%ld", i % STORM_DIRECTORIES);
    snprintf(other, sizeof other, "moved%ld", i % STORM_DIRECTORIES);
    if (i / STORM_DIRECTORIES % 2 ? rename(other, path) : rename(path, other)) die(path);
    usleep(500);
  }
}
