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
#define FILE_SYSTEM(inode) ((__u64)LOAD(inode, i_sb))
#else
#define HOOK(function) SEC("fentry/" #function) int hook_##function(__u64 *context)
#define ARGUMENT(n) (context[n])
/* The verifier knows the arguments' types: what they point to is read without a helper. */
#define LOAD(from, field) ((from)->field)
/* By its device, as it allows no reckoning with addresses. */
#define FILE_SYSTEM(inode) (LOAD(inode, i_sb)->s_dev)
#endif

enum {
	MAY_WRITE = 2,
	FS_IOC_SETFLAGS = 0x40086602,
	FS_IOC_FSSETXATTR = 0x401c5820,
	SEEN_ENTRIES = 64, /* a power of two; so is the next */
	CALL_ENTRIES = 64,
};

/* What keepers tell the programs, by DIFFKEEPER_SETTING. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, DIFFKEEPER_SETTINGS);
	__type(key, __u32);
	__type(value, __u64);
} settings SEC(".maps");

/* A call after which nobody has to be told of another like it, as long as the moment lasts. */
struct call {
	__u64 inode;
	__u64 super;
	__u64 cgroup;
	__u64 namespace; /* 0 where nobody is watched by it */
	__u64 moment;
};

/* The last ones, by place_of: of whom nobody watches, too. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, CALL_ENTRIES);
	__type(key, __u32);
	__type(value, struct call);
} calls SEC(".maps");

/* How often a watcher has looked, by its ring's number: since then each file is told of once. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, DIFFKEEPER_TARGETS_MAX);
	__type(key, __u64);
	__type(value, __u64);
} looks SEC(".maps");

/* What watchers were told of last, by place_of. */
struct seen {
	__u64 inode;
	__u64 super;
	__u64 ring;
	__u64 look;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SEEN_ENTRIES);
	__type(key, __u32);
	__type(value, struct seen);
} told SEC(".maps");

/*
 * By the inode's lowest bits, and the file system: a write on an overlay passes here with the
 * overlay's inode and the upper layer's, which mostly have one number.
 */
static __always_inline __u32 place_of(const struct call *call, __u32 entries)
{
	__u64 spread = call->super * 0x9e3779b97f4a7c15ULL; /* Fibonacci hashing */

	return (call->inode + (spread >> 32)) % entries;
}

/* Whether a watcher was told of the inode since it last looked. */
static __always_inline bool is_told(const struct call *call, __u64 ring)
{
	__u64 *look = bpf_map_lookup_elem(&looks, &ring);
	__u32 at = place_of(call, SEEN_ENTRIES);
	struct seen *seen = bpf_map_lookup_elem(&told, &at);

	if (!look || !seen)
		return false;
	if (seen->inode == call->inode && seen->super == call->super && seen->ring == ring &&
	    seen->look == *look)
		return true;
	seen->inode = call->inode;
	seen->super = call->super;
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

/* Tells those who watch a target, if anybody does. False: this was a watcher itself. */
static __always_inline bool tell_target(__u64 key, const struct call *call, struct inode *inode)
{
	struct diffkeeper_target *target = bpf_map_lookup_elem(&targets, &key);
	struct diffkeeper_event event = {};

	if (!target)
		return true;
	if (is_own(target))
		return false;
	if (is_nowhere(inode) || is_told(call, target->ring))
		return true;
	event.inode = call->inode;
	event.parent = parent_of(inode);
	event.kind = DIFFKEEPER_CALLED;
	tell_watcher(key, &event);
	return true;
}

/* Before 5.11 the verifier does not know the task's type, and each pointer takes a helper. */
static __always_inline __u32 own_namespace(void)
{
	struct task_struct *task;

	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf))
		return bpf_get_current_task_btf()->nsproxy->mnt_ns->ns.inum;
	task = (void *)bpf_get_current_task();
	return BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
}

static __always_inline struct cgroup *own_cgroup(void)
{
	struct task_struct *task;

	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf))
		return bpf_get_current_task_btf()->cgroups->dfl_cgrp;
	task = (void *)bpf_get_current_task();
	return BPF_CORE_READ(task, cgroups, dfl_cgrp);
}

/* Tells the watchers of the cgroup and of those above it. False: one of them was this. */
static __always_inline bool tell_cgroups(const struct call *call, struct inode *inode)
{
	struct cgroup *cgroup = own_cgroup();
	__u32 deepest = BPF_CORE_READ(cgroup, level);
	bool others = true;

	for (__u32 level = 1; level <= DIFFKEEPER_LEVEL_MAX; level++) {
		__u64 id = 0;

		if (level > deepest)
			break;
		if (bpf_core_field_exists(struct cgroup, ancestor_ids))
			bpf_probe_read_kernel(
				&id, sizeof(id),
				(void *)cgroup +
					bpf_core_field_offset(struct cgroup, ancestor_ids) +
					level * sizeof(id));
		else
			id = bpf_get_current_ancestor_cgroup_id(level);
		others &= tell_target(id, call, inode);
	}
	return others;
}

static __always_inline __u64 setting(__u32 number)
{
	__u64 *value = bpf_map_lookup_elem(&settings, &number);

	return value ? *value : 0;
}

static __always_inline bool is_same(const struct call *one, const struct call *other)
{
	return one->inode == other->inode && one->moment == other->moment &&
	       one->cgroup == other->cgroup && one->super == other->super &&
	       one->namespace == other->namespace;
}

/*
 * Tells the watchers of the cgroup, of those above it, and of the mount namespace. Most calls are
 * like one before, whose watchers need to know no more before they look again.
 */
static __always_inline int tell(struct inode *inode)
{
	/* The moment first: who begins to watch, or looks, after this makes it another. */
	struct call call = {.moment = setting(DIFFKEEPER_SETTING_MOMENT)};
	struct call *last;
	bool others;
	__u32 at;

	if (!inode)
		return 0;
	call.inode = LOAD(inode, i_ino);
	call.super = FILE_SYSTEM(inode);
	call.cgroup = bpf_get_current_cgroup_id();
	if (setting(DIFFKEEPER_SETTING_NAMESPACES))
		call.namespace = DIFFKEEPER_NAMESPACE | own_namespace();
	at = place_of(&call, CALL_ENTRIES);
	last = bpf_map_lookup_elem(&calls, &at);
	if (last && is_same(last, &call))
		return 0;
	others = tell_cgroups(&call, inode);
	if (call.namespace)
		others &= tell_target(call.namespace, &call, inode);
	if (last && others)
		*last = call;
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
	return (int)ARGUMENT(1) & MAY_WRITE ? tell_file(ARGUMENT(0)) : 0;
}

#ifdef DIFFKEEPER_KPROBES
/*
 * The first store to a page of a mapping, and no writes, of which a second probe would cost as much
 * as the first. One of these two is attached: not every kernel has this as a function.
 */
HOOK(fault_dirty_shared_page)
{
	struct vm_fault *fault = (void *)ARGUMENT(0);

	return tell_file((__u64)BPF_CORE_READ(fault, vma, vm_file));
}
#endif

/* The first store to a page of a mapping; and most writes, which were told of. */
HOOK(file_update_time)
{
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
