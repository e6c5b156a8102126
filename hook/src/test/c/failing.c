// To be preloaded: makes one system call on files beneath a directory fail, or the process die there.
//
//   FAIL_UNDER  the directory
//   FAIL_AT     which call fails, counted from 1; 0 for none
//   FAIL_WITH   the error number; or a signal's, negative, which the process gets before the call
//   FAIL_AFTER  set if it gets the signal after the call
//   FAIL_COUNT  a file that gets one byte for each call that was counted
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_int calls;
static atomic_int signal_after;

static int is_ours(int fd) {
  const char *under = getenv("FAIL_UNDER");
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, path, sizeof path - 1);
  if (under == NULL || n < 0) return 0;
  path[n] = '\0';
  return strncmp(path, under, strlen(under)) == 0;
}

// Whether this call is the one that fails; errno is set then.
static int fails(int fd) {
  int before = errno;
  if (!is_ours(fd)) {
    errno = before;
    return 0;
  }
  int number = atomic_fetch_add(&calls, 1) + 1;
  const char *count = getenv("FAIL_COUNT"), *at = getenv("FAIL_AT"), *with = getenv("FAIL_WITH");
  if (count != NULL) {
    int out = open(count, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    if (out < 0 || real(out, ".", 1) != 1) abort();
    close(out);
  }
  if (at != NULL && number == atoi(at)) {
    if (atoi(with) < 0 && getenv("FAIL_AFTER") != NULL) {
      signal_after = -atoi(with);
      errno = before;
      return 0;
    }
    if (atoi(with) < 0) kill(getpid(), -atoi(with));
    errno = atoi(with);
    return 1;
  }
  errno = before;
  return 0;
}

#define FAILING(type, name, parameters, arguments)      \
  type name parameters {                                \
    if (fails(fd)) return -1;                           \
    type(*real) parameters = dlsym(RTLD_NEXT, #name);   \
    type result = real arguments;                       \
    if (signal_after) kill(getpid(), signal_after);     \
    return result;                                      \
  }

FAILING(ssize_t, write, (int fd, const void *bytes, size_t n), (fd, bytes, n))
FAILING(ssize_t, pwrite, (int fd, const void *bytes, size_t n, off_t at), (fd, bytes, n, at))
FAILING(ssize_t, pwrite64, (int fd, const void *bytes, size_t n, off64_t at), (fd, bytes, n, at))
FAILING(ssize_t, writev, (int fd, const struct iovec *parts, int n), (fd, parts, n))
FAILING(ssize_t, pwritev, (int fd, const struct iovec *parts, int n, off_t at), (fd, parts, n, at))
FAILING(int, fsync, (int fd), (fd))
FAILING(int, fdatasync, (int fd), (fd))
FAILING(int, ftruncate, (int fd, off_t bytes), (fd, bytes))
FAILING(int, ftruncate64, (int fd, off64_t bytes), (fd, bytes))
