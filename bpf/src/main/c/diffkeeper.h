/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What the kernel side and its reader agree on. The Java side is EventLayout; LayoutTest compares
 * the two. All numbers are in the machine's byte order.
 *
 *   struct diffkeeper_settings              struct diffkeeper_event
 *    0  cgroup            u64                0  inode    u64
 *    8  mount_namespace   u32                8  parent   u64
 *   12  level             u32               16  device   u32
 *   16  own_process       u32               20  kind     u32
 *   20  (zero)            u32               24
 *   24
 */
#ifndef DIFFKEEPER_H
#define DIFFKEEPER_H

/* What an event was seen by. */
#define DIFFKEEPER_CTIME_CHANGED 1 /* N: a new change time was stored */
#define DIFFKEEPER_CTIME_KEPT 2    /* K: changed again within one clock tick */
#define DIFFKEEPER_CTIME_SET 3     /* S: a given time was stored (tmpfs, overlay) */

/* Who is watched; all zero: nobody. */
struct diffkeeper_settings {
	unsigned long long cgroup;    /* id of a cgroup; it and its descendants; 0: none */
	unsigned int mount_namespace; /* inode number, used if there is no cgroup; 0: none */
	unsigned int level;           /* depth of the cgroup, the root's is 0 */
	unsigned int own_process;     /* process id whose changes are not told; 0: none */
	unsigned int unused;
};

/* An inode that has changed. */
struct diffkeeper_event {
	unsigned long long inode;
	unsigned long long parent; /* inode of the directory of one of its names */
	unsigned int device;       /* the kernel's dev_t: major << 20 | minor */
	unsigned int kind;
};

#endif
