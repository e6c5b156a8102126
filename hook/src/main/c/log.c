#define _GNU_SOURCE
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { FACILITY_DAEMON = 3 << 3, LINE_BYTES_MAX = 8192 };

void log_line(enum log_severity severity, const char *format, ...) {
  static char line[LINE_BYTES_MAX];
  int length = snprintf(line, sizeof line, "<%d>diffkeeper[%d]: ", FACILITY_DAEMON | severity,
                        (int)getpid());
  va_list args;
  va_start(args, format);
  length += vsnprintf(line + length, sizeof line - (size_t)length, format, args);
  va_end(args);
  if (length >= (int)sizeof line) length = (int)sizeof line - 1;

  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
  sendto(fd, line, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&address,
         sizeof address);
  close(fd);
}
