/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What the kernel side of the container tracer and its reader agree on. The Java side is
 * EventLayout; LayoutTest compares the two. Numbers are in the machine's byte order.
 *
 *   struct diffkeeper_container_event
 *    0  cgroup   u64
 *    8  kind     u32
 *   12  process  u32
 *   16  length   u32
 *   20  path     512 bytes
 *  536
 */
#ifndef DIFFKEEPER_CONTAINERS_H
#define DIFFKEEPER_CONTAINERS_H

#define DIFFKEEPER_CGROUP_MADE 1
#define DIFFKEEPER_PROGRAM_STARTED 2

/* Longer than any engine's, which have their containers' ids at the end. */
#define DIFFKEEPER_CGROUP_PATH_BYTES 512

struct diffkeeper_container_event {
	unsigned long long cgroup; /* its id in its hierarchy */
	unsigned int kind;
	unsigned int process; /* its number in the kernel's own namespace */
	unsigned int length;  /* of the path with the zero at its end; 0: there is none */
	char path[DIFFKEEPER_CGROUP_PATH_BYTES]; /* of a new cgroup, from its hierarchy's root */
};

#endif
