/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Whether what is sent to a next hop or a pod can arrive. After a redirect nobody counts what a dead device or neighbour swallows, so this
 * is found out before. */
#ifndef LIB_HEALTH_H
#define LIB_HEALTH_H

#include "workbench.h"

#define PROBE_FIRST 200000000ull /* ns */
#define PROBE_LAST 5000000000ull

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

/* Asks the kernel for the device and the neighbour of a next hop; of an endpoint, for the device, by a link-local address: whether there is a
 * neighbour entry for that is all the same. In the main table, for a leaf may have the very address that pods know their gateway by.
 * The state it is in now. */
static __always_inline __u32 health_ask(struct __sk_buff *skb, struct bpf_fib_lookup *fib, __u8 output, __u32 target)
{
	const struct fabric_nexthop *n;
	const struct fabric_endpoint *e;
	__u32 ifindex;
	long result;
	int neighbour = 0;

	__builtin_memset(fib, 0, sizeof(*fib));
	fib->family = 10 /* AF_INET6 */;
	*(__u64 *)&fib->ipv6_dst[0] = GATEWAY_HIGH;
	*(__u64 *)&fib->ipv6_dst[2] = GATEWAY_LOW;
	if (output == FABRIC_OUTPUT_NEXTHOP) {
		n = nexthop_by_id(target);
		if (!n)
			return FABRIC_HEALTH_UNKNOWN;
		ifindex = n->ifindex;
		if (!(n->flags & FABRIC_NEXTHOP_ON_LINK)) {
			neighbour = 1;
			if (n->flags & FABRIC_NEXTHOP_GATEWAY_IPV4) {
				fib->family = 2 /* AF_INET */;
				fib->ipv4_dst = n->gateway.words[1] >> 32;
			} else {
				*(__u64 *)&fib->ipv6_dst[0] = n->gateway.words[0];
				*(__u64 *)&fib->ipv6_dst[2] = n->gateway.words[1];
			}
		}
	} else {
		e = endpoint_by_id(target);
		if (!e)
			return FABRIC_HEALTH_UNKNOWN;
		ifindex = e->ifindex;
		fib->ipv6_dst[3] = bpf_htonl(2); /* fe80::2: fe80::1 is the node's own */
	}
	fib->ifindex = ifindex;
	result = bpf_fib_lookup(skb, fib, sizeof(*fib), BPF_FIB_LOOKUP_DIRECT | BPF_FIB_LOOKUP_OUTPUT);
	if (fib->ifindex != ifindex)
		return FABRIC_HEALTH_DOWN;
	/* That this packet is too large says nothing of the way. */
	if (result == BPF_FIB_LKUP_RET_SUCCESS || result == BPF_FIB_LKUP_RET_FRAG_NEEDED)
		return FABRIC_HEALTH_UP;
	if (result == BPF_FIB_LKUP_RET_NO_NEIGH)
		return neighbour ? FABRIC_HEALTH_RESOLVING : FABRIC_HEALTH_UP;
	return FABRIC_HEALTH_DOWN;
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
	/* Packets make the kernel ask for a neighbour, and it asks for a while. Only what has been sent to since, and still is not known, does
	 * not answer. */
	if (state == FABRIC_HEALTH_RESOLVING &&
	    (was == FABRIC_HEALTH_UNANSWERED || (was == FABRIC_HEALTH_RESOLVING && age < 4 * c->health_interval)))
		state = FABRIC_HEALTH_UNANSWERED;
	if (h->id != target) {
		h->lost = 0;
		h->id = target;
	}
	if (state != was) {
		h->since = now;
		h->probe = now + PROBE_FIRST;
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

/* May this packet try whether a next hop that did not answer does so now? Ever more rarely, the longer it does not. */
static __always_inline int health_may_probe(__u8 output, __u32 target, __u64 now)
{
	struct fabric_health *h = health_of(output, target);
	__u64 wait;

	if (!h || h->id != target || h->state != FABRIC_HEALTH_UNANSWERED || (__s64)(now - h->probe) < 0)
		return 0;
	wait = now - h->since;
	h->probe = now + (wait < PROBE_FIRST ? PROBE_FIRST : wait > PROBE_LAST ? PROBE_LAST : wait);
	return 1;
}

#endif
