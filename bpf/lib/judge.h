/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* What a new (or stale) flow may do, and where each of its directions goes. */
#ifndef LIB_JUDGE_H
#define LIB_JUDGE_H

#include "health.h"

/* Who an address is that is not a pod or address of this node, nor known exactly: by prefix, or the world. */
static __always_inline struct fabric_prefix_value identity_by_prefix(struct fabric_prefix_key *key,
                                                                     const struct fabric_address *address, __u8 family,
                                                                     __u8 bank)
{
	__u32 world = family == FABRIC_FAMILY_IPV6 ? FABRIC_IDENTITY_WORLD_IPV6 : FABRIC_IDENTITY_WORLD_IPV4;
	struct fabric_prefix_value nobody = { .identity = world, .peer = world };
	const struct fabric_prefix_value *known;

	prefix_key(key, address, family, bank);
	known = bpf_map_lookup_elem(&prefixes, key);
	return known ? *known : nobody;
}

static __always_inline __u32 identity_of(const struct fabric_address *address, __u8 family)
{
	const struct fabric_address_value *known = address_find(address, family);
	struct fabric_prefix_key key;

	return known ? known->identity : identity_by_prefix(&key, address, family, active_now().bank).identity;
}

/* Who is at this end, and where its packets come in. */
static __always_inline void judge_end(struct workbench *bench, struct judgement *j, int end, const struct packet *p)
{
	const struct fabric_address_value *known = end_find(bench, p, end);
	struct fabric_prefix_value by_prefix;

	j->endpoint[end] = 0;
	j->kind[end] = FABRIC_ADDRESS_REMOTE;
	j->input[end] = FABRIC_INPUT_FABRIC;
	if (known) {
		j->identity[end] = known->identity;
		j->peer[end] = known->peer[j->bank & 1];
		j->endpoint[end] = known->endpoint;
		j->kind[end] = known->kind;
		if (known->kind == FABRIC_ADDRESS_HOST)
			j->input[end] = FABRIC_INPUT_HOST;
		return;
	}
	by_prefix = identity_by_prefix(&bench->asked.prefix, end ? &p->destination : &p->source, p->family, j->bank);
	j->identity[end] = by_prefix.identity;
	j->peer[end] = by_prefix.peer;
}

/* What the compiled policy of a pod says, in the direction that the key names, of the peer in the key: 0 to allow, or the reason. No
 * policy (id 0) selects the pod, so all is allowed; a policy without an answer refuses. */
static __always_inline __u8 judge_policy(struct fabric_policy_key *key, __u32 *rule)
{
	struct fabric_policy_value *own = NULL, *any, *decides;

	*rule = 0;
	if (!key->policy)
		return FABRIC_DROP_NONE;
	key->prefixlen = FABRIC_POLICY_BITS + 24;
	if (key->peer != FABRIC_PEER_ANY)
		own = bpf_map_lookup_elem(&policies, key);
	key->peer = FABRIC_PEER_ANY;
	any = bpf_map_lookup_elem(&policies, key);
	decides = !any ? own : own && own->precedence >= any->precedence ? own : any;
	if (!decides)
		return FABRIC_DROP_NO_CONFIGURATION;
	*rule = decides->rule;
	__sync_fetch_and_add(&decides->packets, 1);
	return decides->verdict == FABRIC_POLICY_ALLOW ? FABRIC_DROP_NONE :
	       decides->is_default                     ? FABRIC_DROP_POLICY_DENIED :
	                                                 FABRIC_DROP_POLICY_DENY;
}

/* The responder's port, as policy names it; ICMP's type and code, of what the initiator sent. */
static __always_inline __u16 judge_port(const struct packet *p, __u32 initiator)
{
	__u8 type = p->icmp_type;

	if (p->protocol != IPPROTO_ICMP && p->protocol != IPPROTO_ICMPV6)
		return initiator ? p->source_port : p->destination_port;
	if (initiator && type == (p->protocol == IPPROTO_ICMP ? 0 : 129))
		type = p->protocol == IPPROTO_ICMP ? 8 : 128;
	return type | (__u16)p->icmp_code << 8;
}

/* A flow stays with its next hop as long as the group has it and it works; then another one of the group takes it. */
__global __u32 judge_nexthop(__u32 group_index, __u32 hash, __u32 previous)
{
	const struct fabric_group *group = bpf_map_lookup_elem(&groups, &group_index);
	struct workbench *bench = workbench();
	__u32 chosen = 0;

	if (!group || !bench)
		return 0;
	/* Counted in memory: of a number in a register the verifier would walk every value it may have. */
	bench->working = 0;
	for (int i = 0; i < FABRIC_GROUP_NEXTHOPS; i++) {
		__u32 id = group->nexthop[i];

		if ((__u32)i >= group->count)
			break;
		if (!chosen && (hash >> 1) <= group->bound[i])
			chosen = id;
		if (health_dead(FABRIC_OUTPUT_NEXTHOP, id))
			continue;
		if (id == previous)
			return previous;
		bench->working++;
	}
	if (!bench->working || !health_dead(FABRIC_OUTPUT_NEXTHOP, chosen) ||
	    health_probe_is_due(health_of(FABRIC_OUTPUT_NEXTHOP, chosen), chosen, bpf_ktime_get_coarse_ns()))
		return chosen;
	bench->working = (hash >> 1) % bench->working;
	for (int i = 0; i < FABRIC_GROUP_NEXTHOPS; i++) {
		__u32 id = group->nexthop[i];

		if ((__u32)i >= group->count)
			break;
		if (!health_dead(FABRIC_OUTPUT_NEXTHOP, id) && !bench->working--)
			return id;
	}
	return chosen;
}

/* Is `address` the kernel's own, or does it go another way than over our uplinks? Asked for new flows to addresses
 * that are not the cluster's. */
__global int judge_kernel_takes(struct __sk_buff *skb, struct packet *p)
{
	struct workbench *bench = workbench();
	struct bpf_fib_lookup *fib;
	long result;

	if (!p || !bench)
		return 1;
	fib = &bench->fib;
	__builtin_memset(fib, 0, sizeof(*fib));
	bench->unresolved = 0;
	fib->ifindex = skb->ifindex;
	fib->l4_protocol = p->protocol;
	fib->sport = p->source_port;
	fib->dport = p->destination_port;
	fib->tot_len = 0;
	if (p->family == FABRIC_FAMILY_IPV6) {
		fib->family = 10 /* AF_INET6 */;
		__builtin_memcpy(fib->ipv6_src, &p->source, 16);
		__builtin_memcpy(fib->ipv6_dst, &p->destination, 16);
	} else {
		fib->family = 2 /* AF_INET */;
		fib->ipv4_src = p->source.words[1] >> 32;
		fib->ipv4_dst = p->destination.words[1] >> 32;
	}
	result = bpf_fib_lookup(skb, fib, sizeof(*fib), 0);
	if (result == BPF_FIB_LKUP_RET_NO_NEIGH)
		bench->unresolved = p->family == FABRIC_FAMILY_IPV6 ?
		                            fib->family == 10 && !__builtin_memcmp(fib->ipv6_dst, &p->destination, 16) :
		                            fib->family == 2 && fib->ipv4_dst == (__u32)(p->destination.words[1] >> 32);
	/* That this packet is too large says nothing of where the flow goes. */
	if (result == BPF_FIB_LKUP_RET_SUCCESS || result == BPF_FIB_LKUP_RET_NO_NEIGH ||
	    result == BPF_FIB_LKUP_RET_FRAG_NEEDED) {
		__u32 out = fib->ifindex;
		const struct fabric_device *device = bpf_map_lookup_elem(&devices, &out);

		return !device || device->kind != FABRIC_DEVICE_UPLINK;
	}
	return 1;
}

#define NEIGHBOUR_WINDOW 1000000000ull /* ns */
#define NEIGHBOURS_NEW 16              /* per window and CPU */

/* A flow that the kernel is to look for a new neighbour for: not for more of them than it soon forgets again, or a scan of a link fills the one
 * table that all its devices have. */
static __always_inline void judge_neighbour(struct workbench *bench, struct judgement *j)
{
	if (!bench->unresolved)
		return;
	if (bench->now - bench->neighbours_since > NEIGHBOUR_WINDOW) {
		bench->neighbours_since = bench->now;
		bench->neighbours = 0;
	}
	if (bench->neighbours >= NEIGHBOURS_NEW)
		j->reason = FABRIC_DROP_RATE_LIMITED;
	else
		bench->neighbours++;
}

/* Did it come in by an uplink? */
static __always_inline int judge_uplink(const struct __sk_buff *skb)
{
	__u32 ifindex = skb->ifindex;
	const struct fabric_device *device = bpf_map_lookup_elem(&devices, &ifindex);

	return device && device->kind == FABRIC_DEVICE_UPLINK;
}

/* Where packets towards an end go. A step of its own, for all that is called in one chain shares 512 bytes of stack. */
__global int judge_output(struct __sk_buff *skb, struct packet *p, int to)
{
	struct workbench *bench = workbench();
	const struct fabric_route *route;
	struct judgement *j;
	__u32 end = to & 1;

	if (!p || !bench || bench->judgement.reason)
		return 0;
	j = &bench->judgement;

	j->target[end] = 0;
	j->output[end] = FABRIC_OUTPUT_STACK;
	if (j->endpoint[end]) {
		j->output[end] = FABRIC_OUTPUT_ENDPOINT;
		j->target[end] = j->endpoint[end];
		return 0;
	}
	if (j->kind[end] == FABRIC_ADDRESS_HOST)
		return 0;
	prefix_key(&bench->asked.prefix, end ? &p->destination : &p->source, p->family, 0);
	route = bpf_map_lookup_elem(&routes, &bench->asked.prefix);
	if (!route) {
		/* The kernel may know a way, or answers that there is none. */
		if (end == 1) {
			judge_kernel_takes(skb, p);
			judge_neighbour(bench, j);
		}
		return 0;
	}
	if (route->kind == FABRIC_ROUTE_REMOTE) {
		/* What came from the kernel to a pod came in by another device, and is answered through the kernel. */
		if (route->flags & FABRIC_ROUTE_WORLD) {
			int kernel = end == 1 ? judge_kernel_takes(skb, p) : !judge_uplink(skb);

			if (end == 1)
				judge_neighbour(bench, j);
			if (kernel)
				return 0;
		}
		health_refresh_group(skb, route->group);
		j->target[end] = judge_nexthop(route->group, j->hash, j->previous[end]);
		if (j->target[end])
			j->output[end] = FABRIC_OUTPUT_NEXTHOP;
		else if (end == 1)
			j->reason = FABRIC_DROP_STALE_OR_UNROUTABLE;
	} else if (end == 1) {
		j->reason = FABRIC_DROP_UNKNOWN_L3_TARGET;
		j->unreachable = route->kind != FABRIC_ROUTE_BLACKHOLE;
	}
	return 0;
}

/* Who the ends of *p are, and what policy says of them. */
__global int judge(struct packet *p)
{
	struct workbench *bench = workbench();
	const struct fabric_endpoint *e;
	struct judgement *j;

	if (!p || !bench)
		return 0;
	j = &bench->judgement;
	j->reason = FABRIC_DROP_NONE;
	j->unreachable = 0;
	j->egress_rule = j->ingress_rule = 0;
	j->denied_direction = FABRIC_DIRECTION_UNKNOWN;
	j->bank = active_now().bank & 1;
	j->hash = fabric_flow_hash(&p->key);
	judge_end(bench, j, 0, p);
	judge_end(bench, j, 1, p);
	if (j->came_in == FABRIC_INPUT_HOST) {
		/* Whatever address it uses, it is the node that sent it. */
		j->identity[0] = j->peer[0] = FABRIC_IDENTITY_HOST;
		j->kind[0] = FABRIC_ADDRESS_HOST;
		j->endpoint[0] = 0;
		j->input[0] = FABRIC_INPUT_HOST;
	}
	for (int end = 0; end < 2; end++) {
		struct fabric_policy_key *key = &bench->asked.policy;
		__u32 opened = (__u32)end == j->initiator, rule;
		__u8 reason;

		if (!j->endpoint[end])
			continue;
		e = endpoint_by_id(j->endpoint[end]);
		if (!e) {
			j->reason = FABRIC_DROP_EP_NOT_READY;
			return 0;
		}
		j->input[end] = e->ifindex;
		/* A node always reaches its own pods, and a pod itself. */
		if ((j->kind[!end] == FABRIC_ADDRESS_HOST && !opened) || j->endpoint[!end] == j->endpoint[end])
			continue;
		key->policy = e->policy[j->bank & 1];
		key->peer = j->peer[!end];
		key->direction = opened ? FABRIC_DIRECTION_EGRESS : FABRIC_DIRECTION_INGRESS;
		key->protocol = p->protocol;
		key->port = judge_port(p, j->initiator);
		reason = judge_policy(key, &rule);
		if (opened)
			j->egress_rule = rule;
		else
			j->ingress_rule = rule;
		if (reason && !j->reason) {
			j->reason = reason;
			j->denied_direction = key->direction;
		}
	}
	return 0;
}

#endif
