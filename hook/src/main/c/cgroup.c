#define _GNU_SOURCE
#include "cgroup.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static ssize_t read_file(const char *path, char *bytes, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t length = read(fd, bytes, size);
  close(fd);
  return length;
}

static bool write_file(const char *path, const char *bytes, size_t length) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  bool written = write(fd, bytes, length) == (ssize_t)length;
  close(fd);
  return written;
}

/* A new v1 cpuset has no processors and no memory nodes, and takes no process until it does. */
static void inherit(const char *mount, const char *name, const char *setting) {
  char path[PATH_MAX], bytes[4096];
  snprintf(path, sizeof path, "%s/%s/%s", mount, name, setting);
  if (read_file(path, bytes, sizeof bytes) > 1) return;
  char parent[PATH_MAX];
  snprintf(parent, sizeof parent, "%s/%s", mount, setting);
  ssize_t length = read_file(parent, bytes, sizeof bytes);
  if (length > 0) write_file(path, bytes, (size_t)length);
}

static bool join(const char *mount, bool v1, const char *name) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/%s", mount, name);
  mkdir(path, 0755); /* already there is as good; a failure shows when we write */
  if (v1) {
    inherit(mount, name, "cpuset.cpus");
    inherit(mount, name, "cpuset.mems");
  }
  snprintf(path, sizeof path, "%s/%s/cgroup.procs", mount, name);
  return write_file(path, "0", 1); /* 0 is the writer itself, in whatever pid namespace */
}

/* One line of mountinfo: id parent major:minor root mountpoint options… - type source options */
static bool join_mount(char *line, const char *name) {
  char *tail = strstr(line, " - cgroup");
  if (!tail) return false;
  bool v1 = tail[strlen(" - cgroup")] == ' ';
  char *rest = line, *root = NULL;
  for (int field = 0; field < 4; field++) root = strsep(&rest, " ");
  char *mount = strsep(&rest, " ");
  /* Only a hierarchy's top: a mount of some lower group may be somebody else's to remove. */
  return mount && !strcmp(root, "/") && join(mount, v1, name);
}

int cgroup_join(const char *name) {
  FILE *mounts = fopen("/proc/self/mountinfo", "re");
  if (!mounts) return 0;
  char *line = NULL;
  size_t size = 0;
  int joined = 0;
  while (getline(&line, &size, mounts) > 0) joined += join_mount(line, name);
  free(line);
  fclose(mounts);
  return joined;
}
