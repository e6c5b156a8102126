/*
 * What a write costs: writecost FILE. For each number on its input it writes so many bytes at the
 * start of FILE, again and again, and prints the median over many batches, in nanoseconds a write.
 * For a negative number -N it appends a byte to each of N files FILE.0 … and prints 0.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { BATCHES = 21, WRITES = 1500, BYTES_MAX = 65536 };

static long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000L + t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double cost(int fd, size_t length) {
  static char bytes[BYTES_MAX];
  double batches[BATCHES];
  for (int batch = 0; batch < BATCHES; batch++) {
    long start = now();
    for (int i = 0; i < WRITES; i++) {
      if (pwrite(fd, bytes, length, 0) != (ssize_t)length) err(1, "pwrite");
    }
    batches[batch] = (double)(now() - start) / WRITES;
  }
  qsort(batches, BATCHES, sizeof *batches, ascending);
  return batches[BATCHES / 2];
}

static void touch(const char *file, long count) {
  char path[4096];
  for (long i = 0; i < count; i++) {
    snprintf(path, sizeof path, "%s.%ld", file, i);
    int fd = open(path, O_CREAT | O_WRONLY | O_APPEND, 0644);
    if (fd < 0 || write(fd, "x", 1) != 1) err(1, "%s", path);
    close(fd);
  }
}

int main(int argc, char **argv) {
  if (argc != 2) errx(2, "usage: writecost FILE");
  int fd = open(argv[1], O_CREAT | O_RDWR, 0644);
  if (fd < 0) err(1, "%s", argv[1]);
  long wish;
  while (scanf("%ld", &wish) == 1) {
    if (wish < 0) {
      touch(argv[1], -wish);
      puts("0");
    } else {
      printf("%.2f\n", cost(fd, (size_t)wish > BYTES_MAX ? BYTES_MAX : (size_t)wish));
    }
    fflush(stdout);
  }
  return 0;
}
