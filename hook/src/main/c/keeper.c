#define _GNU_SOURCE
#include "keeper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KEEPER_FD = 3, GREETING_WAIT_MS = 100, HUNG_SPARES_MAX = 3, BUILD_ID_LENGTH = 16 };

#define CGROUPS "/sys/fs/cgroup"
enum { CGROUP_MAGIC = 0x27e0eb, CGROUP2_MAGIC = 0x63677270 }; /* linux/magic.h, not in musl */

static _Noreturn void fail(int fd, const char *what, const char *path) {
  dprintf(fd, "FAIL 1 cannot %s %s: %s\n", what, path, strerror(errno));
  _exit(1);
}

static ssize_t read_file(const char *path, char *bytes, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t length = fd < 0 ? -1 : read(fd, bytes, size);
  if (fd >= 0) close(fd);
  return length;
}

static void write_file(const char *path, const char *bytes, size_t length) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  if (write(fd, bytes, length) < 0) errno = 0; /* best effort, everywhere it is used */
  close(fd);
}

/* A new v1 cpuset has no processors and no memory nodes, and takes no process until it does. */
static void inherit(const char *hierarchy, const char *setting) {
  char own[PATH_MAX], above[PATH_MAX], bytes[4096];
  snprintf(own, sizeof own, "%s/diffkeeper/%s", hierarchy, setting);
  snprintf(above, sizeof above, "%s/%s", hierarchy, setting);
  if (read_file(own, bytes, sizeof bytes) != 1) return;
  ssize_t length = read_file(above, bytes, sizeof bytes);
  if (length > 0) write_file(own, bytes, (size_t)length);
}

/* A group of our own in one hierarchy, so that a keeper does not die with its container's. */
static void join(const char *hierarchy) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/diffkeeper", hierarchy);
  mkdir(path, 0755);
  inherit(hierarchy, "cpuset.cpus");
  inherit(hierarchy, "cpuset.mems");
  snprintf(path, sizeof path, "%s/diffkeeper/cgroup.procs", hierarchy);
  write_file(path, "0", 1); /* 0 is the writer itself, in whatever pid namespace */
}

static void join_cgroups(void) {
  struct statfs fs;
  if (statfs(CGROUPS, &fs)) return;
  if (fs.f_type == CGROUP2_MAGIC) {
    join(CGROUPS);
    return;
  }
  DIR *hierarchies = opendir(CGROUPS); /* v1: one folder each */
  if (!hierarchies) return;
  for (struct dirent *entry; (entry = readdir(hierarchies));) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, CGROUPS "/%s", entry->d_name);
    if (entry->d_type != DT_DIR || *entry->d_name == '.' || statfs(path, &fs)) continue;
    if (fs.f_type == CGROUP_MAGIC || fs.f_type == CGROUP2_MAGIC) join(path);
  }
  closedir(hierarchies);
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
  for (int fd = first; fd < sysconf(_SC_OPEN_MAX); fd++) close(fd); /* kernel < 5.9 */
}

static _Noreturn void become_keeper(int fd, const struct keeper *keeper, bool spare) {
  setsid();
  default_signals();
  join_cgroups();
  write_file("/proc/self/oom_score_adj", "-999", 4); /* the container is to die before its keeper */
  if (fd == KEEPER_FD) {
    fcntl(fd, F_SETFD, 0);
  } else if (dup2(fd, KEEPER_FD) < 0) {
    fail(fd, "pass on", "the keeper's socket");
  }
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0) fail(KEEPER_FD, "open", "/dev/null");
  for (int stdio = 0; stdio <= 2; stdio++) dup2(null, stdio);
  close_from(KEEPER_FD + 1);
  if (chdir(keeper->home)) fail(KEEPER_FD, "enter", keeper->home);

  const char *argv[8] = {"java", "@keeper.args", "--run-dir", keeper->run_dir};
  int argc = 4;
  if (keeper->config) {
    argv[argc++] = "--config";
    argv[argc++] = keeper->config;
  }
  if (spare) argv[argc++] = "--spare";
  /* One malloc arena: a JVM's default of eight per core costs a keeper several MB. */
  const char *env[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
                       "MALLOC_ARENA_MAX=1", NULL};
  char java[PATH_MAX];
  snprintf(java, sizeof java, "%s/runtime/bin/java", keeper->home);
  execve(java, (char *const *)argv, (char *const *)env);
  fail(KEEPER_FD, "start", java);
}

int keeper_start(const struct keeper *keeper, bool spare) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) return -errno;
  pid_t child = fork();
  if (child == 0) {
    close(pair[0]);
    /* Forked twice, the keeper is no child of ours that a runtime could wait for. */
    pid_t grandchild = fork();
    if (grandchild < 0) fail(pair[1], "fork", "a keeper");
    if (grandchild > 0) _exit(0);
    become_keeper(pair[1], keeper, spare);
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

int keeper_connect(int folder, const char *name, int wait_ms) {
  /* Through the open folder, so that a long path fits into the 108 bytes there are. */
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", folder, name);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  struct timeval wait = {.tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000};
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
  if (!connect(fd, (struct sockaddr *)&address, sizeof address)) return fd;
  int error = errno;
  close(fd);
  return -error;
}

static bool greets(int fd) {
  char greeting[6];
  struct pollfd ready = {fd, POLLIN, 0};
  return poll(&ready, 1, GREETING_WAIT_MS) > 0 &&
         recv(fd, greeting, sizeof greeting, MSG_DONTWAIT) == sizeof greeting &&
         !memcmp(greeting, "SPARE\n", sizeof greeting);
}

int keeper_claim(const struct keeper *keeper) {
  char path[PATH_MAX], build[BUILD_ID_LENGTH];
  snprintf(path, sizeof path, "%s/build-id", keeper->home);
  if (read_file(path, build, sizeof build) != sizeof build) return -1;
  snprintf(path, sizeof path, "%s/spares", keeper->run_dir);
  DIR *spares = opendir(path);
  if (!spares) return -1;
  int fd = -1, hung = 0;
  for (struct dirent *entry; fd < 0 && hung < HUNG_SPARES_MAX && (entry = readdir(spares));) {
    char claimed[32];
    if (strncmp(entry->d_name, build, sizeof build)) continue;
    snprintf(claimed, sizeof claimed, "claimed.%d", (int)getpid());
    if (renameat(dirfd(spares), entry->d_name, dirfd(spares), claimed)) continue;
    fd = keeper_connect(dirfd(spares), claimed, GREETING_WAIT_MS);
    unlinkat(dirfd(spares), claimed, 0);
    if (fd >= 0 && !greets(fd)) {
      close(fd);
      fd = -1;
      hung++;
    }
  }
  closedir(spares);
  return fd;
}
