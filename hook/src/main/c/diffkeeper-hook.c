/*
 * diffkeeper-hook: the OCI hook. Hands a container's state to its keeper and waits for the answer.
 *
 *   launcher                                keeper
 *   "diffkeeper 1 <stage> <length>\n"  -->
 *   <length> bytes of OCI state JSON   -->
 *                                      <--  "READY\n" | "DONE\n" | "FAIL <code> <message>\n"
 *
 * createRuntime starts a keeper and waits until it is READY. poststop speaks to the container's
 * keeper, or to a new one where that died, and waits for the final version to be DONE.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "keeper.h"
#include "log.h"
#include "state_id.h"

enum { EXIT_INTERNAL = 1, EXIT_USAGE = 2, EXIT_BAD_INPUT = 10, EXIT_REPLAY_FAILED = 13 };
enum {
  STATE_BYTES_MAX = 4 << 20,
  ANSWER_BYTES_MAX = 4096,
  READY_WAIT_MS = 300 * 1000, /* the hook's timeout in hooks.d is a little longer */
  DONE_WAIT_MS = 8 * 1000,    /* containerd gives a poststop hook 10 s */
};

#define RUN_DIR "/run/diffkeeper"

static const char USAGE[] =
    "usage: diffkeeper-hook [--config FILE] [--run-dir DIR] createRuntime|prestart|poststop\n"
    "\n"
    "Run by a container runtime, with the OCI state on standard input (at most 4 MiB):\n"
    "  createRuntime  replay the container's state and begin to capture it\n"
    "  prestart       the same, for runtimes that know no createRuntime\n"
    "  poststop       wait until the ended container's last version is stored\n"
    "\n"
    "  --config FILE  configuration (absolute path; default /etc/diffkeeper/config.toml)\n"
    "  --run-dir DIR  sockets and locks (absolute path; default " RUN_DIR ")\n"
    "  --help, --version\n";

static const char *stage = "-";
static char id[STATE_ID_LENGTH_MAX + 1] = "-";
static char state[STATE_BYTES_MAX + 1];
static size_t state_length;
static char answer[ANSWER_BYTES_MAX + 1];
static struct keeper keeper = {NULL, NULL, RUN_DIR};

/* Says why on stderr and in syslog, each in one line, and returns the code to exit with. */
__attribute__((format(printf, 2, 3))) static int fail(int code, const char *format, ...) {
  char message[ANSWER_BYTES_MAX + PATH_MAX];
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  /* It may quote an annotation: no second log line, no terminal sequence. */
  for (char *c = message; *c; c++) {
    if ((unsigned char)*c < ' ' || *c == 0x7f) *c = '?';
  }
  fprintf(stderr, "diffkeeper: %s (see journalctl -t diffkeeper)\n", message);
  log_line(LOG_AS_ERROR, "%s %s: %s", id, stage, message);
  return code;
}

static long long now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static int read_state(void) {
  while (state_length < sizeof state) {
    ssize_t n = read(STDIN_FILENO, state + state_length, sizeof state - state_length);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(EXIT_BAD_INPUT, "cannot read the state: %s", strerror(errno));
    if (n == 0) break;
    state_length += (size_t)n;
  }
  if (state_length == 0) return fail(EXIT_BAD_INPUT, "no state on standard input");
  if (state_length > STATE_BYTES_MAX) return fail(EXIT_BAD_INPUT, "the state exceeds 4 MiB");
  return 0;
}

static bool would_block(void) {
  return errno == EAGAIN || errno == EINTR;
}

enum outcome { ANSWERED, ENDED, TIMED_OUT };

/*
 * Sends the request and reads one line into answer, both at once: a keeper may refuse what it has
 * read so far, and one that reads nothing must not hold us longer than wait_ms.
 */
static enum outcome ask(int fd, int wait_ms) {
  long long deadline = now_ms() + wait_ms;
  char header[64];
  size_t header_length =
      (size_t)snprintf(header, sizeof header, "diffkeeper 1 %s %zu\n", stage, state_length);
  size_t sent = 0, length = header_length + state_length, received = 0;
  for (;;) {
    struct pollfd ready = {fd, (short)(POLLIN | (sent < length ? POLLOUT : 0)), 0};
    long long left = deadline - now_ms();
    if (left <= 0) return TIMED_OUT;
    if (poll(&ready, 1, (int)left) <= 0) continue;

    if (ready.revents & (POLLIN | POLLHUP | POLLERR)) {
      ssize_t n = recv(fd, answer + received, ANSWER_BYTES_MAX - received, MSG_DONTWAIT);
      if (n == 0 || (n < 0 && !would_block())) return ENDED;
      if (n > 0) received += (size_t)n;
      answer[received] = '\0';
      char *newline = memchr(answer, '\n', received);
      if (newline) *newline = '\0';
      if (newline || received == ANSWER_BYTES_MAX) return ANSWERED;
    }
    if (sent < length && ready.revents & POLLOUT) {
      bool in_header = sent < header_length;
      const char *from = in_header ? header + sent : state + (sent - header_length);
      size_t size = (in_header ? header_length : length) - sent;
      ssize_t n = send(fd, from, size, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (n >= 0) {
        sent += (size_t)n;
      } else if (!would_block()) {
        length = sent; /* it reads no more; its answer may still be on the way */
      }
    }
  }
}

/* What the keeper's answer means for our exit status. */
static int result(const char *expected) {
  if (!strcmp(answer, expected)) return 0;
  char *message = NULL;
  if (!strncmp(answer, "FAIL ", 5)) {
    long code = strtol(answer + 5, &message, 10);
    if (code >= 1 && code <= 255 && *message == ' ') return fail((int)code, "%s", message + 1);
  }
  return fail(EXIT_INTERNAL, "the keeper answered: %s", answer);
}

static int start_keeper(void) {
  int fd = keeper_start(&keeper);
  if (fd < 0) fail(EXIT_INTERNAL, "cannot start a keeper: %s", strerror(-fd));
  return fd;
}

static int create_runtime(void) {
  int fd = start_keeper();
  if (fd < 0) return EXIT_INTERNAL;
  switch (ask(fd, READY_WAIT_MS)) {
    case ANSWERED:
      return result("READY");
    case ENDED:
      return fail(EXIT_REPLAY_FAILED, "keeper died before it was ready");
    default:
      return fail(EXIT_REPLAY_FAILED, "keeper was not ready in %d s", READY_WAIT_MS / 1000);
  }
}

static int still_capturing(void) {
  log_line(LOG_AS_NOTICE, "%s %s: still capturing, goes on", id, stage);
  return 0;
}

/* Returns a connected socket, or a negative errno; -EAGAIN when the keeper accepts nothing. */
static int connect_to(int folder) {
  /* Through the open folder, so that a long run-dir and id fit into the 108 bytes there are. */
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/keeper.sock", folder);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  struct timeval wait = {.tv_sec = DONE_WAIT_MS / 1000};
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
  if (!connect(fd, (struct sockaddr *)&address, sizeof address)) return fd;
  int error = errno;
  close(fd);
  return -error;
}

static bool exists(int folder) {
  struct stat status;
  return !fstat(folder, &status) && status.st_nlink > 0;
}

static int poststop(void) {
  char path[PATH_MAX];
  if (!state_id(state, state_length, id)) {
    strcpy(id, "-");
    return fail(EXIT_BAD_INPUT, "the state is not JSON with a container id");
  }
  if (snprintf(path, sizeof path, "%s/containers/%s", keeper.run_dir, id) >= (int)sizeof path) {
    return fail(EXIT_BAD_INPUT, "run-dir is too long");
  }
  int folder = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder < 0 && errno == ENOENT) return 0;
  if (folder < 0) return fail(EXIT_INTERNAL, "cannot open %s: %s", path, strerror(errno));

  int fd = connect_to(folder);
  if (fd == -EAGAIN) return still_capturing();
  if (fd >= 0) {
    enum outcome outcome = ask(fd, DONE_WAIT_MS);
    if (outcome == ANSWERED) return result("DONE");
    if (outcome == TIMED_OUT) return still_capturing();
  } else if (fd != -ENOENT && fd != -ECONNREFUSED) {
    return fail(EXIT_INTERNAL, "cannot reach the keeper in %s: %s", path, strerror(-fd));
  }
  if (!exists(folder)) return 0; /* it was just about to end, all done */

  log_line(LOG_AS_WARNING, "%s %s: the container's keeper died, starting another", id, stage);
  if ((fd = start_keeper()) < 0) return EXIT_INTERNAL;
  switch (ask(fd, DONE_WAIT_MS)) {
    case ANSWERED:
      return result("DONE");
    case ENDED:
      return fail(EXIT_INTERNAL, "keeper died before it was done");
    default:
      return still_capturing();
  }
}

/* Where we are installed: <prefix>/libexec/oci/hooks.d/diffkeeper-hook. */
static int find_home(void) {
  static char home[PATH_MAX];
  static const char below[] = "/lib/diffkeeper";
  ssize_t length = readlink("/proc/self/exe", home, sizeof home - sizeof below);
  if (length < 0) return fail(EXIT_INTERNAL, "cannot read /proc/self/exe: %s", strerror(errno));
  home[length] = '\0';
  char *slash = home;
  for (int levels = 4; levels > 0 && slash; levels--) {
    slash = strrchr(home, '/');
    if (slash) *slash = '\0';
  }
  if (!slash) return fail(EXIT_INTERNAL, "not installed in PREFIX/libexec/oci/hooks.d");
  strcat(home, below);
  keeper.home = home;
  return 0;
}

static int usage(const char *why) {
  fprintf(stderr, "diffkeeper: %s (see diffkeeper-hook --help)\n", why);
  return EXIT_USAGE;
}

static const char *option(const char *name, int *i, char **argv) {
  if (strcmp(argv[*i], name) || !argv[*i + 1]) return NULL;
  return argv[++*i];
}

int main(int argc, char **argv) {
  clearenv(); /* it may be the container's */
  umask(077);
  signal(SIGPIPE, SIG_IGN);
  while (true) { /* stdio that the caller closed: no socket of ours may take its number */
    int fd = open("/dev/null", O_RDWR);
    if (fd > STDERR_FILENO) fcntl(fd, F_SETFD, FD_CLOEXEC);
    if (fd < 0 || fd > STDERR_FILENO) break;
  }

  const char *value, *asked = NULL;
  for (int i = 1; i < argc; i++) {
    if (!strcmp(argv[i], "--help")) return fputs(USAGE, stdout) < 0;
    if (!strcmp(argv[i], "--version")) return puts("diffkeeper-hook " DIFFKEEPER_VERSION) < 0;
    if ((value = option("--config", &i, argv))) {
      if (*value != '/') return usage("--config needs an absolute path");
      keeper.config = value;
    } else if ((value = option("--run-dir", &i, argv))) {
      if (*value != '/') return usage("--run-dir needs an absolute path");
      keeper.run_dir = value;
    } else if (!asked && *argv[i] != '-') {
      asked = argv[i];
    } else {
      return usage("wrong option or argument");
    }
  }
  if (!asked) return usage("no stage given");
  bool at_end = !strcmp(asked, "poststop");
  if (!at_end && strcmp(asked, "createRuntime") && strcmp(asked, "prestart")) {
    return usage("no such stage");
  }
  stage = at_end ? "poststop" : "createRuntime";

  int code = find_home();
  if (!code) code = read_state();
  if (code) return code;
  if (at_end) return poststop();
  if (!state_id(state, state_length, id)) strcpy(id, "-"); /* the keeper will say what is wrong */
  return create_runtime();
}
