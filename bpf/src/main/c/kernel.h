/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The few kernel types that the programs read, each with only the fields read. CO-RE puts in the
 * running kernel's offsets at load, so that this builds on any machine, whatever its kernel.
 */
#ifndef DIFFKEEPER_KERNEL_H
#define DIFFKEEPER_KERNEL_H

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef short __s16;
typedef int __s32;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;

/* From the kernel's ABI, linux/bpf.h. */
enum {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_HASH_OF_MAPS = 13,
	BPF_MAP_TYPE_RINGBUF = 27,
};

enum { BPF_ANY = 0 };

/* The helpers that are asked for; the kernel's type names all that it has. */
enum bpf_func_id {
	BPF_FUNC_get_current_task_btf = 158,
};

/* From linux/fs.h: a file system that is mounted nowhere (pipes, memfd, System V memory). */
enum { SB_KERNMOUNT = 1 << 22 };

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct super_block {
	__u32 s_dev;
	unsigned long s_flags;
};

struct timespec64 {
	__s64 tv_sec;
	long tv_nsec;
};

struct inode {
	__s64 i_ctime_sec;
	__u32 i_ctime_nsec; /* its high bit: somebody has looked since */
	struct super_block *i_sb;
	unsigned long i_ino;
	struct hlist_head i_dentry;
};

struct dentry {
	struct dentry *d_parent;
	struct inode *d_inode;
	union {
		struct hlist_node d_alias;
	} d_u;
};

struct ns_common {
	unsigned int inum;
};

struct mnt_namespace {
	struct ns_common ns;
};

struct task_struct;

struct pid_namespace {
	struct task_struct *child_reaper;
	unsigned int level;
};

struct nsproxy {
	struct mnt_namespace *mnt_ns;
	struct pid_namespace *pid_ns_for_children;
};

struct css_set;

/* A process's number in one process namespace. */
struct upid {
	int nr;
};

struct pid {
	unsigned int level; /* of the innermost namespace that it is in */
	struct upid numbers[1];
};

struct task_struct {
	struct nsproxy *nsproxy;
	struct css_set *cgroups;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	char comm[16];
};

struct file {
	struct inode *f_inode;
};

struct vm_area_struct {
	struct file *vm_file;
};

struct vm_fault {
	struct vm_area_struct *vma;
};

struct kernfs_node {
	__u64 id; /* since 5.5; a union before */
};

struct cgroup_root {
	int hierarchy_id; /* 0: version 2 */
};

struct cgroup {
	struct kernfs_node *kn;
	struct cgroup_root *root;
	int level;
	__u64 ancestor_ids[1]; /* until 5.19; of the hierarchy's root first */
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct vfsmount {
	void *mnt_userns; /* from 5.12 to 6.1 */
};

/* Since 6.2. */
struct mnt_idmap {
};

#pragma clang attribute pop

#endif
