/*
 * diffkeeper-hook: the OCI hook. Hands a container's state to its keeper and waits for the answer.
 *
 *   launcher                                                            keeper
 *   "diffkeeper 1 <stage> <length>[ trace=<ns>][ config=<path>]\n"  -->
 *   <length> bytes of OCI state JSON                                -->
 *                <-- "TRACE <text>\n"…, then "READY\n" | "DONE <text>\n" | "FAIL <code> <why>\n"
 *
 * createRuntime claims a spare keeper, or starts one, and waits until it is READY. poststop speaks
 * to the container's keeper, or to a new one where that died, and waits for the final version.
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
#include "state_id.h"

enum { LOG_AS_ERROR = 3, LOG_AS_WARNING = 4, LOG_AS_NOTICE = 5, FACILITY_DAEMON = 3 << 3 };
enum { EXIT_INTERNAL = 1, EXIT_USAGE = 2, EXIT_BAD_INPUT = 10, EXIT_REPLAY_FAILED = 13 };
enum {
  STATE_BYTES_MAX = 4 << 20,
  ANSWER_BYTES_MAX = 8192,
  SEND_WAIT_MS = 1000,
  READY_WAIT_MS = 300 * 1000, /* the hook's timeout in hooks.d is a little longer */
  DONE_WAIT_MS = 8 * 1000,    /* containerd gives a poststop hook 10 s */
};

#define RUN_DIR "/run/diffkeeper"

static const char USAGE[] =
    "usage: diffkeeper-hook [OPTION…] createRuntime|prestart|poststop|spare\n"
    "\n"
    "Run by a container runtime, with the OCI state on standard input (at most 4 MiB):\n"
    "  createRuntime  replay the container's state and begin to capture it\n"
    "  prestart       the same, for runtimes that know no createRuntime\n"
    "  poststop       wait until the ended container's last version is stored\n"
    "or by hand:\n"
    "  spare          start a keeper ahead of need, unless there are enough\n"
    "\n"
    "  --config FILE  configuration (absolute path; default /etc/diffkeeper/config.toml)\n"
    "  --run-dir DIR  sockets and locks (absolute path; default " RUN_DIR ")\n"
    "  --trace-start  print to stderr where a start's time goes; DIFFKEEPER_TRACE_START=1 too\n"
    "  --help, --version\n";

static const char *stage = "-";
static char id[STATE_ID_LENGTH_MAX + 1] = "-";
static char state[STATE_BYTES_MAX + 1];
static size_t state_length;
static char answer[ANSWER_BYTES_MAX + 1];
static struct keeper keeper = {NULL, NULL, RUN_DIR};
static long long started_ns;
static bool trace;

/* One line to the system log. Unlike syslog(3) it never waits for a log daemon that hangs. */
__attribute__((format(printf, 2, 3))) static void log_line(int severity, const char *format, ...) {
  char text[2 * PATH_MAX], line[sizeof text + 512];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  int length = snprintf(line, sizeof line, "<%d>diffkeeper[%d]: %s %s: %s",
                        FACILITY_DAEMON | severity, (int)getpid(), id, stage, text);
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sendto(fd, line, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&address,
         sizeof address);
  close(fd);
}

/* Says why on stderr and in syslog, each in one line, and returns the code to exit with. */
__attribute__((format(printf, 2, 3))) static int fail(int code, const char *format, ...) {
  char message[2 * PATH_MAX];
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  /* It may quote an annotation: no second log line, no terminal sequence. */
  for (char *c = message; *c; c++) {
    if ((unsigned char)*c < ' ' || *c == 0x7f) *c = '?';
  }
  fprintf(stderr, "diffkeeper: %s (see journalctl -t diffkeeper)\n", message);
  log_line(LOG_AS_ERROR, "%s", message);
  return code;
}

static long long now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
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

/* Sends what it can: a keeper may refuse and end before it has read all, with an answer sent. */
static void send_all(int fd, const char *bytes, size_t length) {
  for (ssize_t n; length > 0; bytes += n, length -= (size_t)n) {
    if ((n = send(fd, bytes, length, MSG_NOSIGNAL)) < 0) return;
  }
}

enum outcome { ANSWERED, ENDED, TIMED_OUT };

/* Sends the request and reads one line into answer, after any lines of a trace. */
static enum outcome ask(int fd, int wait_ms) {
  char header[PATH_MAX + 128];
  int length = snprintf(header, sizeof header, "diffkeeper 1 %s %zu", stage, state_length);
  if (trace) length += sprintf(header + length, " trace=%lld", started_ns);
  if (keeper.config) length += sprintf(header + length, " config=%s", keeper.config);
  header[length++] = '\n';
  struct timeval wait = {.tv_sec = SEND_WAIT_MS / 1000};
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
  send_all(fd, header, (size_t)length);
  send_all(fd, state, state_length);

  long long deadline = now_ns() + wait_ms * 1000000LL;
  for (size_t received = 0; received < ANSWER_BYTES_MAX;) {
    struct pollfd ready = {fd, POLLIN, 0};
    long long left_ms = (deadline - now_ns()) / 1000000;
    if (left_ms <= 0) return TIMED_OUT;
    if (poll(&ready, 1, (int)left_ms) <= 0) continue;
    ssize_t n = recv(fd, answer + received, ANSWER_BYTES_MAX - received, 0);
    if (n <= 0) return ENDED;
    received += (size_t)n;
    answer[received] = '\0';
    for (char *end; (end = strchr(answer, '\n'));) {
      *end = '\0';
      if (strncmp(answer, "TRACE ", 6)) return ANSWERED;
      fprintf(stderr, "%s\n", answer + 6);
      received -= (size_t)(end + 1 - answer);
      memmove(answer, end + 1, received + 1);
    }
  }
  return ANSWERED;
}

/* What the keeper's answer means for our exit status. */
static int result(const char *expected) {
  size_t length = strlen(expected);
  if (!strncmp(answer, expected, length) && (!answer[length] || answer[length] == ' ')) {
    if (trace) fprintf(stderr, "%9.2f ms  answered\n", (double)(now_ns() - started_ns) / 1e6);
    return 0;
  }
  char *message = NULL;
  if (!strncmp(answer, "FAIL ", 5)) {
    long code = strtol(answer + 5, &message, 10);
    if (code >= 1 && code <= 255 && *message == ' ') return fail((int)code, "%s", message + 1);
  }
  return fail(EXIT_INTERNAL, "the keeper answered: %s", answer);
}

static int start_keeper(void) {
  int fd = keeper_start(&keeper, false);
  if (fd < 0) fail(EXIT_INTERNAL, "cannot start a keeper: %s", strerror(-fd));
  return fd;
}

static int create_runtime(void) {
  if (!state_id(state, state_length, id)) strcpy(id, "-"); /* the keeper will say what is wrong */
  int fd = keeper_claim(&keeper);
  if (fd < 0 && (fd = start_keeper()) < 0) return EXIT_INTERNAL;
  enum outcome outcome = ask(fd, READY_WAIT_MS);
  if (outcome == ANSWERED) return result("READY");
  if (outcome == ENDED) return fail(EXIT_REPLAY_FAILED, "keeper died before it was ready");
  return fail(EXIT_REPLAY_FAILED, "keeper was not ready in %d s", READY_WAIT_MS / 1000);
}

static int still_capturing(void) {
  log_line(LOG_AS_NOTICE, "still capturing, goes on");
  return 0;
}

static int poststop(void) {
  char path[PATH_MAX];
  if (!state_id(state, state_length, id)) {
    strcpy(id, "-");
    return fail(EXIT_BAD_INPUT, "the state has no container id");
  }
  if (snprintf(path, sizeof path, "%s/containers/%s", keeper.run_dir, id) >= (int)sizeof path) {
    return fail(EXIT_BAD_INPUT, "run-dir is too long");
  }
  int folder = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder < 0 && errno == ENOENT) return 0;
  if (folder < 0) return fail(EXIT_INTERNAL, "cannot open %s: %s", path, strerror(errno));

  int fd = keeper_connect(folder, "keeper.sock", DONE_WAIT_MS);
  if (fd == -EAGAIN) return still_capturing();
  if (fd >= 0) {
    enum outcome outcome = ask(fd, DONE_WAIT_MS);
    if (outcome == ANSWERED) return result("DONE");
    if (outcome == TIMED_OUT) return still_capturing();
  } else if (fd != -ENOENT && fd != -ECONNREFUSED) {
    return fail(EXIT_INTERNAL, "cannot reach the keeper in %s: %s", path, strerror(-fd));
  }
  struct stat status;
  if (fstat(folder, &status) || !status.st_nlink) return 0; /* it was about to end, all done */

  log_line(LOG_AS_WARNING, "the container's keeper died, starting another");
  if ((fd = start_keeper()) < 0) return EXIT_INTERNAL;
  enum outcome outcome = ask(fd, DONE_WAIT_MS);
  if (outcome == ANSWERED) return result("DONE");
  if (outcome == TIMED_OUT) return still_capturing();
  return fail(EXIT_INTERNAL, "keeper died before it was done");
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
  keeper.home = strcat(home, below);
  return 0;
}

static int usage(const char *why) {
  fprintf(stderr, "diffkeeper: %s (see diffkeeper-hook --help)\n", why);
  return EXIT_USAGE;
}

static bool is_path(const char *value) {
  return value && *value == '/' && strlen(value) < PATH_MAX && !strchr(value, '\n');
}

int main(int argc, char **argv) {
  started_ns = now_ns();
  const char *wish = getenv("DIFFKEEPER_TRACE_START");
  trace = wish && !strcmp(wish, "1");
  clearenv(); /* it may be the container's: that one flag, and no more of it */
  umask(077);
  signal(SIGPIPE, SIG_IGN);
  int fd;
  while ((fd = open("/dev/null", O_RDWR)) >= 0 && fd <= STDERR_FILENO) {
  } /* stdio that the caller closed: no socket of ours may take its number */
  if (fd >= 0) close(fd);

  const char *asked = NULL;
  for (int i = 1; i < argc; i++) {
    const char **path = !strcmp(argv[i], "--config") ? &keeper.config : &keeper.run_dir;
    if (!strcmp(argv[i], "--help")) return fputs(USAGE, stdout) < 0;
    if (!strcmp(argv[i], "--version")) return puts("diffkeeper-hook " DIFFKEEPER_VERSION) < 0;
    if (!strcmp(argv[i], "--trace-start")) {
      trace = true;
    } else if (!strcmp(argv[i], "--config") || !strcmp(argv[i], "--run-dir")) {
      if (!is_path(*path = argv[++i])) return usage("an option needs an absolute path");
    } else if (!asked && *argv[i] != '-') {
      asked = argv[i];
    } else {
      return usage("wrong option or argument");
    }
  }
  if (!asked) return usage("no stage given");
  bool at_start = !strcmp(asked, "createRuntime") || !strcmp(asked, "prestart");
  if (!at_start && strcmp(asked, "poststop") && strcmp(asked, "spare")) return usage("no such stage");
  stage = at_start ? "createRuntime" : asked;

  int code = find_home();
  if (!code && !strcmp(stage, "spare")) return keeper_start(&keeper, true) < 0;
  if (!code) code = read_state();
  if (code) return code;
  return at_start ? create_runtime() : poststop();
}
