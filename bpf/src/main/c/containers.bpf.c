// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * Tells of new cgroups and of what begins to run in them: of containers, whatever runs them.
 *
 * A container's cgroup is made before its first process enters it, and that process, or the one
 * that a process namespace begins with, becomes the container's own program by exec. So little
 * happens on the way: hosts run thousands of programs in a second, and make few cgroups.
 */
#include "kernel.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "containers.h"

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} events SEC(".maps");

/* Cgroups in which no program has been started yet. Those that never see one make way. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, __u8);
} fresh SEC(".maps");

/* Under the key 0: how many events found the ring full. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, __u64);
} lost SEC(".maps");

static __always_inline struct diffkeeper_container_event *place(__u32 kind, __u64 cgroup)
{
	struct diffkeeper_container_event *event;
	__u64 key = 0, *count;

	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		count = bpf_map_lookup_elem(&lost, &key);
		if (count)
			__sync_fetch_and_add(count, 1);
		return NULL;
	}
	event->cgroup = cgroup;
	event->kind = kind;
	event->process = bpf_get_current_pid_tgid() >> 32;
	event->length = 0;
	return event;
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(cgroup_made, struct cgroup *cgroup, const char *path)
{
	struct diffkeeper_container_event *event;
	__u64 id = cgroup->kn->id;
	__u8 yes = 1;
	long length;

	/* Of the hierarchies of version 1 a task does not tell which cgroups it is in. */
	if (cgroup->root->hierarchy_id)
		return 0;
	bpf_map_update_elem(&fresh, &id, &yes, BPF_ANY);
	event = place(DIFFKEEPER_CGROUP_MADE, id);
	if (!event)
		return 0;
	/* With the zero at its end; what is cut is as long as there is room. */
	length = bpf_probe_read_kernel_str(event->path, sizeof(event->path), path);
	if (length > 0)
		event->length = length;
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(program_started, struct task_struct *task)
{
	struct pid_namespace *processes = task->nsproxy->pid_ns_for_children;
	__u64 cgroup = bpf_get_current_cgroup_id();
	struct diffkeeper_container_event *event;
	int first = !bpf_map_delete_elem(&fresh, &cgroup);

	/* Where there is version 1 alone, the namespace has to tell. */
	if (!first && (!processes->level || processes->child_reaper != task))
		return 0;
	event = place(DIFFKEEPER_PROGRAM_STARTED, cgroup);
	if (event)
		bpf_ringbuf_submit(event, 0);
	return 0;
}
