/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What the kernel side and its reader agree on. The Java side is EventLayout; LayoutTest compares
 * the two. All numbers are in the machine's byte order.
 *
 *   struct diffkeeper_target                struct diffkeeper_event
 *    0  lost              u64                0  inode    u64
 *    8  watcher           u32                8  parent   u64
 *   12  (zero)            u32               16  process  u32
 *   16  started           u64               20  kind     u32
 *   24  ring              u64               24  command  char[16]
 *   32                                      40
 */
#ifndef DIFFKEEPER_H
#define DIFFKEEPER_H

/* What an event was seen by. */
#define DIFFKEEPER_CTIME_CHANGED 1 /* N: a new change time was stored */
#define DIFFKEEPER_CTIME_KEPT 2    /* K: changed again within one clock tick */
#define DIFFKEEPER_CALLED 4        /* a function that changes it was called */
#define DIFFKEEPER_CTIME_SET 3     /* S: a given time was stored (tmpfs, overlay) */

/* A key of the maps is a cgroup's id, or this and a mount namespace's inode number. */
#define DIFFKEEPER_NAMESPACE (1ULL << 63)

/* Watched cgroups are no deeper than this; the root's level is 0. */
#define DIFFKEEPER_LEVEL_MAX 16

#define DIFFKEEPER_TARGETS_MAX 4096

/*
 * What keepers tell the programs that cost most. The moment becomes another, which none was, with
 * each look and with whoever is watched anew; the other says whether anybody was ever watched by
 * mount namespace.
 */
#define DIFFKEEPER_SETTING_MOMENT 0
#define DIFFKEEPER_SETTING_NAMESPACES 1
#define DIFFKEEPER_SETTINGS 2

/* Somebody who is watched. */
struct diffkeeper_target {
	unsigned long long lost; /* events that found the ring full */
	unsigned int watcher;    /* process id whose own changes are not told; 0: none */
	unsigned int unused;
	unsigned long long started; /* when that process was started, to tell it from a later one */
	unsigned long long ring;    /* key of the ring that its events go to */
};

/* The kernel's TASK_COMM_LEN. */
#define DIFFKEEPER_COMMAND_BYTES 16

/* An inode that has changed, and who changed it. */
struct diffkeeper_event {
	unsigned long long inode;
	unsigned long long parent; /* inode of the directory of one of its names */
	unsigned int process;      /* its id as it sees it itself, in its own process namespace */
	unsigned int kind;
	char command[DIFFKEEPER_COMMAND_BYTES]; /* the process's name; ends with a 0 */
};

#endif
