/* Keepers, as their launcher sees them. */
#ifndef DIFFKEEPER_KEEPER_H
#define DIFFKEEPER_KEEPER_H

#include <stdbool.h>

struct keeper {
  const char *home;    /* <prefix>/lib/diffkeeper: runtime/bin/java and keeper.args */
  const char *config;  /* absolute path, or null for the keeper's default */
  const char *run_dir; /* absolute path */
};

/*
 * Starts a keeper that outlives the caller: a session and a cgroup of its own, its end of the
 * returned stream socket on fd 3, stdio on /dev/null, no other fd, no variable of the caller's.
 *
 * spare: one that gets warm, then listens in <run_dir>/spares until somebody claims it.
 *
 * Returns the caller's end, close-on-exec, or a negative errno. What goes wrong after the fork
 * comes over the socket as the answer "FAIL 1 <why>".
 */
int keeper_start(const struct keeper *keeper, bool spare);

/*
 * Claims a spare keeper of this very build. Whoever renames a spare's socket has it, so no two
 * launchers get the same one. A spare that does not greet in time is given up; it gets no request,
 * so it does nothing should it wake up later.
 *
 * Returns a connected stream socket, close-on-exec, or -1 if there is no spare.
 */
int keeper_claim(const struct keeper *keeper);

/* Connects to the Unix socket name in the folder: an fd, or a negative errno (-EAGAIN: too slow). */
int keeper_connect(int folder, const char *name, int wait_ms);

#endif
