/*
 * diffkeeper-runtime: an OCI runtime that is another one, and adds our hooks to what is created.
 *
 * For containerd, Docker and whoever else reads no hooks.d. On create and run the bundle's
 * config.json gets createRuntime and poststop hooks if its annotations ask for that; then, as for
 * any other command at once, the real runtime takes this process over, with the same arguments,
 * environment and descriptors. Settings are in etc/diffkeeper/runtime.toml, below the prefix that
 * we are installed in, or in /etc if that is /usr.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <time.h>

#include "common.h"
#include "inject.h"

enum {
  CONFIG_BYTES_MAX = 16 << 20,
  SETTINGS_BYTES_MAX = 64 << 10,
  CREATE_TIMEOUT_S = 310, /* as in hooks.d: a little longer than the launcher waits */
  POSTSTOP_TIMEOUT_S = 10,
};

/* Until here an engine finds runtimes, whatever its own PATH is. */
static const char *const FOLDERS[] = {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
                                      "/usr/bin",        "/sbin",          "/bin"};

/* Options of runc and crun whose value is the word behind them. */
static const char *const WITH_VALUE[] = {
    "root", "log",    "log-format", "log-level",      "criu",     "rootless",     "cgroup-manager",
    "b",    "bundle", "f",          "console-socket", "pid-file", "preserve-fds", "pidfd-socket",
    "config"};
static const char *const COMMANDS[] = {"create",  "run",    "start",    "state",   "kill",
                                       "delete",  "exec",   "ps",       "events",  "update",
                                       "pause",   "resume", "list",     "spec",    "checkpoint",
                                       "restore", "init",   "features", "mounts"};

static const char *bundle = ".", *config_name = "config.json";
static const char *log_file, *log_format = "text";

static struct {
  char runtime[PATH_MAX]; /* empty for the default */
  char config[PATH_MAX];  /* the launcher's --config; empty for its default */
  char run_dir[PATH_MAX];
  bool go_on; /* whether containers start without hooks if there cannot be any */
  char wrong[LINE_BYTES_MAX]; /* what is wrong in the file; empty if nothing is */
} settings;

/* --- failures --------------------------------------------------------------------------------- */

/* Engines show what they find in the runtime's own log. */
static void tell_engine(const char *why) {
  char now[32];
  time_t seconds = time(NULL);
  struct tm utc;
  strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &utc));
  int flags = O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC;
  int fd = log_file ? open(log_file, flags, 0644) : -1;
  if (fd < 0) return;
  bool json = !strcmp(log_format, "json");
  if (!json) dprintf(fd, "time=\"%s\" level=error ", now);
  dprintf(fd, json ? "{\"level\":\"error\",\"msg\":\"diffkeeper: " : "msg=\"diffkeeper: ");
  for (const char *c = why; *c; c++) {
    bool quoted = *c == '"' || *c == '\\';
    dprintf(fd, quoted ? "\\%c" : "%c", (unsigned char)*c < ' ' ? '?' : *c);
  }
  if (json) dprintf(fd, "\",\"time\":\"%s\"}\n", now);
  if (!json) dprintf(fd, "\"\n");
  close(fd);
}

__attribute__((format(printf, 2, 3))) static _Noreturn void fail(int code, const char *format,
                                                                 ...) {
  char why[LINE_BYTES_MAX];
  va_list args;
  va_start(args, format);
  vsnprintf(why, sizeof why, format, args);
  va_end(args);
  tell_engine(why);
  die(code, "%s", why);
}

/* The container has asked for hooks, or may have, and can't have any: as the operator wishes. */
__attribute__((format(printf, 2, 3))) static void missed(int code, const char *format, ...) {
  char why[LINE_BYTES_MAX];
  va_list args;
  va_start(args, format);
  vsnprintf(why, sizeof why, format, args);
  va_end(args);
  if (!settings.go_on) fail(code, "%s", why);
  log_line(LOG_AS_ERROR, why);
}

/* --- settings --------------------------------------------------------------------------------- */

/* It becomes part of a JSON string, as it is. */
static bool take_path(char out[PATH_MAX], const char *path) {
  for (const char *c = path; *c; c++) {
    if ((unsigned char)*c < ' ' || *c == '"' || *c == '\\' || *c == 0x7f) return false;
  }
  return *path == '/' && strlen(path) < PATH_MAX && strcpy(out, path);
}

/* Looks a name up in the usual folders; if it is nowhere, the last one is what will be told of. */
static bool find_runtime(const char *name) {
  for (size_t i = 0; i < sizeof FOLDERS / sizeof *FOLDERS; i++) {
    snprintf(settings.runtime, sizeof settings.runtime, "%s/%s", FOLDERS[i], name);
    if (!access(settings.runtime, X_OK)) return true;
  }
  return false;
}

static bool take_runtime(const char *value) {
  if (*value == '/') return take_path(settings.runtime, value);
  if (!*value || strchr(value, '/')) return false;
  find_runtime(value);
  return true;
}

static bool take_setting(const char *key, const char *value) {
  if (!strcmp(key, "runtime")) return take_runtime(value);
  if (!strcmp(key, "config")) return take_path(settings.config, value);
  if (!strcmp(key, "run-dir")) return take_path(settings.run_dir, value);
  if (strcmp(key, "on-failure")) return false;
  settings.go_on = !strcmp(value, "continue");
  return settings.go_on || !strcmp(value, "stop");
}

static char *past_blanks(char *text) {
  return text + strspn(text, " \t\r");
}

/* KEY = "VALUE", and maybe a comment. */
static bool take_line(char *line) {
  char *key = line, *value = line + strcspn(line, " \t=");
  char *equals = past_blanks(value);
  if (*equals != '=') return false;
  *value = '\0';
  value = past_blanks(equals + 1);
  char *end = *value == '"' ? strchr(value + 1, '"') : NULL;
  if (!end || !strchr("#", *past_blanks(end + 1))) return false;
  *end = '\0';
  return take_setting(key, value + 1);
}

/* What is wrong is noted down, and the rest is read. */
static void parse_settings(const char *file, char *text) {
  int number = 1;
  for (char *line, *rest = text; (line = strsep(&rest, "\n")); number++) {
    line = past_blanks(line);
    if (*line && *line != '#' && !take_line(line)) {
      snprintf(settings.wrong, sizeof settings.wrong, "%s:%d: unknown or malformed: %.100s", file,
               number, line);
    }
  }
}

/* All of a regular file, with a NUL behind it, allocated; or null, with errno. */
static char *read_file(int folder, const char *name, size_t bytes_max, struct stat *status) {
  int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return NULL;
  char *text = NULL;
  if (!fstat(fd, status)) {
    size_t length = (size_t)status->st_size, done = 0;
    errno = S_ISREG(status->st_mode) && length <= bytes_max ? 0 : EFBIG;
    text = errno ? NULL : malloc(length + 1);
    for (ssize_t n = 1; text && n > 0 && done < length; done += n > 0 ? (size_t)n : 0) {
      n = read(fd, text + done, length - done);
      if (n < 0) length = 0;
    }
    if (text && done < length) length = done; /* it got shorter */
    if (text) text[length] = '\0';
    status->st_size = (off_t)length;
  }
  int error = errno;
  close(fd);
  errno = error;
  return text;
}

static void read_settings(const char *prefix) {
  char file[PATH_MAX + 64];
  struct stat status;
  bool usr = !strcmp(prefix, "/usr");
  snprintf(file, sizeof file, "%s/etc/diffkeeper/runtime.toml", usr ? "" : prefix);
  char *text = read_file(AT_FDCWD, file, SETTINGS_BYTES_MAX, &status);
  if (text) {
    parse_settings(file, text);
  } else if (errno != ENOENT) {
    snprintf(settings.wrong, sizeof settings.wrong, "%s: %s", file, strerror(errno));
  }
  free(text);
  if (!*settings.runtime && !find_runtime("runc")) find_runtime("crun");
}

/* --- the command line ------------------------------------------------------------------------- */

static bool among(const char *word, const char *const *list, size_t length) {
  for (size_t i = 0; i < length; i++) {
    if (!strcmp(word, list[i])) return true;
  }
  return false;
}

static void take_option(const char *name, const char *value) {
  if (!strcmp(name, "bundle") || !strcmp(name, "b")) bundle = value;
  if (!strcmp(name, "config") || !strcmp(name, "f")) config_name = value;
  if (!strcmp(name, "log")) log_file = value;
  if (!strcmp(name, "log-format")) log_format = value;
}

/* Notes what we need of the arguments: the command, the container's id, some options. */
static void parse_arguments(char **argv) {
  for (char *word; (word = *argv); argv++) {
    char name[32] = "";
    if (*word == '-') {
      bool is_short = word[1] != '-';
      word += is_short ? 1 : 2;
      size_t length = strcspn(word, "=");
      if (length < sizeof name) memcpy(name, word, length);
      if (word[length]) {
        take_option(name, word + length + 1);
      } else if (among(name, WITH_VALUE, sizeof WITH_VALUE / sizeof *WITH_VALUE) && argv[1]) {
        take_option(name, *++argv);
      } else if (is_short && *word == 'b') {
        take_option("b", word + 1);
      }
    } else if (*stage == '-') {
      if (among(word, COMMANDS, sizeof COMMANDS / sizeof *COMMANDS)) stage = word;
    } else if (*id == '-') {
      take_id(word, strlen(word));
    }
  }
}

/* --- the bundle ------------------------------------------------------------------------------- */

static void write_hook(char json[HOOK_BYTES_MAX], const char *prefix, const char *when,
                       int timeout_s) {
  bool config = *settings.config, run_dir = *settings.run_dir;
  snprintf(json, HOOK_BYTES_MAX,
           "{\"path\":\"%s/libexec/oci/hooks.d/diffkeeper-hook\",\"args\":[\"diffkeeper-hook\""
           "%s%s%s%s%s%s,\"%s\"],\"timeout\":%d}",
           prefix, config ? ",\"--config\",\"" : "", settings.config, config ? "\"" : "",
           run_dir ? ",\"--run-dir\",\"" : "", settings.run_dir, run_dir ? "\"" : "", when,
           timeout_s);
}

/* In one step, with the owner and mode of the old one; false with errno. */
static bool replace(int folder, const char *text, size_t length, const struct stat *old) {
  char name[64];
  snprintf(name, sizeof name, ".config.json.diffkeeper.%d", (int)getpid());
  int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  ssize_t n = 1;
  for (size_t done = 0; n > 0 && done < length; done += (size_t)n) {
    n = write(fd, text + done, length - done);
    if (n < 0) break;
  }
  bool good = n > 0 && !fchown(fd, old->st_uid, old->st_gid) && !fchmod(fd, old->st_mode & 07777) &&
              !renameat(folder, name, folder, config_name);
  int error = errno;
  close(fd);
  if (!good) unlinkat(folder, name, 0);
  errno = error;
  return good;
}

static void inject_into_bundle(const char *prefix) {
  static char create[HOOK_BYTES_MAX], poststop[HOOK_BYTES_MAX];
  struct stat status;
  int folder = open(bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
  char *json = folder < 0 ? NULL : read_file(folder, config_name, CONFIG_BYTES_MAX, &status);
  if (!json && errno == ENOENT) return; /* the runtime says so */
  if (!json) return missed(EXIT_BAD_INPUT, "%s/%s: %s", bundle, config_name, strerror(errno));

  write_hook(create, prefix, "createRuntime", CREATE_TIMEOUT_S);
  write_hook(poststop, prefix, "poststop", POSTSTOP_TIMEOUT_S);
  char *result = NULL;
  size_t length = 0;
  enum outcome outcome =
      inject(json, (size_t)status.st_size, create, poststop, &result, &length);
  if (outcome == NO_JSON) {
    missed(EXIT_BAD_INPUT, "%s/%s: not the JSON of a container", bundle, config_name);
  } else if (outcome == NO_MEMORY) {
    missed(EXIT_INTERNAL, "out of memory");
  } else if (outcome == INJECTED && *settings.wrong) {
    missed(EXIT_BAD_INPUT, "%s", settings.wrong);
  } else if (outcome == INJECTED && !replace(folder, result, length, &status)) {
    missed(EXIT_INTERNAL, "cannot write %s/%s: %s", bundle, config_name, strerror(errno));
  }
  free(result);
  free(json);
  close(folder);
}

/* --- main ------------------------------------------------------------------------------------- */

/* We are <prefix>/bin/diffkeeper-runtime. */
static void find_prefix(char prefix[PATH_MAX]) {
  char self[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
  self[length < 0 ? 0 : length] = '\0';
  for (int levels = 2; levels > 0; levels--) {
    char *slash = strrchr(self, '/');
    if (slash) *slash = '\0';
  }
  if (*self && !take_path(prefix, self)) fail(EXIT_INTERNAL, "installed in an unusable place");
}

static void check_runtime(void) {
  struct stat runtime, self;
  if (!stat(settings.runtime, &runtime) && !stat("/proc/self/exe", &self) &&
      runtime.st_ino == self.st_ino && runtime.st_dev == self.st_dev) {
    fail(EXIT_BAD_INPUT, "%s is diffkeeper-runtime itself", settings.runtime);
  }
}

int main(int argc, char **argv) {
  char prefix[PATH_MAX] = "";
  parse_arguments(argv + (argc > 0));
  find_prefix(prefix);
  read_settings(prefix);
  check_runtime();
  if (!strcmp(stage, "create") || !strcmp(stage, "run")) inject_into_bundle(prefix);
  if (argc > 0) argv[0] = settings.runtime;
  execv(settings.runtime, argv);
  fail(EXIT_INTERNAL, "cannot run %s: %s", settings.runtime, strerror(errno));
}
