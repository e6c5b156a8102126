// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * Tells which inodes the watched processes are about to change, on kernels without the tracepoints
 * of change times: by the functions that every change passes through, whatever the file system.
 * Built twice, for the two ways of attaching to a function.
 *
 * They are passed before the change, so an event is no proof of what can be read when it comes:
 * the reader compares metadata from time to time.
 */
#include "kernel.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <stdbool.h>

#include "diffkeeper.h"
#include "watch.h"

char LICENSE[] SEC("license") = "GPL";

/* Arguments are 64-bit words: an array for fentry, registers for kprobes (System V on x86-64). */
#ifdef DIFFKEEPER_KPROBES
#define HOOK(function) SEC("kprobe/" #function) int hook_##function(struct registers *context)
enum { ARGUMENT_0 = 14, ARGUMENT_1 = 13, ARGUMENT_2 = 12 };
struct registers {
	__u64 word[21];
};
#define ARGUMENT(n) (context->word[ARGUMENT_##n])
#define LOAD(from, field) BPF_CORE_READ(from, field)
#else
#define HOOK(function) SEC("fentry/" #function) int hook_##function(__u64 *context)
#define ARGUMENT(n) (context[n])
/* The verifier knows the arguments' types: what they point to is read without a helper. */
#define LOAD(from, field) ((from)->field)
#endif

enum {
	MAY_WRITE = 2,
	FS_IOC_SETFLAGS = 0x40086602,
	FS_IOC_FSSETXATTR = 0x401c5820,
	SEEN_ENTRIES = 64, /* a power of two */
};

/* How often a watcher has looked, by its ring's number: since then each file is told of once. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, DIFFKEEPER_TARGETS_MAX);
	__type(key, __u64);
	__type(value, __u64);
} looks SEC(".maps");

/* What was told of last, by the inode's lowest bits. */
struct seen {
	__u64 inode;
	__u64 device;
	__u64 ring;
	__u64 look;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SEEN_ENTRIES);
	__type(key, __u32);
	__type(value, struct seen);
} told SEC(".maps");

/* The write that was told of last. */
struct write {
	__u64 file;
	__u64 thread;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct write);
} writes SEC(".maps");

/* Whether a watcher was told of the inode since it last looked. */
static __always_inline bool is_told(struct inode *inode, __u64 ring)
{
	struct super_block *super = LOAD(inode, i_sb);
	__u64 number = LOAD(inode, i_ino);
	__u64 device = LOAD(super, s_dev);
	__u64 *look = bpf_map_lookup_elem(&looks, &ring);
	__u32 at = number % SEEN_ENTRIES;
	struct seen *seen = bpf_map_lookup_elem(&told, &at);

	if (!look || !seen)
		return false;
	if (seen->inode == number && seen->device == device && seen->ring == ring &&
	    seen->look == *look)
		return true;
	seen->inode = number;
	seen->device = device;
	seen->ring = ring;
	seen->look = *look;
	return false;
}

/* The inode of the directory that holds one of the inode's names; 0 if it has none. */
static __always_inline __u64 parent_of(struct inode *inode)
{
	void *alias = BPF_CORE_READ(inode, i_dentry.first);
	struct dentry *dentry;

	if (!alias)
		return 0;
	dentry = alias - bpf_core_field_offset(struct dentry, d_u.d_alias);
	return BPF_CORE_READ(dentry, d_parent, d_inode, i_ino);
}

/* Whether it is a pipe's or a memory file's. */
static __always_inline bool is_nowhere(struct inode *inode)
{
	struct super_block *super = LOAD(inode, i_sb);

	return LOAD(super, s_flags) & SB_KERNMOUNT;
}

/* Tells those who watch a target, if anybody does. */
static __always_inline void tell_target(__u64 key, struct inode *inode)
{
	struct diffkeeper_target *target = bpf_map_lookup_elem(&targets, &key);
	struct diffkeeper_event event = {};

	if (!target || is_nowhere(inode) || is_told(inode, target->ring))
		return;
	event.inode = LOAD(inode, i_ino);
	event.parent = parent_of(inode);
	event.kind = DIFFKEEPER_CALLED;
	tell_watcher(key, &event);
}

/* Whose call this is, by cgroup and by mount namespace. */
struct caller {
	struct cgroup *cgroup;
	__u32 level;
	__u32 namespace;
};

/* Before 5.11 the verifier does not know the task's type, and each pointer takes a helper. */
static __always_inline void find_caller(struct caller *caller)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf)) {
		struct task_struct *task = bpf_get_current_task_btf();

		caller->cgroup = task->cgroups->dfl_cgrp;
		caller->level = caller->cgroup->level;
		caller->namespace = task->nsproxy->mnt_ns->ns.inum;
	} else {
		struct task_struct *task = (void *)bpf_get_current_task();

		struct cgroup *cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp);

		caller->cgroup = cgroup;
		caller->level = BPF_CORE_READ(cgroup, level);
		caller->namespace = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
	}
}

/* Tells the watchers of the cgroup, of those above it, and of the mount namespace. */
static __always_inline int tell(struct inode *inode)
{
	struct caller caller;

	if (!inode)
		return 0;
	find_caller(&caller);
	for (__u32 level = 1; level <= DIFFKEEPER_LEVEL_MAX; level++) {
		__u64 id = 0;

		if (level > caller.level)
			break;
		if (bpf_core_field_exists(struct cgroup, ancestor_ids))
			bpf_probe_read_kernel(
				&id, sizeof(id),
				(void *)caller.cgroup +
					bpf_core_field_offset(struct cgroup, ancestor_ids) +
					level * sizeof(id));
		else
			id = bpf_get_current_ancestor_cgroup_id(level);
		tell_target(id, inode);
	}
	tell_target(DIFFKEEPER_NAMESPACE | caller.namespace, inode);
	return 0;
}

static __always_inline int tell_file(__u64 file)
{
	return tell(LOAD((struct file *)file, f_inode));
}

static __always_inline int tell_dentry(__u64 dentry)
{
	return tell(LOAD((struct dentry *)dentry, d_inode));
}

/* Of two arguments the dentry: since 5.12 the mount's identity mapping comes first. */
static __always_inline int tell_argument(__u64 first, __u64 second)
{
	/* Both are read where the compiler would choose which: the context takes no arithmetic. */
	asm volatile("" : "+r"(first), "+r"(second));
	return tell_dentry(bpf_core_field_exists(struct vfsmount, mnt_userns) ||
					   bpf_core_type_exists(struct mnt_idmap)
				   ? second
				   : first);
}

/* Writes of every kind, fallocate, reflinks. */
HOOK(security_file_permission)
{
	__u32 first = 0;
	struct write *write;

	if (!((int)ARGUMENT(1) & MAY_WRITE))
		return 0;
	write = bpf_map_lookup_elem(&writes, &first);
	if (write) {
		write->file = ARGUMENT(0);
		write->thread = bpf_get_current_pid_tgid();
	}
	return tell_file(ARGUMENT(0));
}

/*
 * The first store to a page of a mapping; and most writes, which were told of. Had such a write
 * failed before it came here, a store would be taken for it, once: a comparison finds that.
 */
HOOK(file_update_time)
{
	__u32 first = 0;
	struct write *write = bpf_map_lookup_elem(&writes, &first);

	if (write && write->file == ARGUMENT(0) && write->thread == bpf_get_current_pid_tgid()) {
		write->file = 0;
		return 0;
	}
	return tell_file(ARGUMENT(0));
}

/* Truncation, mode, owner, times. */
HOOK(notify_change)
{
	return tell_argument(ARGUMENT(0), ARGUMENT(1));
}

HOOK(security_inode_setxattr)
{
	return tell_argument(ARGUMENT(0), ARGUMENT(1));
}

HOOK(security_inode_removexattr)
{
	return tell_argument(ARGUMENT(0), ARGUMENT(1));
}

/* The inode's flags. */
HOOK(security_file_ioctl)
{
	__u32 command = ARGUMENT(1);

	return command == FS_IOC_SETFLAGS || command == FS_IOC_FSSETXATTR ? tell_file(ARGUMENT(0)) : 0;
}

HOOK(security_inode_create)
{
	return tell((void *)ARGUMENT(0));
}

HOOK(security_inode_mkdir)
{
	return tell((void *)ARGUMENT(0));
}

HOOK(security_inode_mknod)
{
	return tell((void *)ARGUMENT(0));
}

HOOK(security_inode_symlink)
{
	return tell((void *)ARGUMENT(0));
}

HOOK(security_inode_link)
{
	tell_dentry(ARGUMENT(0));
	return tell((void *)ARGUMENT(1));
}

HOOK(security_inode_unlink)
{
	tell_dentry(ARGUMENT(1));
	return tell((void *)ARGUMENT(0));
}

HOOK(security_inode_rmdir)
{
	return tell((void *)ARGUMENT(0));
}

HOOK(security_inode_rename)
{
	tell((void *)ARGUMENT(0));
	return tell((void *)ARGUMENT(2));
}
