/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* The flow tables: finding, making, judging again and promoting entries. */
#ifndef LIB_FLOWTABLE_H
#define LIB_FLOWTABLE_H

#include "judge.h"

static __always_inline void facts_of_flow(struct event_facts *facts, const struct fabric_flow *flow, __u32 side)
{
	__u32 other = !side;

	facts->identity[0] = flow->identity[side & 1];
	facts->identity[1] = flow->identity[other & 1];
	facts->endpoint[0] = flow->endpoint[side & 1];
	facts->endpoint[1] = flow->endpoint[other & 1];
	facts->egress_rule = flow->egress_rule;
	facts->ingress_rule = flow->ingress_rule;
	facts->revision = flow->revision;
	facts->is_reply = side != flow->initiator;
}

static __always_inline __u8 point_of(__u8 output)
{
	return output == FABRIC_OUTPUT_ENDPOINT ? FABRIC_POINT_TO_ENDPOINT :
	       output == FABRIC_OUTPUT_NEXTHOP  ? FABRIC_POINT_TO_NETWORK :
						  FABRIC_POINT_TO_STACK;
}

__global int flow_event(struct __sk_buff *skb, struct packet *p, struct fabric_flow *flow)
{
	struct event_facts *facts = blank_facts();
	struct fabric_flow_half *half;
	__u32 side;

	if (!p || !flow || !facts)
		return 0;
	side = p->side & 1;
	half = side ? &flow->half[1] : &flow->half[0];
	facts_of_flow(facts, flow, side);
	facts->packets = 1;
	facts->point = point_of(half->output);
	facts->nexthop = half->output == FABRIC_OUTPUT_NEXTHOP ? half->target : 0;
	facts->trace = facts->is_reply ? FABRIC_TRACE_REPLY :
		      half->packets <= 1 ? FABRIC_TRACE_NEW : FABRIC_TRACE_ESTABLISHED;
	half->last_event = half->last_seen;
	return event_write(skb, p, facts);
}

static __always_inline __u64 flow_timeout(const struct fabric_config *c, const struct fabric_flow *flow, __u8 protocol)
{
	if (protocol != IPPROTO_TCP)
		return c->timeout[FABRIC_TIMEOUT_ANY];
	if (likely(flow->state == FABRIC_FLOW_ESTABLISHED))
		return c->timeout[FABRIC_TIMEOUT_TCP];
	return flow->state == FABRIC_FLOW_CLOSING ? c->timeout[FABRIC_TIMEOUT_TCP_FIN] : c->timeout[FABRIC_TIMEOUT_TCP_SYN];
}

/* Idle on both sides for longer than its state allows. */
static __always_inline int flow_expired(const struct fabric_config *c, const struct fabric_flow *flow,
					const struct fabric_flow_half *half, __u8 protocol, __u64 now)
{
	__u64 timeout = flow_timeout(c, flow, protocol);

	if (likely((__s64)(now - half->last_seen) < (__s64)timeout))
		return 0;
	return (__s64)(now - flow->half[0].last_seen) >= (__s64)timeout && (__s64)(now - flow->half[1].last_seen) >= (__s64)timeout;
}

static __always_inline void flow_count(const struct packet *p, struct fabric_flow_half *half)
{
	__sync_fetch_and_add(&half->packets, 1);
	__sync_fetch_and_add(&half->bytes, p->length);
}

/* Counts a packet in its entry and reports what is worth an event. */
static __always_inline void flow_touch(struct __sk_buff *skb, struct packet *p, struct fabric_flow *flow,
				       struct fabric_flow_half *half, const struct fabric_config *c, __u64 now)
{
	__u8 edges = p->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST) & ~half->tcp_flags;

	flow_count(p, half);
	half->last_seen = now;
	if (unlikely(edges || now - half->last_event > c->event_interval)) {
		half->tcp_flags |= p->tcp_flags;
		flow_event(skb, p, flow);
	}
	count(FABRIC_DROP_NONE, p->direction, p->length);
}

/* Fills an entry from a judgement of packet *p sent by `side`. */
static __always_inline void flow_fill(struct fabric_flow *flow, const struct judgement *j, __u32 side, __u32 revision)
{
	__u32 s = side & 1, d = (!side) & 1;

	flow->identity[s] = j->identity[0];
	flow->identity[d] = j->identity[1];
	flow->endpoint[s] = j->endpoint[0];
	flow->endpoint[d] = j->endpoint[1];
	flow->egress_rule = j->egress_rule;
	flow->ingress_rule = j->ingress_rule;
	flow->half[s].input = j->input[0];
	flow->half[d].input = j->input[1];
	flow->half[s].target = j->target[1];
	flow->half[s].output = j->output[1];
	flow->half[d].target = j->target[0];
	flow->half[d].output = j->output[0];
	flow->hash = j->hash;
	/* Last: a reader that sees the new revision sees what was judged at it. */
	WRITE_ONCE(flow->revision, revision);
}

/* A TCP segment that opens a new connection on the 5-tuple of an old one. */
static __always_inline int flow_reopened(const struct packet *p, const struct fabric_flow *flow)
{
	return p->protocol == IPPROTO_TCP && (p->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN &&
	       (p->side != flow->initiator || flow->state == FABRIC_FLOW_CLOSING);
}

/* Moves the state on. Returns 1 when the entry has earned its place among the established: TCP by the initiator's
 * ACK of the responder's SYN, the rest by the initiator's second packet after an answer. */
static __always_inline int flow_advance(const struct packet *p, struct fabric_flow *flow)
{
	__u32 reply = p->side != flow->initiator;

	if (p->protocol == IPPROTO_TCP) {
		__u8 opened = flow->half[flow->initiator & 1].tcp_flags & TCP_SYN;

		if (p->tcp_flags & (TCP_FIN | TCP_RST)) {
			flow->state = FABRIC_FLOW_CLOSING;
			return 0;
		}
		if (reply && flow->state == FABRIC_FLOW_NEW &&
		    (!opened || (p->tcp_flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK)))
			flow->state = FABRIC_FLOW_REPLIED;
		else if (!reply && flow->state == FABRIC_FLOW_REPLIED && (p->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_ACK)
			return 1;
		return 0;
	}
	if (reply && flow->state == FABRIC_FLOW_NEW)
		flow->state = FABRIC_FLOW_REPLIED;
	else if (!reply && flow->state == FABRIC_FLOW_REPLIED)
		return 1;
	return 0;
}

static __always_inline void facts_of_judgement(struct event_facts *facts, const struct judgement *j, __u32 revision)
{
	facts->identity[0] = j->identity[0];
	facts->identity[1] = j->identity[1];
	facts->endpoint[0] = j->endpoint[0];
	facts->endpoint[1] = j->endpoint[1];
	facts->egress_rule = j->egress_rule;
	facts->ingress_rule = j->ingress_rule;
	facts->revision = revision;
	facts->reason = j->reason;
	facts->point = FABRIC_POINT_FROM_ENDPOINT;
}

static __always_inline __u8 point_from(__u32 input)
{
	return input == FABRIC_INPUT_FABRIC ? FABRIC_POINT_FROM_NETWORK :
	       input == FABRIC_INPUT_HOST   ? FABRIC_POINT_TO_ENDPOINT : FABRIC_POINT_FROM_ENDPOINT;
}

/* Remembers that policy refuses the flow of *p: a flood of it then costs one lookup a packet. */
__global int flow_remember_refused(struct packet *p, struct judgement *j, __u32 revision)
{
	struct workbench *bench = workbench();
	struct fabric_denied *denied;

	if (!p || !j || !bench)
		return 0;
	denied = &bench->denied;
	denied->revision = revision;
	denied->reason = j->reason;
	denied->rule = j->denied_direction == FABRIC_DIRECTION_EGRESS ? j->egress_rule : j->ingress_rule;
	denied->direction = j->denied_direction;
	denied->packets = 1;
	denied->bytes = p->length;
	denied->identity[0] = j->identity[0];
	denied->identity[1] = j->identity[1];
	denied->endpoint[0] = j->endpoint[0];
	denied->endpoint[1] = j->endpoint[1];
	denied->last_event = denied->last_seen = bpf_ktime_get_coarse_ns();
	bench->key = p->key;
	bench->key.denied = 1 + p->side;
	bpf_map_update_elem(&denied_flows, &bench->key, denied, BPF_ANY);
	return 0;
}

/* Drops a packet whose flow is refused. */
__global int flow_refuse(struct __sk_buff *skb, struct packet *p, struct judgement *j, __u32 revision)
{
	struct event_facts *facts;

	if (!p || !j)
		return TC_ACT_SHOT;
	if (j->denied_direction)
		flow_remember_refused(p, j, revision);
	facts = blank_facts();
	if (!facts)
		return TC_ACT_SHOT;
	facts_of_judgement(facts, j, revision);
	facts->point = point_from(j->came_in);
	drop(skb, p, facts);
	if (!j->unreachable)
		return TC_ACT_SHOT;
	/* The kernel has the same unreachable route, and answers with an error. */
	skb->tc_index = JUDGED;
	return TC_ACT_OK;
}

/* A packet of a flow that was refused before, at this revision: 1 when it is to be dropped again. */
static __always_inline int flow_refused_before(struct __sk_buff *skb, struct packet *p, struct fabric_flow_key *key,
					       const struct fabric_config *c, __u32 input, __u32 revision, __u64 now)
{
	struct fabric_denied *denied;

	key->denied = 1 + p->side;
	denied = bpf_map_lookup_elem(&denied_flows, key);
	key->denied = 0;
	if (!denied || denied->revision != revision)
		return 0;
	__sync_fetch_and_add(&denied->packets, 1);
	__sync_fetch_and_add(&denied->bytes, p->length);
	denied->last_seen = now;
	if (now - denied->last_event > c->event_interval) {
		struct event_facts *facts = blank_facts();

		denied->last_event = now;
		if (!facts)
			return 1;
		facts->reason = denied->reason;
		facts->point = point_from(input);
		facts->revision = revision;
		facts->packets = 1;
		facts->identity[0] = denied->identity[0];
		facts->identity[1] = denied->identity[1];
		facts->endpoint[0] = denied->endpoint[0];
		facts->endpoint[1] = denied->endpoint[1];
		if (denied->direction == FABRIC_DIRECTION_EGRESS)
			facts->egress_rule = denied->rule;
		else
			facts->ingress_rule = denied->rule;
		drop(skb, p, facts);
		return 1;
	}
	count(denied->reason, p->direction, p->length);
	return 1;
}

/* Judges an entry again, initiator to responder, whichever side's packet found it.
 * 0: still allowed. 1: refused now, *action set. 2: an end is another pod than it was: not this flow. */
static __always_inline int flow_judge_again(struct __sk_buff *skb, struct packet *p, struct workbench *bench,
					    struct fabric_flow *flow, __u32 input, __u32 revision, int *action)
{
	struct judgement *j = &bench->judgement;
	__u32 s = p->side & 1;

	j->initiator = p->side != flow->initiator;
	j->came_in = input;
	j->previous = flow->half[s].output == FABRIC_OUTPUT_NEXTHOP ? flow->half[s].target : 0;
	judge(skb, p, j);
	if (j->endpoint[0] != flow->endpoint[s] || j->endpoint[1] != flow->endpoint[(!s) & 1])
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

static __always_inline struct fabric_flow *flow_create(struct __sk_buff *skb, struct packet *p, struct workbench *bench, __u32 input,
						   __u32 revision, int *action)
{
	struct fabric_flow *made = &bench->flow;
	struct judgement *j = &bench->judgement;
	__u32 s = p->side & 1;

	j->initiator = 0;
	j->came_in = input;
	j->previous = 0;
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
	made->created = bpf_ktime_get_coarse_ns();
	made->half[0].last_seen = made->half[1].last_seen = made->created;
	if (bpf_map_update_elem(&halfopen, &bench->key, made, BPF_ANY)) {
		*action = drop_for(skb, p, FABRIC_DROP_CT_INSERT_FAILED, point_from(input));
		return NULL;
	}
	return bpf_map_lookup_elem(&halfopen, &bench->key);
}

/* How a packet leaves the slow path. */
struct passage {
	/* Asked: */
	__u32 input;  /* where it came in */
	__u8 origin;  /* 0 when its source is right for where it came in, otherwise the reason why not (enum fabric_drop) */
	/* Found: */
	__u8 output;  /* enum fabric_output; FABRIC_OUTPUT_NONE: see action */
	__u8 reserved[2];
	__u32 target; /* by output */
	__s32 action; /* TC_ACT_*, when nothing is left to do */
};

static __always_inline void passage_by(struct passage *way, const struct fabric_flow_half *half)
{
	way->output = half->output;
	way->target = half->target;
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
	if (flow && flow->half[s].input == input && !flow_expired(c, flow, &flow->half[s], p->protocol, now) && !flow_reopened(p, flow)) {
		int again = 0;

		if (READ_ONCE(flow->revision) != revision)
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
	else if (p->protocol == IPPROTO_TCP && (p->tcp_flags & (TCP_FIN | TCP_RST)))
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
	if (unlikely(flow->revision != active_revision() || half->input != input || (p->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST))))
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
