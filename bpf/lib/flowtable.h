/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* The flow tables: finding, making, judging again and promoting entries. */
#ifndef LIB_FLOWTABLE_H
#define LIB_FLOWTABLE_H

#include "refuse.h"

static __always_inline __u32 nexthop_of(const struct fabric_flow_half *half)
{
	return half->output == FABRIC_OUTPUT_NEXTHOP ? half->target : 0;
}

/* Judges an entry again, initiator to responder, whichever side's packet found it.
 * 0: still allowed. 1: refused now, *action set. 2: an end is another pod than it was: not this flow. */
static __always_inline int flow_judge_again(struct __sk_buff *skb, struct packet *p, struct workbench *bench,
                                            struct fabric_flow *flow, __u32 input, __u32 revision, int *action)
{
	struct judgement *j = &bench->judgement;
	__u32 s = p->side & 1, d = (!p->side) & 1;

	j->initiator = p->side != flow->initiator;
	j->came_in = input;
	j->previous[0] = nexthop_of(&flow->half[d]);
	j->previous[1] = nexthop_of(&flow->half[s]);
	judge(skb, p, j);
	if (j->endpoint[0] != flow->endpoint[s] || j->endpoint[1] != flow->endpoint[d])
		return 2;
	if (j->reason) {
		bpf_map_delete_elem(&flows, &bench->key);
		bpf_map_delete_elem(&halfopen, &bench->key);
		*action = flow_refuse(skb, p, j, revision);
		return 1;
	}
	flow_fill(flow, j, s, revision);
	return 0;
}

static __always_inline struct fabric_flow *flow_create(struct __sk_buff *skb, struct packet *p, struct workbench *bench,
                                                       __u32 input, __u32 revision, int *action)
{
	struct fabric_flow *made = &bench->flow, *flow;
	struct judgement *j = &bench->judgement;
	__u32 s = p->side & 1;

	j->initiator = 0;
	j->came_in = input;
	j->previous[0] = j->previous[1] = 0;
	judge(skb, p, j);
	if (j->reason) {
		*action = flow_refuse(skb, p, j, revision);
		return NULL;
	}
	/* Neither end is a pod of this node: not ours to judge. */
	if (!j->endpoint[0] && !j->endpoint[1]) {
		*action = TC_ACT_OK;
		return NULL;
	}
	__builtin_memset(made, 0, sizeof(*made));
	flow_fill(made, j, s, revision);
	made->initiator = s;
	made->flags =
		p->protocol == IPPROTO_TCP && (p->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN ? FABRIC_FLOW_OPENED : 0;
	made->created = bpf_ktime_get_coarse_ns();
	made->half[0].last_seen = made->half[1].last_seen = made->created;
	if (bpf_map_update_elem(&halfopen, &bench->key, made, BPF_ANY)) {
		*action = drop_for(skb, p, FABRIC_DROP_CT_INSERT_FAILED, point_from(input));
		return NULL;
	}
	flow = bpf_map_lookup_elem(&halfopen, &bench->key);
	/* Pushed out already: it has been judged all the same. */
	return flow ? flow : made;
}

/* How a packet leaves the slow path. */
struct passage {
	/* Asked: */
	__u32 input; /* where it came in */
	__u8 origin; /* 0 when its source is right for where it came in, otherwise the reason why not (enum fabric_drop) */
	/* Found: */
	__u8 output; /* enum fabric_output; FABRIC_OUTPUT_NONE: see action */
	__u8 reserved[2];
	__u32 target; /* by output */
	__s32 action; /* TC_ACT_*, when nothing is left to do */
};

static __always_inline void passage_by(struct passage *way, const struct fabric_flow_half *half)
{
	way->output = half->output;
	way->target = half->target;
}

/* May packets of this side come in here? The node's may by whatever address: it has more than we were told of. */
static __always_inline int flow_input_is(const struct fabric_flow_half *half, __u32 input)
{
	return half->input == input || (input == FABRIC_INPUT_HOST && half->input == FABRIC_INPUT_FABRIC);
}

/* Any packet that the established table does not answer at once: counted in its entry, which is found, judged again,
 * promoted or made; or dropped. */
__global int flow_slow(struct __sk_buff *skb, struct packet *p, struct passage *way)
{
	const struct fabric_config *c = settings();
	__u32 revision = active_revision(), s, input;
	__u64 now = bpf_ktime_get_coarse_ns();
	struct workbench *bench = workbench();
	struct fabric_flow_key *key;
	struct fabric_flow *flow;
	int half_open = 0, *action, promote;

	if (!p || !way)
		return 0;
	s = p->side & 1;
	input = way->input;
	action = &way->action;
	way->output = FABRIC_OUTPUT_NONE;
	way->action = TC_ACT_SHOT;
	if (!c || !revision || !bench) {
		way->action = drop_for(skb, p, FABRIC_DROP_NO_CONFIGURATION, point_from(input));
		return 0;
	}
	key = &bench->key;
	*key = p->key;
	flow = bpf_map_lookup_elem(&flows, key);
	if (!flow) {
		flow = bpf_map_lookup_elem(&halfopen, key);
		half_open = 1;
		if (!flow) /* promoted between the two looks */
			flow = bpf_map_lookup_elem(&flows, key), half_open = 0;
	}
	if (flow && flow_input_is(&flow->half[s], input) && !flow_expired(c, flow, &flow->half[s], p->protocol, now) &&
	    !flow_reopened(p, flow)) {
		int again = 0;

		if (READ_ONCE(flow->revision) != revision || flow->half[s].input != input)
			again = flow_judge_again(skb, p, bench, flow, input, revision, action);
		if (again == 1)
			return 0;
		if (!again)
			goto found;
	}
	if (way->origin) {
		way->action = drop_for(skb, p, way->origin, point_from(input));
		return 0;
	}
	if (flow) {
		bpf_map_delete_elem(&flows, key);
		bpf_map_delete_elem(&halfopen, key);
	}
	if (flow_refused_before(skb, p, key, c, input, revision, now))
		return 0;
	flow = flow_create(skb, p, bench, input, revision, action);
	if (!flow)
		return 0;
	half_open = 1;
found:
	promote = 0;
	if (half_open)
		promote = flow_advance(p, flow);
	else if (p->protocol == IPPROTO_TCP && flow_ended(p, flow))
		flow->state = FABRIC_FLOW_CLOSING;
	flow_touch(skb, p, flow, &flow->half[s], c, now);
	flow->half[s].tcp_flags |= p->tcp_flags;
	passage_by(way, &flow->half[s]);
	if (promote) {
		flow->state = FABRIC_FLOW_ESTABLISHED;
		if (!bpf_map_update_elem(&flows, key, flow, BPF_NOEXIST))
			bpf_map_delete_elem(&halfopen, key);
	}
	return 0;
}

/* The fast path: an established, current entry, found by one lookup. NULL: see flow_slow. */
static __always_inline struct fabric_flow *flow_fast(struct __sk_buff *skb, struct packet *p, __u32 input)
{
	struct fabric_flow *flow = bpf_map_lookup_elem(&flows, &p->key);
	struct fabric_flow_half *half;
	const struct fabric_config *c;
	__u64 now;

	if (!flow)
		return NULL;
	half = p->side ? &flow->half[1] : &flow->half[0];
	if (unlikely(flow->revision != active_revision() || half->input != input ||
	             (p->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST))))
		return NULL;
	/* The coarse clock stands still within a tick, and asking it costs as much as all that is counted here, while the
	 * tick costs a load: a packet that finds this side seen in the present tick is neither late nor due for a report. */
	if (likely(half->tick == (__u32)bpf_jiffies64())) {
		flow_count(p, half);
		count(FABRIC_DROP_NONE, p->direction, p->length);
		return flow;
	}
	c = settings();
	if (unlikely(!c))
		return NULL;
	now = bpf_ktime_get_coarse_ns();
	if (unlikely(flow_expired(c, flow, half, p->protocol, now)))
		return NULL;
	half->tick = (__u32)bpf_jiffies64();
	flow_touch(skb, p, flow, half, c, now);
	return flow;
}

#endif
