/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Packets of flows that are refused. */
#ifndef LIB_REFUSE_H
#define LIB_REFUSE_H

#include "entry.h"

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
	       input == FABRIC_INPUT_HOST   ? FABRIC_POINT_TO_ENDPOINT :
	                                      FABRIC_POINT_FROM_ENDPOINT;
}

static __always_inline void denied_put(const struct fabric_flow_key *key, const struct fabric_denied *denied)
{
	if (!bpf_map_update_elem(&denied_flows, key, denied, BPF_NOEXIST))
		table_count(FABRIC_TABLE_DENIED, 1, 0);
	else
		bpf_map_update_elem(&denied_flows, key, denied, BPF_EXIST);
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
	denied->created = denied->last_event = denied->last_seen = bpf_ktime_get_coarse_ns();
	bench->key = p->key;
	bench->key.denied = 1 + p->side;
	denied_put(&bench->key, denied);
	bench->key.denied = 0;
	return 0;
}

/* The pod at the end of `side` is not the one that *flow was with: what the other end goes on sending is not for the next one. */
static __always_inline void flow_departed(struct workbench *bench, const struct fabric_flow *flow, __u32 side)
{
	struct fabric_denied *denied = &bench->denied;
	__u32 other = !side;

	__builtin_memset(denied, 0, sizeof(*denied));
	denied->reason = FABRIC_DROP_STALE_OR_UNROUTABLE;
	denied->identity[0] = flow->identity[other & 1];
	denied->identity[1] = flow->identity[side & 1];
	denied->endpoint[0] = flow->endpoint[other & 1];
	denied->endpoint[1] = flow->endpoint[side & 1];
	denied->created = denied->last_seen = bpf_ktime_get_coarse_ns();
	bench->key.denied = 1 + other;
	denied_put(&bench->key, denied);
	bench->key.denied = 0;
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
	/* The kernel has the same unreachable route, and answers with an error. Not marked as judged: if it has another after all (of a pod
	 * that is just being deleted), the program at that device drops it. */
	return TC_ACT_OK;
}

/* Does the entry still stand? That of a flow whose pod is gone stands for a while, but not in the way of a new connection. */
static __always_inline int denied_stands(const struct packet *p, const struct fabric_denied *denied, __u32 revision,
                                         __u64 now)
{
	if (denied->revision)
		return denied->revision == revision;
	return now - denied->created < FABRIC_DEPARTED && !is_opening(p);
}

/* A packet of a flow that was refused before, at this revision: 1 when it is to be dropped again. */
static __always_inline int flow_refused_before(struct __sk_buff *skb, struct packet *p, struct fabric_flow_key *key,
                                               const struct fabric_config *c, __u32 input, __u32 revision, __u64 now)
{
	struct fabric_denied *denied;

	key->denied = 1 + p->side;
	denied = bpf_map_lookup_elem(&denied_flows, key);
	key->denied = 0;
	if (!denied || !denied_stands(p, denied, revision, now))
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

#endif
