/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* One flow entry: its age, its state, its counters, its events. */
#ifndef LIB_ENTRY_H
#define LIB_ENTRY_H

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
	facts->trace = facts->is_reply    ? FABRIC_TRACE_REPLY :
	               half->packets <= 1 ? FABRIC_TRACE_NEW :
	                                    FABRIC_TRACE_ESTABLISHED;
	half->last_event = half->last_seen;
	return event_write(skb, p, facts);
}

static __always_inline __u64 flow_timeout(const struct fabric_config *c, const struct fabric_flow *flow, __u8 protocol)
{
	if (protocol != IPPROTO_TCP)
		return c->timeout[FABRIC_TIMEOUT_ANY];
	if (likely(flow->state == FABRIC_FLOW_ESTABLISHED))
		return c->timeout[FABRIC_TIMEOUT_TCP];
	return flow->state == FABRIC_FLOW_CLOSING ? c->timeout[FABRIC_TIMEOUT_TCP_FIN] :
	                                            c->timeout[FABRIC_TIMEOUT_TCP_SYN];
}

/* Idle on both sides for longer than its state allows. */
static __always_inline int flow_expired(const struct fabric_config *c, const struct fabric_flow *flow,
                                        const struct fabric_flow_half *half, __u8 protocol, __u64 now)
{
	__u64 timeout = flow_timeout(c, flow, protocol);

	if (likely((__s64)(now - half->last_seen) < (__s64)timeout))
		return 0;
	return (__s64)(now - flow->half[0].last_seen) >= (__s64)timeout &&
	       (__s64)(now - flow->half[1].last_seen) >= (__s64)timeout;
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

/* The first word of an entry: what flow it is, and its state. */
union flow_word {
	__u64 word;
	struct {
		__u32 cookie;
		__u8 initiator, state, flags, reserved;
	};
};

static __always_inline void flow_word_read(union flow_word *w, const struct fabric_flow *flow)
{
	w->word = READ_ONCE(*(const __u64 *)flow);
}

/* Is it still the entry of the flow that was looked up? To be asked after what it decides was read. */
static __always_inline int flow_is(const struct fabric_flow *flow, __u32 cookie)
{
	return READ_ONCE(flow->cookie) == cookie;
}

/* Moves the state on, of this flow alone. */
static __always_inline void flow_state_set(struct fabric_flow *flow, const union flow_word *seen, __u8 state)
{
	union flow_word next = *seen;

	next.state = state;
	__sync_val_compare_and_swap((__u64 *)flow, seen->word, next.word);
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
	flow->revision = revision;
}

/* The first segment of a TCP connection. */
static __always_inline int is_opening(const struct packet *p)
{
	return p->protocol == IPPROTO_TCP && (p->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN;
}

/* A packet that begins a flow of its own on the 5-tuple of this one. */
static __always_inline int flow_reopened(const struct packet *p, const union flow_word *w)
{
	if (is_echo_request(p->protocol, p->icmp_type) && p->fragment != 2)
		return p->side != w->initiator;
	return is_opening(p) && (p->side != w->initiator || w->state == FABRIC_FLOW_CLOSING);
}

/* Both sides have sent their last, or one has broken it off. */
static __always_inline int flow_ended(const struct packet *p, const struct fabric_flow *flow)
{
	const struct fabric_flow_half *other = p->side ? &flow->half[0] : &flow->half[1];

	return p->tcp_flags & TCP_RST || (p->tcp_flags & TCP_FIN && other->tcp_flags & TCP_FIN);
}

/* Moves the state on. Returns 1 when the entry has earned its place among the established: TCP by the initiator's
 * ACK of the responder's SYN, the rest by the initiator's second packet after an answer. */
static __always_inline int flow_advance(const struct packet *p, struct fabric_flow *flow, const union flow_word *w)
{
	__u32 reply = p->side != w->initiator;

	if (p->protocol == IPPROTO_TCP) {
		if (flow_ended(p, flow)) {
			flow_state_set(flow, w, FABRIC_FLOW_CLOSING);
			return 0;
		}
		if (p->tcp_flags & (TCP_FIN | TCP_RST))
			return 0;
		if (reply && w->state == FABRIC_FLOW_NEW &&
		    (!(w->flags & FABRIC_FLOW_OPENED) || (p->tcp_flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK)))
			flow_state_set(flow, w, FABRIC_FLOW_REPLIED);
		else if (!reply && (w->state == FABRIC_FLOW_REPLIED || w->state == FABRIC_FLOW_ESTABLISHED) &&
		         (p->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_ACK)
			return 1;
		return 0;
	}
	if (reply && w->state == FABRIC_FLOW_NEW)
		flow_state_set(flow, w, FABRIC_FLOW_REPLIED);
	else if (!reply && w->state != FABRIC_FLOW_NEW)
		return 1;
	return 0;
}

#endif
