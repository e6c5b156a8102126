/*
 * What a command takes: usage FILE CMD ARG… runs it and writes to FILE, as the kernel accounts it for
 * the command and all that it waited for (getrusage(2)): microseconds from its start to its end,
 * microseconds of processors, the largest resident size in kB, 512-byte blocks written.
 */
#define _GNU_SOURCE
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { NOT_RUN = 127 };

static long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

static long micros(struct timeval t) {
  return t.tv_sec * 1000000L + t.tv_usec;
}

int main(int argc, char **argv) {
  if (argc < 3) errx(NOT_RUN, "usage FILE CMD ARG...");
  long start = now();
  pid_t child = fork();
  if (child < 0) err(NOT_RUN, "fork");
  if (child == 0) {
    execvp(argv[2], argv + 2);
    err(NOT_RUN, "%s", argv[2]);
  }
  int status;
  struct rusage used;
  if (wait4(child, &status, 0, &used) != child) err(NOT_RUN, "wait4");
  long took = now() - start;
  FILE *out = fopen(argv[1], "w");
  if (!out) err(NOT_RUN, "%s", argv[1]);
  fprintf(out, "%ld %ld %ld %ld\n", took, micros(used.ru_utime) + micros(used.ru_stime),
          used.ru_maxrss, used.ru_oublock);
  if (fclose(out)) err(NOT_RUN, "%s", argv[1]);
  return WIFEXITED(status) ? WEXITSTATUS(status) : NOT_RUN;
}
