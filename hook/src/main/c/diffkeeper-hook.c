/*
 * diffkeeper-hook: the OCI hook. Hands a container's state to its keeper and waits for the answer.
 *
 *   launcher                                                            keeper
 *   "diffkeeper 1 <stage> <length>[ trace=<ns>][ config=<path>]\n"  -->
 *   <length> bytes of OCI state JSON                                -->
 *                <-- "TRACE <text>\n"…, then "READY\n" | "DONE <text>\n" | "FAIL <code> <why>\n"
 *
 * createRuntime and adopt claim a spare keeper, or start one, and wait until it is READY. poststop
 * speaks to the container's keeper, or a new one where that died, and waits for the final version.
 */
#define _GNU_SOURCE
#include <dirent.h>
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
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "common.h"

enum {
  STATE_BYTES_MAX = 4 << 20,
  BUILD_ID_LENGTH = 16,
  KEEPER_FD = 3,
  HUNG_SPARES_MAX = 3,
  GREETING_WAIT_MS = 100,
  READY_WAIT_MS = 300 * 1000, /* the hook's timeout in hooks.d is a little longer */
  DONE_WAIT_MS = 8 * 1000,    /* containerd gives a poststop hook 10 s */
};

#define JAVA "runtime/bin/java"

static const char USAGE[] =
    "usage: diffkeeper-hook [OPTION…] createRuntime|prestart|poststop|adopt\n"
    "Reads the OCI state (at most 4 MiB) from standard input; adopt is for what runs already.\n"
    "  --config FILE  configuration (absolute path; default /etc/diffkeeper/config.toml)\n"
    "  --run-dir DIR  sockets and locks (absolute path; default /run/diffkeeper)\n"
    "  --trace-start  print to stderr where the time goes; DIFFKEEPER_TRACE_START=1 too\n"
    "  --help, --version\n";

static const char *config; /* null for the keeper's default */
static const char *run_dir = "/run/diffkeeper";
static char home[PATH_MAX]; /* <prefix>/lib/diffkeeper, the working directory */
static char state[STATE_BYTES_MAX + 1];
static size_t state_length;
static char answer[LINE_BYTES_MAX + 1];
static long long started_ns;
static bool trace;

static long long now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void read_state(void) {
  ssize_t n = 1;
  while (n > 0 && state_length < sizeof state) {
    n = read(STDIN_FILENO, state + state_length, sizeof state - state_length);
    if (n < 0) die(EXIT_BAD_INPUT, "cannot read the state: %s", strerror(errno));
    state_length += (size_t)n;
  }
  if (state_length == 0) die(EXIT_BAD_INPUT, "no state on standard input");
  if (state_length > STATE_BYTES_MAX) die(EXIT_BAD_INPUT, "the state exceeds 4 MiB");
}

/*
 * Finds the top-level string member "id", of which there must be exactly one, in an object. Reads
 * no more than that takes: strings and brackets; the keeper says what else is wrong. json ends with
 * a NUL beyond its length.
 */
static bool scan_id(const char *json, size_t length) {
  int depth = 0, found = 0;
  bool is_value = false, is_id = false; /* of the string to come, at depth 1 */
  for (size_t i = 0; i < length; i++) {
    char c = json[i];
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
    if (depth == 0 && (c != '{' || found)) return false;
    if (c == '"') {
      size_t start = ++i;
      while (i < length && json[i] != '"') i += json[i] == '\\' ? 2 : 1;
      if (i >= length) return false;
      if (is_id && is_value && depth == 1 && (found++ || !take_id(json + start, i - start))) {
        return false;
      }
      is_id = depth == 1 && !is_value && i - start == 2 && !memcmp(json + start, "id", 2);
    } else if (c == '{' || c == '[') {
      if (is_id) return false;
      depth++;
      is_value = false;
    } else if (c == '}' || c == ']') {
      if (--depth == 0 && (c != '}' || !found)) return false;
    } else if (c == ':' || c == ',') {
      is_value = c == ':';
    } else if (is_id) {
      return false;
    }
  }
  return depth == 0 && found;
}

/* Connects to a socket in an open folder, whose path may exceed an address's 107 bytes. */
static int connect_to(int folder, const char *name, int wait_ms) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", folder, name);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct timeval wait = {.tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000};
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
  if (!connect(fd, (struct sockaddr *)&address, sizeof address)) return fd;
  int error = errno; /* EAGAIN after wait_ms */
  close(fd);
  errno = error;
  return -1;
}

enum outcome { ANSWERED, ENDED, TIMED_OUT };

/* Reads one line into answer, after any lines of a trace. */
static enum outcome receive(int fd, int wait_ms) {
  long long deadline = now_ns() + wait_ms * 1000000LL;
  for (size_t length = 0; length < LINE_BYTES_MAX;) {
    struct pollfd ready = {fd, POLLIN, 0};
    long long left_ms = (deadline - now_ns()) / 1000000;
    if (left_ms <= 0) return TIMED_OUT;
    if (poll(&ready, 1, (int)left_ms) <= 0) continue;
    if (read(fd, answer + length, 1) <= 0) return ENDED;
    if (answer[length++] != '\n') continue;
    answer[length - 1] = '\0';
    if (strncmp(answer, "TRACE ", 6)) return ANSWERED;
    fprintf(stderr, "%s\n", answer + 6);
    length = 0;
  }
  return ANSWERED; /* with the beginning of a line that is too long */
}

/*
 * A connection to a spare keeper of this very build, or -1. Whoever renames a spare's socket has
 * it, so no two launchers get the same one. One that does not greet in time is given up; it gets no
 * request, so it does nothing should it wake up later.
 */
static int claim_spare(void) {
  char path[PATH_MAX], build[BUILD_ID_LENGTH], claimed[32];
  int file = open("build-id", O_RDONLY | O_CLOEXEC);
  if (file < 0 || read(file, build, sizeof build) != sizeof build) return -1;
  close(file);
  snprintf(path, sizeof path, "%s/spares", run_dir);
  DIR *spares = opendir(path);
  if (!spares) return -1;
  int fd = -1, hung = 0;
  for (struct dirent *entry; fd < 0 && hung < HUNG_SPARES_MAX && (entry = readdir(spares));) {
    if (strncmp(entry->d_name, build, sizeof build)) continue;
    snprintf(claimed, sizeof claimed, "claimed.%d", (int)getpid());
    if (renameat(dirfd(spares), entry->d_name, dirfd(spares), claimed)) continue;
    fd = connect_to(dirfd(spares), claimed, GREETING_WAIT_MS);
    unlinkat(dirfd(spares), claimed, 0);
    if (fd >= 0 && (receive(fd, GREETING_WAIT_MS) != ANSWERED || strcmp(answer, "SPARE"))) {
      close(fd);
      fd = -1;
      hung++;
    }
  }
  closedir(spares);
  return fd;
}

/* Sends the request and waits for the answer. */
static enum outcome ask(int fd, int wait_ms) {
  struct timeval wait = {.tv_sec = wait_ms / 1000};
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
  dprintf(fd, "diffkeeper 1 %s %zu", stage, state_length);
  if (trace) dprintf(fd, " trace=%lld", started_ns);
  if (config) dprintf(fd, " config=%s", config);
  dprintf(fd, "\n");
  /* Whatever it takes: a keeper may refuse and end before it has read all, with an answer sent. */
  ssize_t n = 1;
  for (size_t sent = 0; n > 0 && sent < state_length; sent += (size_t)n) {
    n = write(fd, state + sent, state_length - sent);
  }
  return receive(fd, wait_ms);
}

/* Exits as the answer says. */
static _Noreturn void finish(const char *expected) {
  size_t length = strlen(expected);
  if (!strncmp(answer, expected, length) && (!answer[length] || answer[length] == ' ')) {
    if (trace) fprintf(stderr, "%9.2f ms  answered\n", (double)(now_ns() - started_ns) / 1e6);
    exit(0);
  }
  char *why = NULL;
  long code = strncmp(answer, "FAIL ", 5) ? 0 : strtol(answer + 5, &why, 10);
  if (code >= 1 && code <= 255 && *why == ' ') die((int)code, "%s", why + 1);
  die(EXIT_INTERNAL, "the keeper answered: %s", answer);
}

static void write_file(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return; /* a keeper makes up for it, or can't either */
  dprintf(fd, "%s", text);
  close(fd);
}

/* The groups that keepers are to live in, a cgroup.procs a line: the first keeper has noted them. */
static void join_cgroups(void) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/cgroups", run_dir);
  FILE *list = fopen(path, "re");
  while (list && fgets(path, sizeof path, list)) {
    path[strcspn(path, "\n")] = '\0';
    write_file(path, "0"); /* the writer itself, in whatever pid namespace */
  }
  if (list) fclose(list);
}

/*
 * The container is to be killed for want of memory before its keeper. Without CAP_SYS_RESOURCE only
 * what the runtime has raised for the container can be taken back (crun raises it before the hooks).
 */
static void ask_to_die_last(void) {
  char score[16];
  int fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  if (write(fd, "-999", 4) < 0 && pread(fd, score, sizeof score, 0) > 0 && *score != '-') {
    dprintf(fd, "0");
  }
  close(fd);
}

/* An fd of the runtime's that stayed open here would hang its create (it waits for their end). */
static void close_from(int first) {
#ifdef SYS_close_range
  if (!syscall(SYS_close_range, (unsigned)first, ~0U, 0U)) return;
#endif
  for (int fd = first; fd < sysconf(_SC_OPEN_MAX); fd++) close(fd); /* kernel < 5.9 */
}

/* With a session and cgroups of its own, no fd but its socket, and nothing of our environment. */
static _Noreturn void become_keeper(int fd) {
  setsid();
  /* A runtime may start hooks with signals blocked or ignored; both would pass through execve. */
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  join_cgroups();
  ask_to_die_last();
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int stdio = 0; stdio <= 2; stdio++) dup2(null, stdio);
  dup2(fd, KEEPER_FD);
  close_from(KEEPER_FD + 1);

  const char *argv[] = {"java",  "@keeper.args", "--run-dir", run_dir, config ? "--config" : NULL,
                        config, NULL};
  /* One malloc arena: a JVM's default of eight per core costs a keeper several MB. */
  const char *env[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
                       "MALLOC_ARENA_MAX=1", NULL};
  if (null >= 0) execve(JAVA, (char *const *)argv, (char *const *)env);
  dprintf(KEEPER_FD, "FAIL 1 cannot start %s/" JAVA ": %s\n", home, strerror(errno));
  _exit(EXIT_INTERNAL);
}

/* Returns our end of a keeper's socket; what goes wrong in the child comes as its answer. */
static int start_keeper(void) {
  int pair[2];
  pid_t child = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) ? -1 : fork();
  if (child < 0) die(EXIT_INTERNAL, "cannot start a keeper: %s", strerror(errno));
  if (child == 0) become_keeper(pair[1]);
  close(pair[1]);
  return pair[0];
}

static _Noreturn void create_runtime(void) {
  scan_id(state, state_length);
  int fd = claim_spare();
  enum outcome outcome = fd < 0 ? ENDED : ask(fd, READY_WAIT_MS);
  if (outcome == ENDED) outcome = ask(start_keeper(), READY_WAIT_MS); /* a spare may have died */
  if (outcome == ANSWERED) finish("READY");
  if (outcome == ENDED) die(EXIT_REPLAY_FAILED, "keeper died before it was ready");
  die(EXIT_REPLAY_FAILED, "keeper was not ready in %d s", READY_WAIT_MS / 1000);
}

static _Noreturn void poststop(void) {
  char path[PATH_MAX];
  if (!scan_id(state, state_length)) die(EXIT_BAD_INPUT, "the state has no container id");
  snprintf(path, sizeof path, "%s/containers/%s", run_dir, id);
  int folder = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder < 0 && errno == ENOENT) exit(0);
  if (folder < 0) die(EXIT_INTERNAL, "cannot open %s: %s", path, strerror(errno));

  int fd = connect_to(folder, "keeper.sock", DONE_WAIT_MS);
  enum outcome outcome = errno == EAGAIN ? TIMED_OUT : ENDED;
  if (fd >= 0) outcome = ask(fd, DONE_WAIT_MS);
  if (outcome == ENDED) {
    struct stat status;
    if (fstat(folder, &status) || !status.st_nlink) exit(0); /* it was about to end, all done */
    log_line(LOG_AS_WARNING, "the container's keeper died, starting another");
    outcome = ask(start_keeper(), DONE_WAIT_MS);
  }
  if (outcome == ANSWERED) finish("DONE");
  if (outcome == ENDED) die(EXIT_INTERNAL, "keeper died before it was done");
  log_line(LOG_AS_NOTICE, "still capturing, goes on");
  exit(0);
}

/* We are <prefix>/libexec/oci/hooks.d/diffkeeper-hook. */
static void enter_home(void) {
  static const char below[] = "/lib/diffkeeper";
  ssize_t length = readlink("/proc/self/exe", home, sizeof home - sizeof below);
  for (int levels = 4; levels > 0 && length > 0; levels--) {
    char *slash = strrchr(home, '/');
    if (slash) *slash = '\0';
  }
  strcat(home, below);
  if (chdir(home)) die(EXIT_INTERNAL, "cannot enter %s: %s", home, strerror(errno));
}

static _Noreturn void misused(const char *why) {
  fprintf(stderr, "diffkeeper: %s (see diffkeeper-hook --help)\n", why);
  exit(EXIT_USAGE);
}

static const char *path_option(const char *value) {
  if (value && *value == '/' && strlen(value) < PATH_MAX / 2 && !strchr(value, '\n')) return value;
  misused("an option needs an absolute path");
}

static void parse(char **argv) {
  for (char *word; (word = *argv); argv++) {
    if (!strcmp(word, "--help")) exit(fputs(USAGE, stdout) < 0);
    if (!strcmp(word, "--version")) exit(puts("diffkeeper-hook " DIFFKEEPER_VERSION) < 0);
    if (!strcmp(word, "--config")) {
      config = path_option(*++argv);
    } else if (!strcmp(word, "--run-dir")) {
      run_dir = path_option(*++argv);
    } else if (!strcmp(word, "--trace-start")) {
      trace = true;
    } else if (*stage == '-' && *word != '-') {
      stage = word;
    } else {
      misused("wrong option or argument");
    }
  }
}

int main(int argc, char **argv) {
  started_ns = now_ns();
  const char *wish = getenv("DIFFKEEPER_TRACE_START");
  trace = wish && !strcmp(wish, "1");
  clearenv(); /* it may be the container's: that one flag, and no more of it */
  umask(077);
  signal(SIGPIPE, SIG_IGN);
  int fd = 0; /* stdio that the caller closed: no socket of ours may take its number */
  while (fd >= 0 && fd <= STDERR_FILENO) fd = open("/dev/null", O_RDWR | O_CLOEXEC);

  parse(argv + (argc > 0));
  if (!strcmp(stage, "prestart")) stage = "createRuntime";
  bool starts = !strcmp(stage, "createRuntime") || !strcmp(stage, "adopt");
  if (!starts && strcmp(stage, "poststop")) misused("createRuntime, prestart, poststop or adopt?");
  enter_home();
  read_state();
  starts ? create_runtime() : poststop();
}
