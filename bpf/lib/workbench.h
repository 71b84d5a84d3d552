/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Where the slow path puts what it makes of a packet. */
#ifndef LIB_WORKBENCH_H
#define LIB_WORKBENCH_H

#include "event.h"

/* The two ends of a packet: 0 sent it, 1 is its destination. */
struct judgement {
	/* Asked: */
	__u32 initiator;   /* which end opened the flow */
	__u32 came_in;     /* where the packet came in: FABRIC_INPUT_* or an ifindex */
	__u32 previous[2]; /* the next hop that the flow had towards each end, or 0 */
	__u32 bank;        /* of compiled policy */
	/* Found: */
	__u32 identity[2];
	__u32 peer[2]; /* who each end is to policy */
	__u32 endpoint[2];
	__u32 kind[2];   /* enum fabric_address_kind */
	__u32 input[2];  /* where packets of this end come in */
	__u32 target[2]; /* where packets towards this end go */
	__u32 hash;
	__u32 egress_rule;
	__u32 ingress_rule;
	__u32 denied_direction;
	__u8 output[2];
	__u8 reason;      /* enum fabric_drop */
	__u8 unreachable; /* the destination has an unreachable route: the kernel answers */
};

/* The flow that the packet inside an ICMP error belongs to. */
struct inner {
	struct fabric_flow_key key;
	struct fabric_address source;
	struct fabric_address destination;
	__u32 side; /* the end that sent the packet inside */
};

enum lookup {
	LOOKUP_NOT_MADE = 0,
	LOOKUP_UNKNOWN = 1,
	LOOKUP_KNOWN = 2,
};

/* Where a packet came in, and how it leaves the slow path. */
struct passage {
	/* Asked: */
	__u32 input;      /* FABRIC_INPUT_* or the ifindex of a pod's device */
	__u8 established; /* there is an entry among the established, to be looked at first */
	/* Found: */
	__u8 output; /* enum fabric_output; FABRIC_OUTPUT_NONE: see action */
	__u8 reserved[2];
	__u32 target; /* by output */
	__s32 action; /* TC_ACT_*, when nothing is left to do */
};

/* What is being made for the present packet, and too large for the stack. Programs of one CPU do not interleave. */
struct workbench {
	/* Of the packet at hand. Kernels before 6.2 take no argument's memory as a map key, only a map's or the stack's. */
	struct fabric_flow_key key;
	__u64 now;      /* ns, CLOCK_MONOTONIC_COARSE */
	__u32 endpoint; /* whose device it came in by; a pod's only */
	/* Who its source and its destination are, looked up at most once. */
	struct fabric_address_value known[2];
	__u8 looked_up[2]; /* enum lookup */
	/* Of what is asked about it, one after the other. */
	union {
		struct fabric_address_key address;
		struct fabric_prefix_key prefix;
		struct fabric_policy_key policy;
	} asked;
	struct fabric_flow flow;
	/* Of the flow at hand, between the steps of the slow path. */
	__u32 cookie;
	__u32 revision;
	__u8 again;             /* there was an entry: judged again, not for the first time */
	__u8 half_open;         /* its entry, if it has one, is half-open */
	__u8 unresolved;        /* the destination is on a link of ours, and its neighbour entry is still to be made */
	__u32 neighbours;       /* such flows in this window */
	__u64 neighbours_since; /* ns: when it began */
	__u32 working;          /* next hops of the group at hand that do, or are still to be passed over */
	struct fabric_denied denied;
	struct judgement judgement;
	struct inner inner;
	struct event_facts facts;
	struct bpf_fib_lookup fib;
};
MAP(scratch, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, struct workbench, 1, 0);

static __always_inline struct workbench *workbench(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&scratch, &zero);
}

static __always_inline void workbench_clear(struct workbench *bench)
{
	bench->now = bpf_ktime_get_coarse_ns();
	bench->looked_up[0] = bench->looked_up[1] = LOOKUP_NOT_MADE;
}

/* Who is at an end of the packet: 0 its source, 1 its destination. NULL when that is not known exactly. */
static __always_inline const struct fabric_address_value *end_find(struct workbench *bench, const struct packet *p,
                                                                   int end)
{
	const struct fabric_address_value *known;

	if (bench->looked_up[end] == LOOKUP_NOT_MADE) {
		bench->asked.address.address = end ? p->destination : p->source;
		*(__u64 *)&bench->asked.address.family = p->family;
		known = bpf_map_lookup_elem(&addresses, &bench->asked.address);
		bench->looked_up[end] = known ? LOOKUP_KNOWN : LOOKUP_UNKNOWN;
		if (known)
			bench->known[end] = *known;
	}
	return bench->looked_up[end] == LOOKUP_KNOWN ? &bench->known[end] : NULL;
}

/* Facts to be filled in, all zero. */
static __always_inline struct event_facts *blank_facts(void)
{
	struct workbench *bench = workbench();

	if (!bench)
		return NULL;
	__builtin_memset(&bench->facts, 0, sizeof(bench->facts));
	return &bench->facts;
}

/* A drop of which no more is known than the packet. */
__global int drop_for(struct __sk_buff *skb, struct packet *p, __u32 reason, __u32 point)
{
	struct event_facts *facts = blank_facts();

	if (!p || !facts)
		return TC_ACT_SHOT;
	facts->reason = reason;
	facts->point = point;
	return drop(skb, p, facts);
}

#endif
