// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * Tells which inodes the watched processes change.
 *
 * Every change of content or metadata updates the inode's change time, and since 6.13 three
 * tracepoints see every such update, and no reads. They fire at most once per clock tick and
 * inode unless somebody looked at the time in between, so nothing needs suppressing here.
 *
 * Where the tracepoints do not exist the load fails, and the loader takes another source.
 */
#include "kernel.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "diffkeeper.h"

char LICENSE[] SEC("license") = "GPL";

/*
 * Whom to watch. Not constant, so that a process that is started ahead of need loads and attaches
 * (70 ms) before it knows whom: then it takes one write.
 */
volatile struct diffkeeper_settings settings SEC(".data.settings");

/* Events that found the ring full. */
__u64 lost SEC(".data.lost");

/* The loader sets the size. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} events SEC(".maps");

/* Turns an address into a pointer that may be read without a helper, ten times faster. */
extern void *bpf_rdonly_cast(void *address, __u32 type) __ksym;

static __always_inline int watched(void)
{
	__u64 cgroup = settings.cgroup;
	__u32 mount_namespace = settings.mount_namespace;

	if (cgroup) {
		if (bpf_get_current_ancestor_cgroup_id(settings.level) != cgroup)
			return 0;
	} else if (mount_namespace) {
		/* A task that exits has no nsproxy any more; it then reads as 0. */
		struct task_struct *task = bpf_get_current_task_btf();

		if (task->nsproxy->mnt_ns->ns.inum != mount_namespace)
			return 0;
	} else {
		return 0;
	}
	return !settings.own_process ||
	       bpf_get_current_pid_tgid() >> 32 != settings.own_process;
}

/* The inode of the directory that holds one of the inode's names, this one. */
static __always_inline __u64 parent_of(struct hlist_node *alias)
{
	struct dentry *dentry = bpf_rdonly_cast(
		(void *)alias - bpf_core_field_offset(struct dentry, d_u.d_alias),
		bpf_core_type_id_kernel(struct dentry));

	return dentry->d_parent->d_inode->i_ino;
}

/*
 * A place in the ring, or null and the loss counted. The second try is for a reader that emptied
 * the ring between the first try and the count: it would not be woken, and not learn of the loss.
 */
static __always_inline struct diffkeeper_event *place(void)
{
	struct diffkeeper_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (event)
		return event;
	__sync_fetch_and_add(&lost, 1);
	return bpf_ringbuf_reserve(&events, sizeof(*event), 0);
}

static __always_inline int tell(struct inode *inode, __u32 kind)
{
	struct diffkeeper_event *event;
	struct hlist_node *alias;

	if (!watched() || inode->i_sb->s_flags & SB_KERNMOUNT)
		return 0;
	/*
	 * An inode without a name is being made, of which its directory tells, or is being read in
	 * from the disk, which is no change. Whoever changes a file holds one of its names.
	 */
	alias = inode->i_dentry.first;
	if (!alias)
		return 0;
	event = place();
	if (!event)
		return 0;
	event->inode = inode->i_ino;
	event->parent = parent_of(alias);
	event->device = inode->i_sb->s_dev;
	event->kind = kind;
	/* No flags: the reader is woken only if it had read everything before this. */
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("tp_btf/ctime_ns_xchg")
int BPF_PROG(ctime_changed, struct inode *inode)
{
	return tell(inode, DIFFKEEPER_CTIME_CHANGED);
}

SEC("tp_btf/ctime_xchg_skip")
int BPF_PROG(ctime_kept, struct inode *inode)
{
	return tell(inode, DIFFKEEPER_CTIME_KEPT);
}

SEC("tp_btf/inode_set_ctime_to_ts")
int BPF_PROG(ctime_set, struct inode *inode)
{
	return tell(inode, DIFFKEEPER_CTIME_SET);
}
