/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Whether a packet can have come from where it came in. Asked of what belongs to no known flow: an entry says where its packets come in. */
#ifndef LIB_ORIGIN_H
#define LIB_ORIGIN_H

#include "refuse.h"

/* A destination that no flow can have. */
static __always_inline __u8 destination_invalid(const struct packet *p)
{
	if ((p->family == FABRIC_FAMILY_IPV6 && is_mapped(&p->destination)) ||
	    is_loopback(&p->destination, p->family) || is_unspecified(&p->destination, p->family))
		return FABRIC_DROP_INVALID_PACKET;
	if (is_multicast(&p->destination, p->family) || (is_link_local(&p->destination, p->family)))
		return FABRIC_DROP_UNKNOWN_L3_TARGET;
	return FABRIC_DROP_NONE;
}

/* Why the pod cannot send this; 0 when it can. */
static __always_inline __u8 origin_of_pod(struct workbench *bench, const struct packet *p, __u32 endpoint)
{
	const struct fabric_address_value *known;

	if (is_mapped(&p->source) && p->family == FABRIC_FAMILY_IPV6)
		return FABRIC_DROP_INVALID_SOURCE_IP;
	known = end_find(bench, p, 0);
	if (!known || known->kind != FABRIC_ADDRESS_ENDPOINT || known->endpoint != endpoint)
		return FABRIC_DROP_INVALID_SOURCE_IP;
	return end_find(bench, p, 1) ? FABRIC_DROP_NONE : destination_invalid(p);
}

/* Why the fabric cannot send this; 0 when it can. */
static __always_inline __u8 origin_of_fabric(struct workbench *bench, const struct packet *p)
{
	const struct fabric_address_value *known;
	const struct fabric_route *route;

	if ((p->family == FABRIC_FAMILY_IPV6 && is_mapped(&p->source)) || is_loopback(&p->source, p->family) ||
	    is_multicast(&p->source, p->family) || is_unspecified(&p->source, p->family) ||
	    is_link_local(&p->source, p->family))
		return FABRIC_DROP_INVALID_SOURCE_IP;
	known = end_find(bench, p, 0);
	if (known)
		return known->kind == FABRIC_ADDRESS_REMOTE ? FABRIC_DROP_NONE : FABRIC_DROP_INVALID_SOURCE_IP;
	route = route_find(&p->source, p->family);
	return route && route->kind == FABRIC_ROUTE_LOCAL ? FABRIC_DROP_INVALID_SOURCE_IP : FABRIC_DROP_NONE;
}

/* Drops what a pod may not send. */
static __always_inline int drop_from_pod(struct __sk_buff *skb, struct packet *p, __u32 endpoint, __u8 reason)
{
	const struct fabric_endpoint *e = endpoint_by_id(endpoint);
	struct event_facts *facts = blank_facts();

	if (!facts)
		return TC_ACT_SHOT;
	facts->reason = reason;
	facts->point = FABRIC_POINT_FROM_ENDPOINT;
	facts->endpoint[0] = endpoint;
	facts->identity[0] = e ? e->identity : 0;
	if (p->family)
		facts->identity[1] = identity_of(&p->destination, p->family);
	return drop(skb, p, facts);
}

/* 1: dropped, for it cannot have come from there. */
__global int origin_refused(struct __sk_buff *skb, struct packet *p, struct passage *way)
{
	struct workbench *bench = workbench();
	__u8 reason;

	if (!p || !way || !bench)
		return 1;
	if (way->input == FABRIC_INPUT_HOST)
		return 0;
	if (way->input == FABRIC_INPUT_FABRIC) {
		reason = origin_of_fabric(bench, p);
		if (reason)
			way->action = drop_for(skb, p, reason, FABRIC_POINT_FROM_NETWORK);
	} else {
		reason = origin_of_pod(bench, p, bench->endpoint);
		if (reason)
			way->action = drop_from_pod(skb, p, bench->endpoint, reason);
	}
	return reason != FABRIC_DROP_NONE;
}

#endif
