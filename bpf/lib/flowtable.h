/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* The flow tables: finding, making, judging again and promoting entries. */
#ifndef LIB_FLOWTABLE_H
#define LIB_FLOWTABLE_H

#include "origin.h"

static __always_inline __u32 nexthop_of(const struct fabric_flow_half *half)
{
	return half->output == FABRIC_OUTPUT_NEXTHOP ? half->target : 0;
}

static __always_inline void flow_remove(const struct fabric_flow_key *key)
{
	if (!bpf_map_delete_elem(&flows, key))
		table_count(FABRIC_TABLE_FLOWS, 0, 1);
	if (!bpf_map_delete_elem(&halfopen, key))
		table_count(FABRIC_TABLE_HALFOPEN, 0, 1);
}

/* Copies an entry to the workbench. 0 when it was another flow's by then. */
static __always_inline int flow_take(struct workbench *bench, const struct fabric_flow *flow, __u32 cookie)
{
	__builtin_memcpy(&bench->flow, flow, sizeof(bench->flow));
	return flow_is(flow, cookie) && bench->flow.cookie == cookie;
}

/* May packets of this side come in here? The node's may by whatever address: it has more than we were told of. */
static __always_inline int flow_input_is(const struct fabric_flow_half *half, __u32 input)
{
	return half->input == input || (input == FABRIC_INPUT_HOST && half->input == FABRIC_INPUT_FABRIC);
}

/* May this packet go on with what is known of its flow? */
static __always_inline int flow_goes_on(const struct packet *p, const struct fabric_flow *flow,
                                        const union flow_word *w, __u32 cookie, const struct fabric_flow_half *half,
                                        const struct fabric_config *c, __u32 input, __u64 now)
{
	return flow_input_is(half, input) && !flow_expired(c, flow, half, p->protocol, now) && !flow_reopened(p, w) &&
	       flow_is(flow, cookie);
}

/* Gives an entry its place among the established. */
static __always_inline void flow_promote(struct workbench *bench, const struct fabric_flow *flow)
{
	long error;

	if (flow != &bench->flow && !flow_take(bench, flow, bench->cookie))
		return;
	bench->flow.state = FABRIC_FLOW_ESTABLISHED;
	error = bpf_map_update_elem(&flows, &bench->key, &bench->flow, BPF_NOEXIST);
	if (!error)
		table_count(FABRIC_TABLE_FLOWS, 1, 0);
	else if (error != -17 /* EEXIST: another CPU was faster */)
		return;
	if (!bpf_map_delete_elem(&halfopen, &bench->key))
		table_count(FABRIC_TABLE_HALFOPEN, 0, 1);
}

/* Counts a packet in its entry, moves the state on, and says in *way how it leaves. */
static __always_inline void flow_pass(struct __sk_buff *skb, struct packet *p, struct passage *way,
                                      struct workbench *bench, struct fabric_flow *flow, const struct fabric_config *c)
{
	struct fabric_flow_half *half = p->side ? &flow->half[1] : &flow->half[0];
	union flow_word word;
	int promote = 0;

	flow_word_read(&word, flow);
	if (bench->half_open)
		promote = flow_advance(p, flow, &word);
	else if (p->protocol == IPPROTO_TCP && flow_ended(p, flow))
		flow_state_set(flow, &word, FABRIC_FLOW_CLOSING);
	flow_touch(skb, p, flow, half, c, bench->now);
	half->tcp_flags |= p->tcp_flags;
	way->target = half->target;
	way->output = half->output;
	if (!flow_is(flow, bench->cookie)) {
		/* Another flow has its memory now: who sent this sends it again. */
		way->output = FABRIC_OUTPUT_NONE;
		way->action = drop_for(skb, p, FABRIC_DROP_UNKNOWN_CT_STATE, point_from(way->input));
		return;
	}
	if (promote)
		flow_promote(bench, flow);
	if (way->output == FABRIC_OUTPUT_NEXTHOP || way->output == FABRIC_OUTPUT_ENDPOINT)
		health_keep(skb, c, way->output, way->target, bench->now);
}

/* What is left to do with a packet after a step of the slow path. */
enum flow_step {
	FLOW_DONE = 0,  /* *way says how it leaves */
	FLOW_JUDGE = 1, /* to be judged, as workbench says */
	FLOW_BEGIN = 2, /* there is no flow that it belongs to */
};

/* The first step: finds the entry of a packet that the established table did not answer at once. */
__global int flow_find(struct __sk_buff *skb, struct packet *p, struct passage *way)
{
	const struct fabric_config *c = settings();
	struct workbench *bench = workbench();
	const struct fabric_flow_half *half;
	struct judgement *j;
	struct fabric_flow *flow;
	union flow_word word;

	if (!p || !way)
		return FLOW_DONE;
	way->output = FABRIC_OUTPUT_NONE;
	way->action = TC_ACT_SHOT;
	if (!c || !bench || !(bench->revision = active_revision())) {
		way->action = drop_for(skb, p, FABRIC_DROP_NO_CONFIGURATION, point_from(way->input));
		return FLOW_DONE;
	}
	bench->key = p->key;
	bench->cookie = fabric_flow_cookie(&bench->key);
	bench->half_open = bench->again = 0;
	flow = way->established ? bpf_map_lookup_elem(&flows, &bench->key) : NULL;
	if (!flow) {
		/* Whoever promotes an entry puts it among the established before it leaves the half-open. */
		flow = bpf_map_lookup_elem(&halfopen, &bench->key);
		if (flow)
			bench->half_open = 1;
		else
			flow = bpf_map_lookup_elem(&flows, &bench->key);
		if (!flow)
			return FLOW_BEGIN;
	}
	bench->again = 1;
	flow_word_read(&word, flow);
	half = p->side ? &flow->half[1] : &flow->half[0];
	if (!flow_goes_on(p, flow, &word, bench->cookie, half, c, way->input, bench->now))
		return FLOW_BEGIN;
	if (READ_ONCE(flow->revision) == bench->revision && half->input == way->input &&
	    !health_dead(half->output, half->target)) {
		flow_pass(skb, p, way, bench, flow, c);
		return FLOW_DONE;
	}
	/* Judged again, initiator to responder, whichever side's packet found it. */
	if (!flow_take(bench, flow, bench->cookie))
		return FLOW_BEGIN;
	j = &bench->judgement;
	j->initiator = p->side != bench->flow.initiator;
	j->came_in = way->input;
	j->previous[0] = nexthop_of(p->side ? &bench->flow.half[0] : &bench->flow.half[1]);
	j->previous[1] = nexthop_of(p->side ? &bench->flow.half[1] : &bench->flow.half[0]);
	return FLOW_JUDGE;
}

/* A packet that no entry stands for: FLOW_JUDGE when it may begin a flow. */
__global int flow_begin(struct __sk_buff *skb, struct packet *p, struct passage *way)
{
	const struct fabric_config *c = settings();
	struct workbench *bench = workbench();

	if (!p || !way || !bench || !c)
		return FLOW_DONE;
	if (origin_refused(skb, p, way))
		return FLOW_DONE;
	if (bench->again)
		flow_remove(&bench->key);
	if (flow_refused_before(skb, p, &bench->key, c, way->input, bench->revision, bench->now))
		return FLOW_DONE;
	bench->again = 0;
	bench->judgement.came_in = way->input;
	bench->judgement.previous[0] = bench->judgement.previous[1] = 0;
	bench->judgement.initiator = 0;
	return FLOW_JUDGE;
}

/* Judges as workbench says. What has no entry is judged in its own direction, a TCP segment from the middle of a connection too: that it answers
 * something is only what it says. But who a SYN with ACK goes to is the initiator, if that is allowed as well. */
__global int flow_judge(struct packet *p)
{
	struct workbench *bench = workbench();
	struct judgement *j;

	if (!p || !bench)
		return 0;
	j = &bench->judgement;
	judge(p);
	if (bench->again || j->reason || p->protocol != IPPROTO_TCP ||
	    (p->tcp_flags & (TCP_SYN | TCP_ACK)) != (TCP_SYN | TCP_ACK))
		return 0;
	j->initiator = 1;
	judge(p);
	if (j->reason) {
		j->initiator = 0;
		judge(p);
	}
	return 0;
}

/* The entry of a flow that was judged again: replaced, or removed. */
static __always_inline int flow_settle_again(struct __sk_buff *skb, struct packet *p, struct passage *way,
                                             struct workbench *bench)
{
	struct judgement *j = &bench->judgement;
	struct fabric_flow *made = &bench->flow;
	__u32 s = p->side & 1, d = (!p->side) & 1;

	if (j->endpoint[0] != made->endpoint[s] || j->endpoint[1] != made->endpoint[d]) {
		/* An end is another pod than it was: not this flow. */
		if (made->endpoint[d] && j->endpoint[1] != made->endpoint[d])
			flow_departed(bench, made, d);
		if (made->endpoint[s] && j->endpoint[0] != made->endpoint[s])
			flow_departed(bench, made, s);
		return FLOW_BEGIN;
	}
	if (j->reason) {
		flow_remove(&bench->key);
		way->action = flow_refuse(skb, p, j, bench->revision);
		return FLOW_DONE;
	}
	flow_fill(made, j, s, bench->revision);
	if (bench->half_open)
		bpf_map_update_elem(&halfopen, &bench->key, made, BPF_EXIST);
	else
		bpf_map_update_elem(&flows, &bench->key, made, BPF_EXIST);
	return FLOW_JUDGE;
}

/* The entry of a new flow, with its first packet. FLOW_JUDGE: there is one already. */
static __always_inline int flow_settle_new(struct __sk_buff *skb, struct packet *p, struct passage *way,
                                           struct workbench *bench, const struct fabric_config *c)
{
	struct judgement *j = &bench->judgement;
	struct fabric_flow *made = &bench->flow;
	struct fabric_flow_half *half;
	__u32 s = p->side & 1;
	union flow_word word;
	long error;

	if (j->reason) {
		way->action = flow_refuse(skb, p, j, bench->revision);
		return FLOW_DONE;
	}
	/* Neither end is a pod of this node: not ours to judge. */
	if (!j->endpoint[0] && !j->endpoint[1]) {
		way->action = TC_ACT_OK;
		return FLOW_DONE;
	}
	__builtin_memset(made, 0, sizeof(*made));
	flow_fill(made, j, s, bench->revision);
	made->initiator = j->initiator ? !s : s;
	made->flags = is_opening(p) ? FABRIC_FLOW_OPENED : 0;
	made->cookie = bench->cookie;
	made->created = bench->now / 1000000000;
	made->half[0].last_seen = made->half[1].last_seen = bench->now;
	half = s ? &made->half[1] : &made->half[0];
	half->packets = 1;
	half->bytes = p->length;
	half->tcp_flags = p->tcp_flags;
	flow_word_read(&word, made);
	flow_advance(p, made, &word);
	bench->half_open = 1;
	error = bpf_map_update_elem(&halfopen, &bench->key, made, BPF_NOEXIST);
	if (error == -17 /* EEXIST: another CPU was faster */) {
		half->packets = half->bytes = half->tcp_flags = 0;
		return FLOW_JUDGE;
	}
	if (error) {
		way->action = drop_for(skb, p, FABRIC_DROP_CT_INSERT_FAILED, point_from(way->input));
		return FLOW_DONE;
	}
	table_count(FABRIC_TABLE_HALFOPEN, 1, 0);
	count(FABRIC_DROP_NONE, p->direction, p->length);
	way->target = half->target;
	way->output = half->output;
	flow_event(skb, p, made);
	if (way->output != FABRIC_OUTPUT_STACK)
		health_keep(skb, c, way->output, way->target, bench->now);
	return FLOW_DONE;
}

/* The last step: an entry that says what was judged, and the packet counted in it. FLOW_BEGIN: there is no such flow any more. */
__global int flow_settle(struct __sk_buff *skb, struct packet *p, struct passage *way)
{
	const struct fabric_config *c = settings();
	struct workbench *bench = workbench();
	struct fabric_flow *flow;
	int step;

	if (!p || !way || !bench || !c)
		return FLOW_DONE;
	step = bench->again ? flow_settle_again(skb, p, way, bench) : flow_settle_new(skb, p, way, bench, c);
	if (step != FLOW_JUDGE)
		return step;
	flow = bench->half_open ? bpf_map_lookup_elem(&halfopen, &bench->key) :
	                          bpf_map_lookup_elem(&flows, &bench->key);
	/* Pushed out already, or made the other way round by another CPU: this packet has been judged all the same. */
	if (!flow || flow->initiator != bench->flow.initiator)
		flow = &bench->flow;
	flow_pass(skb, p, way, bench, flow, c);
	return FLOW_DONE;
}

/* Judges a packet by the workbench, and where its flow goes. */
static __always_inline int flow_decide(struct __sk_buff *skb, struct packet *p, struct passage *way)
{
	flow_judge(p);
	judge_output(skb, p, 1);
	judge_output(skb, p, 0);
	return flow_settle(skb, p, way);
}

/* Any packet that the established table does not answer at once: counted in its entry, which is found, judged again,
 * promoted or made; or dropped. Inline, so that each step has the stack to itself. */
static __always_inline void flow_slow(struct __sk_buff *skb, struct packet *p, struct passage *way)
{
	int step = flow_find(skb, p, way);

	if (step == FLOW_JUDGE)
		step = flow_decide(skb, p, way);
	if (step == FLOW_BEGIN && flow_begin(skb, p, way) == FLOW_JUDGE)
		flow_decide(skb, p, way);
}

/* The fast path: an established, current entry, found by one lookup. 0: see flow_slow. 1: it says in *way how the packet leaves. */
static __always_inline int flow_fast(struct __sk_buff *skb, struct packet *p, __u32 input, struct passage *way)
{
	struct fabric_flow *flow = bpf_map_lookup_elem(&flows, &p->key);
	struct fabric_flow_half *half;
	const struct fabric_config *c;
	const struct fabric_health *h;
	__u64 now;

	if (!flow)
		return 0;
	way->established = 1;
	half = p->side ? &flow->half[1] : &flow->half[0];
	way->target = half->target;
	way->output = half->output;
	if (unlikely(flow->revision != active_revision() || half->input != input ||
	             (p->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST))))
		return 0;
	h = health_of(way->output, way->target);
	if (unlikely(!h || health_is_dead(h, way->target) || !flow_is(flow, fabric_flow_cookie(&p->key))))
		return 0;
	/* The coarse clock stands still within a tick, and asking it costs as much as all that is counted here, while the
	 * tick costs a load: a packet that finds this side seen in the present tick is neither late nor due for a report. */
	if (likely(half->tick == (__u32)bpf_jiffies64())) {
		flow_count(p, half);
		count(FABRIC_DROP_NONE, p->direction, p->length);
		return 1;
	}
	c = settings();
	if (unlikely(!c))
		return 0;
	now = bpf_ktime_get_coarse_ns();
	/* The slow path looks at where it goes. */
	if (unlikely(flow_expired(c, flow, half, p->protocol, now) || health_is_due(c, h, way->target, now)))
		return 0;
	half->tick = (__u32)bpf_jiffies64();
	flow_touch(skb, p, flow, half, c, now);
	return 1;
}

#endif
