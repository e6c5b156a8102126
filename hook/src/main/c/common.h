/*
 * What the launcher and the runtime wrapper share: exit codes, how they tell of failures, and the
 * container's id. For programs of one file.
 */
#ifndef DIFFKEEPER_COMMON_H
#define DIFFKEEPER_COMMON_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { LOG_AS_ERROR = 3, LOG_AS_WARNING = 4, LOG_AS_NOTICE = 5, FACILITY_DAEMON = 3 << 3 };
enum { EXIT_INTERNAL = 1, EXIT_USAGE = 2, EXIT_BAD_INPUT = 10, EXIT_REPLAY_FAILED = 13 };
enum { LINE_BYTES_MAX = 8192, ID_LENGTH_MAX = 255 };

static const char *stage = "-"; /* what is being done */
static char id[ID_LENGTH_MAX + 1] = "-";

/* One line to the system log. Unlike syslog(3) it never waits for a log daemon that hangs. */
static void log_line(int severity, const char *text) {
  char line[LINE_BYTES_MAX + 512];
  int length = snprintf(line, sizeof line, "<%d>diffkeeper[%d]: %s %s: %s",
                        FACILITY_DAEMON | severity, (int)getpid(), id, stage, text);
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sendto(fd, line, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&address,
         sizeof address);
  close(fd);
}

/* Says why on stderr and in the system log, each in one line, and exits. */
__attribute__((format(printf, 2, 3))) static _Noreturn void die(int code, const char *format, ...) {
  char why[LINE_BYTES_MAX];
  va_list args;
  va_start(args, format);
  vsnprintf(why, sizeof why, format, args);
  va_end(args);
  /* It may quote an annotation: no second log line, no terminal sequence. */
  for (char *c = why; *c; c++) {
    if ((unsigned char)*c < ' ' || *c == 0x7f) *c = '?';
  }
  fprintf(stderr, "diffkeeper: %s (see journalctl -t diffkeeper)\n", why);
  log_line(LOG_AS_ERROR, why);
  exit(code);
}

/* It becomes a component of a path. */
static bool take_id(const char *from, size_t length) {
  static const char SAFE[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
  if (length < 1 || length > ID_LENGTH_MAX || strspn(from, SAFE) < length) return false;
  memcpy(id, from, length);
  id[length] = '\0';
  return strcmp(id, ".") && strcmp(id, "..");
}

#endif
