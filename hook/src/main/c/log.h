/* The system log, tag "diffkeeper": crun sends a hook's stderr to /dev/null. */
#ifndef DIFFKEEPER_LOG_H
#define DIFFKEEPER_LOG_H

enum log_severity { LOG_AS_ERROR = 3, LOG_AS_WARNING = 4, LOG_AS_NOTICE = 5 };

/*
 * Sends one line to /dev/log, or nothing if nobody listens there. Unlike syslog(3) it never waits:
 * a log daemon that hangs must not keep a container from starting.
 */
__attribute__((format(printf, 2, 3))) void log_line(enum log_severity severity, const char *format,
                                                    ...);

#endif
