/*
 * Becomes a program with those signals blocked, or not, that a supervisor passes on:
 *
 *   diffkeeper-signals block|unblock CMD ARG…
 *
 * A Java process cannot block a signal in all of its threads, some of which run before it does; but
 * they all have what it was started with. What is blocked waits for a signalfd, so no signal is lost
 * and none is left to the virtual machine's own use, as QUIT would be.
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, EXIT_NOT_EXECUTABLE = 126, EXIT_NOT_FOUND = 127 };

/*
 * What others send on purpose, real-time signals too: systemd in a container is told to stop by
 * RTMIN+3. Not what concerns this process alone (faults, CHLD, PIPE, XCPU, …), nor job control, nor
 * what the C library (32 to 34) and the Java runtime (its RTMAX-2 and the one after) use.
 */
static const int PASSED[] = {SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGTERM, SIGSTKFLT,
                             SIGWINCH, SIGIO, SIGPWR};
enum { REALTIME_FIRST = 35, REALTIME_LAST = 61 };

static uint64_t passed(void) {
  uint64_t set = 0;
  for (size_t i = 0; i < sizeof PASSED / sizeof *PASSED; i++) set |= 1ULL << (PASSED[i] - 1);
  for (int signal = REALTIME_FIRST; signal <= REALTIME_LAST; signal++) set |= 1ULL << (signal - 1);
  return set;
}

int main(int argc, char **argv) {
  uint64_t set = passed();
  int how = argc < 3                      ? -1
            : !strcmp(argv[1], "block")   ? SIG_BLOCK
            : !strcmp(argv[1], "unblock") ? SIG_UNBLOCK
                                          : -1;
  if (how < 0) {
    fprintf(stderr, "diffkeeper-signals: block|unblock CMD ARG...\n");
    return EXIT_USAGE;
  }
  /* Directly: the C library's function leaves out signals that it takes for its own. */
  if (syscall(SYS_rt_sigprocmask, how, &set, NULL, sizeof set)) return EXIT_NOT_EXECUTABLE;
  execvp(argv[2], argv + 2);
  int code = errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
  fprintf(stderr, "diffkeeper: %s: %s\n", argv[2], strerror(errno));
  return code;
}
