/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the layouts of diffkeeper.h under the names of the Java constants. */
#include <stddef.h>
#include <stdio.h>

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
	return 0;
}
