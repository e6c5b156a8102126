/* A control group of our own, so that a keeper does not die with its container's. */
#ifndef DIFFKEEPER_CGROUP_H
#define DIFFKEEPER_CGROUP_H

/*
 * Moves the calling process into <hierarchy>/<name> of every mounted cgroup hierarchy, v1 and v2,
 * making the group where it is missing. Best effort: returns in how many it succeeded, 0 if none.
 */
int cgroup_join(const char *name);

#endif
