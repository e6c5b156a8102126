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
	printf("EVENT_DEVICE %zu\n", offsetof(struct diffkeeper_event, device));
	printf("EVENT_KIND %zu\n", offsetof(struct diffkeeper_event, kind));
	printf("SETTINGS_BYTES %zu\n", sizeof(struct diffkeeper_settings));
	printf("SETTINGS_CGROUP %zu\n", offsetof(struct diffkeeper_settings, cgroup));
	printf("SETTINGS_MOUNT_NAMESPACE %zu\n",
	       offsetof(struct diffkeeper_settings, mount_namespace));
	printf("SETTINGS_LEVEL %zu\n", offsetof(struct diffkeeper_settings, level));
	printf("SETTINGS_OWN_PROCESS %zu\n", offsetof(struct diffkeeper_settings, own_process));
	return 0;
}
