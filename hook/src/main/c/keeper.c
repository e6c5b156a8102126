#define _GNU_SOURCE
#include "keeper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "log.h"

enum { KEEPER_FD = 3 };

static _Noreturn void fail(int fd, const char *what, const char *path) {
  dprintf(fd, "FAIL 1 cannot %s %s: %s\n", what, path, strerror(errno));
  _exit(1);
}

/* A runtime may start hooks with signals blocked or ignored; both would pass through execve. */
static void default_signals(void) {
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

/* An fd of the runtime's that stayed open here would hang its create (it waits for their end). */
static void close_from(int first) {
#ifdef SYS_close_range
  if (!syscall(SYS_close_range, (unsigned)first, ~0U, 0U)) return;
#endif
  DIR *fds = opendir("/proc/self/fd"); /* kernel < 5.9 */
  if (!fds) return;
  for (struct dirent *entry; (entry = readdir(fds));) {
    int fd = atoi(entry->d_name);
    if (fd >= first && fd != dirfd(fds)) close(fd);
  }
  closedir(fds);
}

static void arrange_fds(int fd) {
  if (fd == KEEPER_FD) {
    fcntl(fd, F_SETFD, 0);
  } else if (dup2(fd, KEEPER_FD) < 0) {
    fail(fd, "pass on", "the keeper's socket");
  }
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0) fail(KEEPER_FD, "open", "/dev/null");
  for (int stdio = 0; stdio <= 2; stdio++) dup2(null, stdio);
  close_from(KEEPER_FD + 1);
}

static _Noreturn void become_keeper(int fd, const struct keeper *keeper) {
  setsid();
  default_signals();
  if (!cgroup_join("diffkeeper")) {
    log_line(LOG_AS_NOTICE, "keeper %d stays in its caller's cgroup", (int)getpid());
  }
  arrange_fds(fd);
  if (chdir(keeper->home)) fail(KEEPER_FD, "enter", keeper->home);

  const char *argv[7] = {"java", "@keeper.args", "--run-dir", keeper->run_dir};
  if (keeper->config) {
    argv[4] = "--config";
    argv[5] = keeper->config;
  }
  /* One malloc arena: a JVM's default of eight per core costs a keeper several MB. */
  const char *env[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
                       "MALLOC_ARENA_MAX=1", NULL};
  char java[PATH_MAX];
  snprintf(java, sizeof java, "%s/runtime/bin/java", keeper->home);
  execve(java, (char *const *)argv, (char *const *)env);
  fail(KEEPER_FD, "start", java);
}

int keeper_start(const struct keeper *keeper) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) return -errno;
  pid_t child = fork();
  if (child == 0) {
    close(pair[0]);
    /* Forked twice, the keeper is no child of ours that a runtime could wait for. */
    pid_t grandchild = fork();
    if (grandchild < 0) fail(pair[1], "fork", "a keeper");
    if (grandchild > 0) _exit(0);
    become_keeper(pair[1], keeper);
  }
  int error = errno;
  close(pair[1]);
  if (child < 0) {
    close(pair[0]);
    return -error;
  }
  while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
  }
  return pair[0];
}
