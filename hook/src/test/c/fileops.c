/*
 * What the system tests run in containers: fileops COMMAND DIR
 *   exercise   performs every file operation in DIR, says "ready", and waits to be killed
 *   manifest   lists the tree under DIR in a form that can be compared
 *   special    makes device nodes, a socket, a setuid file and a fifo in DIR, and waits
 *   append     appends numbered lines to DIR/log for ever, and says each when it is written
 *   pair       counts in DIR/a and then in DIR/b for ever, so that b is never ahead of a
 *   random SEED OPERATIONS   does anything in DIR, says "ready", and waits to be killed
 *   storm FILES              makes so many files in DIR, says so, and renames their directories
 *   swap       exchanges DIR/sub, a directory, and DIR/link, a symbolic link, for ever
 */
#define _GNU_SOURCE
#include "fileops.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { EXCHANGE = 2 }; /* RENAME_EXCHANGE */

void die(const char *what) {
  fprintf(stderr, "fileops: %s: %s\n", what, strerror(errno));
  exit(1);
}

void tell(const char *operation, bool done) {
  if (done) {
    printf("did %s\n", operation);
  } else {
    printf("not %s: %s\n", operation, strerror(errno));
  }
}

void fill(unsigned char *bytes, size_t length, unsigned seed) {
  uint64_t x = seed * 0x9e3779b97f4a7c15u + 1;
  for (size_t i = 0; i < length; i++) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    bytes[i] = (unsigned char)(x >> 32);
  }
}

static _Noreturn void wait_to_be_killed(void) {
  puts("ready");
  fflush(stdout);
  for (;;) pause();
}

static void special(void) {
  umask(0);
  tell("mknod char", !mknod("char", S_IFCHR | 0620, makedev(1, 3)));
  tell("mknod block", !mknod("block", S_IFBLK | 0600, makedev(7, 99)));
  tell("mknod socket", !mknod("socket", S_IFSOCK | 0600, 0));
  tell("mknod fifo", !mknod("fifo", S_IFIFO | 0640, 0));
  int fd = open("setuid", O_CREAT | O_WRONLY, 0755);
  tell("setuid", fd >= 0 && write(fd, "x", 1) == 1 && !fchmod(fd, 06755));
}

/*
 * Goes on with the numbers in log, which have to be 1, 2, … without a gap, and says "found N". Each
 * further line is one write, told after it is done: what was told has to be found the next time.
 */
static _Noreturn void append(void) {
  long n = 0, number;
  FILE *log = fopen("log", "a+");
  if (!log) die("log");
  while (fscanf(log, "%ld\n", &number) == 1) {
    if (number != ++n) {
      fprintf(stderr, "fileops: line %ld of log says %ld\n", n, number);
      exit(1);
    }
  }
  printf("found %ld\n", n);
  int fd = fileno(log);
  for (;;) {
    if (dprintf(fd, "%ld\n", ++n) < 0) die("log");
    printf("%ld\n", n);
    fflush(stdout);
    usleep(1000);
  }
}

static void put(int fd, long number) {
  char text[32];
  int length = snprintf(text, sizeof text, "%020ld\n", number);
  if (pwrite(fd, text, (size_t)length, 0) != length) die("pair");
}

static _Noreturn void pair(void) {
  int a = open("a", O_CREAT | O_WRONLY, 0644), b = open("b", O_CREAT | O_WRONLY, 0644);
  if (a < 0 || b < 0) die("pair");
  for (long n = 1;; n++) {
    put(a, n);
    put(b, n);
    usleep(50);
  }
}

static _Noreturn void swap(void) {
  puts("ready");
  fflush(stdout);
  for (;;) {
    syscall(SYS_renameat2, AT_FDCWD, "sub", AT_FDCWD, "link", EXCHANGE);
  }
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: fileops exercise|manifest|special|append|pair|random|storm|swap DIR …\n");
    return 2;
  }
  if (!strcmp(argv[1], "manifest")) {
    manifest(argv[2]);
    return fflush(stdout) != 0;
  }
  if (!strcmp(argv[1], "exercise")) {
    exercise(argv[2]);
    wait_to_be_killed();
  }
  if (chdir(argv[2])) die(argv[2]);
  if (!strcmp(argv[1], "append")) append();
  if (!strcmp(argv[1], "pair")) pair();
  if (!strcmp(argv[1], "random") && argc == 5) {
    do_at_random((unsigned)atol(argv[3]), atol(argv[4]));
    wait_to_be_killed();
  }
  if (!strcmp(argv[1], "storm") && argc == 4) {
    storm(atol(argv[3]));
    return 0;
  }
  if (!strcmp(argv[1], "swap")) swap();
  if (!strcmp(argv[1], "special")) {
    special();
    wait_to_be_killed();
  }
  fprintf(stderr, "fileops: no command %s\n", argv[1]);
  return 2;
}
