"""Hooks that are compared with ours, in C, and the files that name hooks to podman."""
import json
import os
import shutil
import subprocess

# It takes the state: crun fails where a hook ends before that is written.
NOOP = r"""
#include <unistd.h>
int main(void) {
  char b[65536];
  while (read(0, b, sizeof b) > 0) {
  }
  return 0;
}
"""
# stopwatch FILE COMMAND…: adds when the command began and ended, in ms of the monotonic clock.
STOPWATCH = r"""
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}
int main(int count, char **words) {
  int status = -1, file = open(words[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  double began = now();
  pid_t child = fork();
  if (child == 0) _exit(execv(words[2], words + 2));
  waitpid(child, &status, 0);
  dprintf(file, "%.3f %.3f\n", began, now());
  return count > 2 && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
"""


def compiled(source, program):
    with open(program + ".c", "w") as file:
        file.write(source)
    compiler = shutil.which("musl-gcc") or "gcc"
    subprocess.run([compiler, "-Os", "-static", "-s", program + ".c", "-o", program], check=True)
    return program


def write(folder, words, stages, takes_stage):
    """Hooks for containers that opt in, a file for each stage, which may be the last word."""
    os.mkdir(folder)
    for stage in stages:
        own = words + [stage] * takes_stage
        hook = {"version": "1.0.0", "hook": {"path": own[0], "args": own},
                "when": {"annotations": {"^io\\.diffkeeper\\.state-dir$": ".*"}}, "stages": [stage]}
        with open(f"{folder}/{stage}.json", "w") as file:
            json.dump(hook, file)
