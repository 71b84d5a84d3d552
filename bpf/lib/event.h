/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Counters, the flow history, and the live observers. */
#ifndef LIB_EVENT_H
#define LIB_EVENT_H

#include "packet.h"

static __always_inline void count(__u8 reason, __u8 direction, __u32 length)
{
	__u32 index = (__u32)reason * 4 + direction;
	struct fabric_metric *m = bpf_map_lookup_elem(&metrics, &index);

	if (m) {
		m->packets++;
		m->bytes += length;
	}
}

/* What an event says beside the packet itself. */
struct event_facts {
	__u32 identity[2]; /* source, destination */
	__u32 endpoint[2];
	__u32 nexthop;
	__u32 egress_rule;
	__u32 ingress_rule;
	__u32 revision;
	__u32 packets;
	__u8 point;
	__u8 reason;
	__u8 trace;
	__u8 is_reply;
};

static __always_inline void event_observe(struct __sk_buff *skb, struct fabric_event *event,
                                          struct fabric_history_position *position, __u32 cpu, __u32 cpus)
{
	__u32 zero = 0;
	__u64 *slots = bpf_map_lookup_elem(&observer_slots, &zero);
	__u64 in_use;

	if (!slots || !(in_use = READ_ONCE(*slots)))
		return;
	for (__u32 slot = 0; slot < FABRIC_OBSERVERS; slot++) {
		long error;

		if (!(in_use >> slot & 1))
			continue;
		error = bpf_perf_event_output(skb, &observers, slot * cpus + cpu, event, sizeof(*event));
		if (error == -2 /* ENOENT: the observer is gone, and its ring with it */)
			__sync_fetch_and_and(slots, ~(1ull << slot));
		else if (error)
			__sync_fetch_and_add(&position->lost, 1);
	}
}

#define EVENT_WINDOW 100000000ull /* ns */
#define EVENTS_OF_A_KIND 2000     /* per window and CPU */

/* A flood of drops or of new flows must not push everything else out of the history. */
static __always_inline int event_is_over_limit(struct fabric_history_position *position,
                                               const struct event_facts *facts, __u64 now)
{
	__u64 *written;

	if (!facts->reason && facts->trace != FABRIC_TRACE_NEW)
		return 0;
	if (now - position->window > EVENT_WINDOW) {
		position->window = now;
		position->drops = position->flows = 0;
	}
	written = facts->reason ? &position->drops : &position->flows;
	if (*written >= EVENTS_OF_A_KIND) {
		__sync_fetch_and_add(&position->suppressed, 1);
		return 1;
	}
	(*written)++;
	return 0;
}

__global int event_write(struct __sk_buff *skb, struct packet *p, struct event_facts *facts)
{
	__u32 cpu = bpf_get_smp_processor_id(), slot;
	const struct fabric_config *c = settings();
	struct fabric_history_position *position = bpf_map_lookup_elem(&history_position, &cpu);
	struct fabric_event *event;
	__u64 sequence, now = bpf_ktime_get_ns();

	if (!p || !facts || !c || !position)
		return 0;
	if (event_is_over_limit(position, facts, now))
		return 0;
	sequence = __sync_fetch_and_add(&position->next, 1) + 1;
	slot = cpu * c->history_slots + ((__u32)(sequence - 1) & (c->history_slots - 1));
	event = bpf_map_lookup_elem(&history, &slot);
	if (!event)
		return 0;
	__sync_lock_test_and_set(&event->sequence, 0);
	event->time = now;
	event->source = p->source;
	event->destination = p->destination;
	event->source_identity = facts->identity[0];
	event->destination_identity = facts->identity[1];
	event->source_endpoint = facts->endpoint[0];
	event->destination_endpoint = facts->endpoint[1];
	if (p->protocol == IPPROTO_ICMPV6 || p->protocol == IPPROTO_ICMP) {
		event->source_port = p->icmp_type | (__u16)p->icmp_code << 8;
		event->destination_port = 0;
	} else {
		event->source_port = p->source_port;
		event->destination_port = p->destination_port;
	}
	event->family = p->family;
	event->protocol = p->protocol;
	event->tcp_flags = p->tcp_flags;
	event->type = facts->reason ? FABRIC_EVENT_DROP : FABRIC_EVENT_TRACE;
	event->point = facts->point;
	event->reason = facts->reason;
	event->verdict = facts->reason ? FABRIC_VERDICT_DROPPED : FABRIC_VERDICT_FORWARDED;
	event->trace = facts->trace;
	event->length = p->length;
	event->nexthop = facts->nexthop;
	event->ifindex = skb->ifindex;
	event->egress_rule = facts->egress_rule;
	event->ingress_rule = facts->ingress_rule;
	event->revision = facts->revision;
	event->cpu = cpu;
	event->is_reply = facts->is_reply;
	event->direction = p->direction;
	event->packets = facts->packets;
	event->hop_limit = p->hop_limit;
	event->flow_label = 0;
	{
		void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;

		if (data + ETHERNET_HEADER + 4 <= end) {
			__builtin_memcpy(event->destination_mac, data, 6);
			__builtin_memcpy(event->source_mac, data + 6, 6);
			if (p->family == FABRIC_FAMILY_IPV6)
				event->flow_label = bpf_ntohl(*(__u32 *)(data + ETHERNET_HEADER)) & 0xfffff;
		} else {
			__builtin_memset(event->source_mac, 0, 12);
		}
	}
	__sync_lock_test_and_set(&event->sequence, sequence);
	event_observe(skb, event, position, cpu, c->cpus);
	return 0;
}

/* Every drop ends here: counted, written, and shot. Inline, for a chain of calls has 512 bytes of stack in all, of which older kernels
 * (6.1 does) take a multiple of 32 for each function. */
static __always_inline int drop(struct __sk_buff *skb, struct packet *p, struct event_facts *facts)
{
	count(facts->reason, p->direction, p->length);
	if (!facts->packets)
		facts->packets = 1;
	facts->is_reply = 2;
	event_write(skb, p, facts);
	return TC_ACT_SHOT;
}

#endif
