/* The keeper process, as its launcher sees it. */
#ifndef DIFFKEEPER_KEEPER_H
#define DIFFKEEPER_KEEPER_H

struct keeper {
  const char *home;    /* <prefix>/lib/diffkeeper: runtime/bin/java and keeper.args */
  const char *config;  /* absolute path, or null for the keeper's default */
  const char *run_dir; /* absolute path */
};

/*
 * Starts a keeper that outlives the caller: a session and a cgroup of its own, its end of the
 * returned stream socket on fd 3, stdio on /dev/null, no other fd, no variable of the caller's.
 *
 * Returns the caller's end, close-on-exec, or a negative errno. What goes wrong after the fork
 * comes over the socket as the answer "FAIL 1 <why>".
 */
int keeper_start(const struct keeper *keeper);

#endif
