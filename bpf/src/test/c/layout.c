/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the layouts of both headers under the names of the Java constants. */
#include <stddef.h>
#include <stdio.h>

#include "containers.h"
#include "diffkeeper.h"

int main(void)
{
	printf("EVENT_BYTES %zu\n", sizeof(struct diffkeeper_event));
	printf("EVENT_INODE %zu\n", offsetof(struct diffkeeper_event, inode));
	printf("EVENT_PARENT %zu\n", offsetof(struct diffkeeper_event, parent));
	printf("EVENT_PROCESS %zu\n", offsetof(struct diffkeeper_event, process));
	printf("EVENT_KIND %zu\n", offsetof(struct diffkeeper_event, kind));
	printf("EVENT_COMMAND %zu\n", offsetof(struct diffkeeper_event, command));
	printf("COMMAND_BYTES %d\n", DIFFKEEPER_COMMAND_BYTES);
	printf("LEVEL_MAX %d\n", DIFFKEEPER_LEVEL_MAX);
	printf("TARGET_BYTES %zu\n", sizeof(struct diffkeeper_target));
	printf("TARGET_LOST %zu\n", offsetof(struct diffkeeper_target, lost));
	printf("TARGET_WATCHER %zu\n", offsetof(struct diffkeeper_target, watcher));
	printf("TARGET_RING %zu\n", offsetof(struct diffkeeper_target, ring));
	printf("TARGET_STARTED %zu\n", offsetof(struct diffkeeper_target, started));
	printf("SETTING_MOMENT %d\n", DIFFKEEPER_SETTING_MOMENT);
	printf("SETTING_NAMESPACES %d\n", DIFFKEEPER_SETTING_NAMESPACES);
	printf("CONTAINER_BYTES %zu\n", sizeof(struct diffkeeper_container_event));
	printf("CONTAINER_CGROUP %zu\n", offsetof(struct diffkeeper_container_event, cgroup));
	printf("CONTAINER_KIND %zu\n", offsetof(struct diffkeeper_container_event, kind));
	printf("CONTAINER_PROCESS %zu\n", offsetof(struct diffkeeper_container_event, process));
	printf("CONTAINER_LENGTH %zu\n", offsetof(struct diffkeeper_container_event, length));
	printf("CONTAINER_PATH %zu\n", offsetof(struct diffkeeper_container_event, path));
	printf("CONTAINER_PATH_BYTES %d\n", DIFFKEEPER_CGROUP_PATH_BYTES);
	printf("CGROUP_MADE %d\n", DIFFKEEPER_CGROUP_MADE);
	printf("PROGRAM_STARTED %d\n", DIFFKEEPER_PROGRAM_STARTED);
	return 0;
}
