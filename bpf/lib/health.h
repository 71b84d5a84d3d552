/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Whether what is sent to a next hop or a pod can arrive. After a redirect nobody counts what a dead device or neighbour swallows, so this
 * is found out before. */
#ifndef LIB_HEALTH_H
#define LIB_HEALTH_H

#include "workbench.h"

#define PROBE_ALONE 100000000ull  /* ns, as all of these */
#define PROBE_FIRST 1000000000ull /* ns */
#define PROBE_LAST 5000000000ull
#define NEIGHBOUR_ASKED 250000000ull
#define CARRIER_NOTED 2000000000ull   /* ns: a new device's; net/core/link_watch.c looks once a second */
#define NEIGHBOUR_KEPT 30000000000ull /* ns: no kernel forgets one sooner (gc_stale_time) */

static __always_inline struct fabric_health *health_of(__u8 output, __u32 target)
{
	__u32 slot = output == FABRIC_OUTPUT_NEXTHOP ? target % FABRIC_NEXTHOP_SLOTS :
	                                               FABRIC_NEXTHOP_SLOTS + target % FABRIC_ENDPOINT_SLOTS;

	return bpf_map_lookup_elem(&health, &slot);
}

static __always_inline int health_is_dead(const struct fabric_health *h, __u32 target)
{
	return h->id == target && h->state >= FABRIC_HEALTH_UNANSWERED;
}

/* As it was found last. */
static __always_inline int health_dead(__u8 output, __u32 target)
{
	const struct fabric_health *h;

	if (output != FABRIC_OUTPUT_NEXTHOP && output != FABRIC_OUTPUT_ENDPOINT)
		return 0;
	h = health_of(output, target);
	return h && health_is_dead(h, target);
}

static __always_inline int health_is_due(const struct fabric_config *c, const struct fabric_health *h, __u32 target,
                                         __u64 now)
{
	return c->health_interval && (h->id != target || now - h->checked >= c->health_interval);
}

/* Asks the kernel's routes of a next hop or an endpoint: the state it is in now. */
static __always_inline __u32 health_ask(struct __sk_buff *skb, struct bpf_fib_lookup *fib, __u8 output, __u32 target)
{
	const struct fabric_nexthop *n;
	const struct fabric_endpoint *e;
	int neighbour = 0;
	__u32 ifindex;
	__u64 low;
	long result;

	__builtin_memset(fib, 0, sizeof(*fib));
	fib->family = 10 /* AF_INET6 */;
	if (output == FABRIC_OUTPUT_NEXTHOP) {
		n = nexthop_by_id(target);
		if (!n)
			return FABRIC_HEALTH_UNKNOWN;
		ifindex = n->ifindex;
		neighbour = !(n->flags & FABRIC_NEXTHOP_ON_LINK);
		low = FABRIC_HEALTH_NEXTHOP | target;
		if (n->flags & FABRIC_NEXTHOP_GATEWAY_IPV4)
			fib->family = 2 /* AF_INET */;
	} else {
		e = endpoint_by_id(target);
		if (!e)
			return FABRIC_HEALTH_UNKNOWN;
		ifindex = e->ifindex;
		low = FABRIC_HEALTH_ENDPOINT | target;
	}
	if (fib->family == 2) {
		fib->ipv4_dst = n->gateway.words[1] >> 32;
	} else {
		fib->ipv6_dst[0] = bpf_htonl(FABRIC_HEALTH_HIGH >> 32);
		fib->ipv6_dst[2] = bpf_htonl((__u32)(low >> 32));
		fib->ipv6_dst[3] = bpf_htonl((__u32)low);
	}
	fib->ifindex = ifindex;
	result = bpf_fib_lookup(skb, fib, sizeof(*fib), BPF_FIB_LOOKUP_DIRECT | BPF_FIB_LOOKUP_OUTPUT);
	if (result == BPF_FIB_LKUP_RET_UNREACHABLE)
		return FABRIC_HEALTH_DOWN;
	if (result == BPF_FIB_LKUP_RET_NO_NEIGH && neighbour)
		return FABRIC_HEALTH_RESOLVING;
	/* An IPv4 gateway is asked for itself: it is on the link of its device, or not there. */
	if (fib->family == 2 && (result == BPF_FIB_LKUP_RET_NOT_FWDED || fib->ifindex != ifindex))
		return FABRIC_HEALTH_DOWN;
	/* That this packet is too large, or that somebody removed the route, says nothing of the way. */
	return FABRIC_HEALTH_UP;
}

/* Looks again at where a packet is about to go. */
__global int health_refresh(struct __sk_buff *skb, __u32 output, __u32 target)
{
	const struct fabric_config *c = settings();
	struct workbench *bench = workbench();
	__u64 now = bpf_ktime_get_coarse_ns();
	struct fabric_health *h = health_of(output, target);
	__u32 state, was;
	__u64 age;

	if (!bench || !h || !c)
		return 0;
	was = h->id == target ? h->state : FABRIC_HEALTH_UNKNOWN;
	age = now - h->checked;
	h->checked = now;
	state = health_ask(skb, &bench->fib, output, target);
	/* Packets make the kernel ask for a neighbour. What was not known when one was sent there, and still is not when a busy one would have
	 * answered, does not; unless that was so long ago that the kernel may have known and forgotten it again. */
	if (state == FABRIC_HEALTH_RESOLVING &&
	    (was == FABRIC_HEALTH_UNANSWERED ||
	     (was == FABRIC_HEALTH_RESOLVING && age < NEIGHBOUR_KEPT && now - h->since >= NEIGHBOUR_ASKED)))
		state = FABRIC_HEALTH_UNANSWERED;
	if (h->id != target) {
		h->lost = 0;
		h->id = target;
		h->state = FABRIC_HEALTH_UNKNOWN;
		h->since = now;
	}
	if (state == FABRIC_HEALTH_DOWN && was == FABRIC_HEALTH_UNKNOWN && output == FABRIC_OUTPUT_ENDPOINT &&
	    now - h->since < CARRIER_NOTED)
		state = FABRIC_HEALTH_UNKNOWN;
	if (state != was) {
		h->since = now;
		h->probe = now;
		h->state = state;
	}
	return 0;
}

/* Looks again if it is time to. */
static __always_inline void health_keep(struct __sk_buff *skb, const struct fabric_config *c, __u8 output, __u32 target,
                                        __u64 now)
{
	struct fabric_health *h = health_of(output, target);

	if (h && health_is_due(c, h, target, now))
		health_refresh(skb, output, target);
}

/* The same for all members of a group, of which one is to be chosen. */
__global int health_refresh_group(struct __sk_buff *skb, __u32 index)
{
	const struct fabric_group *group = bpf_map_lookup_elem(&groups, &index);
	const struct fabric_config *c = settings();
	__u64 now = bpf_ktime_get_coarse_ns();

	if (!group || !c)
		return 0;
	for (int i = 0; i < FABRIC_GROUP_NEXTHOPS; i++) {
		if ((__u32)i >= group->count)
			break;
		health_keep(skb, c, FABRIC_OUTPUT_NEXTHOP, group->nexthop[i], now);
	}
	return 0;
}

/* With another way left: is it time that a packet tries whether a next hop that did not answer does so now? Ever more rarely, the longer it
 * does not. */
static __always_inline int health_probe_is_due(const struct fabric_health *h, __u32 target, __u64 now)
{
	__u64 wait;

	if (!h || h->id != target || h->state != FABRIC_HEALTH_UNANSWERED)
		return 0;
	wait = now - h->since;
	return now - h->probe >= (wait < PROBE_FIRST ? PROBE_FIRST : wait > PROBE_LAST ? PROBE_LAST : wait);
}

/* May this packet try, rather than be dropped? */
static __always_inline int health_may_probe(struct fabric_health *h, __u32 target, __u64 now)
{
	if (h->id != target || h->state != FABRIC_HEALTH_UNANSWERED || now - h->probe < PROBE_ALONE)
		return 0;
	h->probe = now;
	return 1;
}

#endif
