/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Who is watched, and how events get to whoever watches: the same for all sets of programs. */
#ifndef DIFFKEEPER_WATCH_H
#define DIFFKEEPER_WATCH_H

/*
 * Who is watched, by cgroup id or DIFFKEEPER_NAMESPACE | mount namespace. The programs are loaded
 * once for all that is watched on the host, so that what they cost does not grow with it.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, DIFFKEEPER_TARGETS_MAX);
	__type(key, __u64);
	__type(value, struct diffkeeper_target);
} targets SEC(".maps");

struct ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
};

/*
 * Where events go: watchers' rings, by a number of their own. To set an entry takes the kernel a
 * grace period, tens of ms, so a watcher does that before it knows whom it is going to watch.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, DIFFKEEPER_TARGETS_MAX);
	__type(key, __u64);
	__array(values, struct ring);
} rings SEC(".maps");

/*
 * Puts in whose call this is: the process, not the thread, whose name is often a role in it. Read
 * with a helper, which takes time; so only for events that have a reader and a place to go.
 */
static __always_inline void name_process(struct diffkeeper_event *event)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct pid *pid = BPF_CORE_READ(leader, thread_pid);
	struct upid *innermost = (void *)pid + bpf_core_field_offset(struct pid, numbers) +
				 BPF_CORE_READ(pid, level) * bpf_core_type_size(struct upid);

	event->process = BPF_CORE_READ(innermost, nr);
	bpf_core_read_str(event->command, sizeof(event->command), &leader->comm);
}

/* Whether this call is a watcher's own. */
static __always_inline int is_own(const struct diffkeeper_target *target)
{
	return target->watcher && target->watcher == bpf_get_current_pid_tgid() >> 32;
}

/* Tells whoever watches a target, if anybody does. */
static __always_inline void tell_watcher(__u64 key, const struct diffkeeper_event *event)
{
	struct diffkeeper_target *target = bpf_map_lookup_elem(&targets, &key);
	struct diffkeeper_event *place;
	void *ring;

	if (!target || is_own(target))
		return;
	ring = bpf_map_lookup_elem(&rings, &target->ring);
	if (!ring)
		return;
	place = bpf_ringbuf_reserve(ring, sizeof(*place), 0);
	if (!place) {
		__sync_fetch_and_add(&target->lost, 1);
		/*
		 * Again, for a reader that emptied the ring between the first try and the count: it
		 * would not be woken, and not learn of the loss.
		 */
		place = bpf_ringbuf_reserve(ring, sizeof(*place), 0);
		if (!place)
			return;
	}
	*place = *event;
	name_process(place);
	/* No flags: the reader is woken only if it had read everything before this. */
	bpf_ringbuf_submit(place, 0);
}

#endif
