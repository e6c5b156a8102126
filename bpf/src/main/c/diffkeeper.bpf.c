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
#include "watch.h"

char LICENSE[] SEC("license") = "GPL";

/*
 * Under the key 0: the number of ctime_set's attachment, as long as somebody holds it. That program
 * alone costs writers whom nobody watches: those on overlays, which pass there twice for a write.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, __u64);
} attached_number SEC(".maps");

/* Turns an address into a pointer that may be read without a helper, ten times faster. */
extern void *bpf_rdonly_cast(void *address, __u32 type) __ksym;

/* The inode of the directory that holds one of the inode's names, this one. */
static __always_inline __u64 parent_of(struct hlist_node *alias)
{
	struct dentry *dentry = bpf_rdonly_cast(
		(void *)alias - bpf_core_field_offset(struct dentry, d_u.d_alias),
		bpf_core_type_id_kernel(struct dentry));

	return dentry->d_parent->d_inode->i_ino;
}

/* Tells the watchers of the cgroup, of those above it, and of the mount namespace. */
static __always_inline int tell(struct inode *inode, __u32 kind)
{
	struct diffkeeper_event event = {};
	struct task_struct *task;
	struct hlist_node *alias;

	if (inode->i_sb->s_flags & SB_KERNMOUNT)
		return 0;
	/*
	 * An inode without a name is being made, of which its directory tells, or is being read in
	 * from the disk, which is no change. Whoever changes a file holds one of its names.
	 */
	alias = inode->i_dentry.first;
	if (!alias)
		return 0;
	event.inode = inode->i_ino;
	event.parent = parent_of(alias);
	event.kind = kind;
	for (int level = 1; level <= DIFFKEEPER_LEVEL_MAX; level++) {
		__u64 cgroup = bpf_get_current_ancestor_cgroup_id(level);

		if (!cgroup)
			break;
		tell_watcher(cgroup, &event);
	}
	/* A task that exits has no nsproxy any more; it then reads as 0. */
	task = bpf_get_current_task_btf();
	tell_watcher(DIFFKEEPER_NAMESPACE | task->nsproxy->mnt_ns->ns.inum, &event);
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

/*
 * Attached while somebody needs it: a tmpfs links and unlinks with a time that it took elsewhere,
 * an overlay takes all of its times from its layers, and other file systems know no other way.
 */
SEC("tp_btf/inode_set_ctime_to_ts")
int BPF_PROG(ctime_set, struct inode *inode, struct timespec64 *time)
{
	/*
	 * An overlay does this twice for each write. The same time again, and nobody has looked at it
	 * since (that would show in the high bit): the event of the first time is still to be read.
	 */
	if (inode->i_ctime_sec == time->tv_sec && inode->i_ctime_nsec == (__u32)time->tv_nsec)
		return 0;
	return tell(inode, DIFFKEEPER_CTIME_SET);
}
