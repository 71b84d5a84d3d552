/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* The datapath: four programs over one set of maps. Each hook parses, finds the flow by one lookup, and delivers;
 * what that lookup does not answer goes through flow_slow, which alone judges. */
#include "lib/icmp.h"

/* Did the kernel get it from a pod? What from_pod has judged is marked; what is not came past it. */
static __always_inline int came_from_pod(const struct __sk_buff *skb)
{
	__u32 ingress = skb->ingress_ifindex;
	const struct fabric_device *device = ingress ? bpf_map_lookup_elem(&devices, &ingress) : NULL;

	return device && device->kind == FABRIC_DEVICE_ENDPOINT;
}

/* Judges a packet that was admitted, and says in *way how it leaves. Called by the programs themselves, not by what admits: a chain of
 * calls shares 512 bytes of stack, and this one is the longest. */
static __always_inline void judge_admitted(struct __sk_buff *skb, struct packet *p, struct passage *way)
{
	if (p->kind != PACKET_ICMP_ERROR)
		flow_slow(skb, p, way);
	else if (!origin_refused(skb, p, way))
		icmp_error(skb, p, way);
}

/* Everything a pod sends that is not a packet of an established flow: 1 when it is to be judged, otherwise way->action
 * is all that is left to do. */
__global int from_pod_admit(struct __sk_buff *skb, struct packet *p, struct passage *way, int parsed)
{
	__u32 ifindex = skb->ifindex;
	const struct fabric_device *device = bpf_map_lookup_elem(&devices, &ifindex);
	struct workbench *bench = workbench();
	__u8 reason;
	__u32 endpoint;

	if (!p || !way || !bench)
		return 0;
	workbench_clear(bench);
	way->input = ifindex;
	way->action = TC_ACT_OK;
	if (!device || device->kind != FABRIC_DEVICE_ENDPOINT) {
		way->action = drop_for(skb, p, FABRIC_DROP_EP_NOT_READY, FABRIC_POINT_FROM_ENDPOINT);
		return 0;
	}
	bench->endpoint = endpoint = device->endpoint;
	if (p->kind == PACKET_ARP) {
		reason = arp_from_pod(skb, p, endpoint);
		if (reason)
			goto refused;
		return 0;
	}
	if (parsed) {
		reason = p->reason;
		goto refused;
	}
	if (p->kind == PACKET_ND) {
		reason = nd_from_pod(skb, p, endpoint);
		if (reason)
			goto refused;
		return 0;
	}
	/* Listener reports stay on the link. */
	if (p->kind == PACKET_MLD) {
		reason = group_report_from_pod(p, endpoint);
		if (reason)
			goto refused;
		return 0;
	}
	if (is_link_local(&p->source, p->family) && p->family == FABRIC_FAMILY_IPV6) {
		/* The link to the gateway is the pod's own: what is between them is the node's business alone. */
		reason =
			!is_own_link_local(endpoint, &p->source) ?
				FABRIC_DROP_INVALID_SOURCE_IP :
			!is_gateway(&p->destination) ?
				FABRIC_DROP_UNKNOWN_L3_TARGET :
				/* There is no flow that could tell what the error is about: it might be any of the node's own. */
				p->kind == PACKET_ICMP_ERROR ? FABRIC_DROP_UNKNOWN_CT_STATE :
							       FABRIC_DROP_NONE;
		if (reason)
			goto refused;
		count(FABRIC_DROP_NONE, p->direction, p->length);
		way->action = to_kernel(skb);
		return 0;
	}
	return 1;
refused:
	way->action = drop_from_pod(skb, p, endpoint, reason);
	return 0;
}

/* Host side of a pod's device, ingress: all that the pod sends. */
SEC("tc")
int from_pod(struct __sk_buff *skb)
{
	struct packet p;
	struct passage way = { .action = TC_ACT_SHOT };
	int parsed;

	skb->tc_index = skb->tc_classid = 0;
	parsed = packet_parse(skb, &p, FABRIC_DIRECTION_EGRESS);
	if (unlikely(parsed || p.kind != PACKET_FLOW || !flow_fast(skb, &p, skb->ifindex, &way))) {
		if (!from_pod_admit(skb, &p, &way, parsed))
			return way.action;
		judge_admitted(skb, &p, &way);
		if (way.output == FABRIC_OUTPUT_NONE)
			return way.action;
	}
	return deliver(skb, &p, way.output, way.target, 0);
}

/* Everything the fabric sends that is not a packet of an established flow: as from_pod_admit. */
__global int from_uplink_admit(struct __sk_buff *skb, struct packet *p, struct passage *way, int parsed)
{
	const struct fabric_address_value *known = NULL;
	struct workbench *bench = workbench();

	if (!p || !way || !bench)
		return 0;
	workbench_clear(bench);
	way->input = FABRIC_INPUT_FABRIC;
	way->action = TC_ACT_OK;
	/* What is not for a pod is the kernel's: neighbour discovery, BGP, the node's own services. */
	if (!p->family)
		return 0;
	known = end_find(bench, p, 1);
	if (!known || known->kind != FABRIC_ADDRESS_ENDPOINT) {
		const struct fabric_address_value *sender = end_find(bench, p, 0);
		const struct fabric_route *route;

		/* Our pods and we ourselves do not send from there. A router may well have the link-local address of our gateway. */
		if (sender && sender->kind != FABRIC_ADDRESS_REMOTE && !is_link_local(&p->source, p->family)) {
			way->action = drop_for(skb, p, FABRIC_DROP_INVALID_SOURCE_IP, FABRIC_POINT_FROM_NETWORK);
			return 0;
		}
		if (known || is_multicast(&p->destination, p->family) || is_link_local(&p->destination, p->family))
			return 0;
		route = route_find(&p->destination, p->family);
		/* A Pod address that no pod has: the kernel's unreachable route answers. */
		if (route && (route->kind == FABRIC_ROUTE_UNREACHABLE || route->kind == FABRIC_ROUTE_LOCAL))
			drop_for(skb, p, FABRIC_DROP_UNKNOWN_L3_TARGET, FABRIC_POINT_FROM_NETWORK);
		return 0;
	}
	if (parsed || p->kind == PACKET_ND || p->kind == PACKET_MLD) {
		way->action =
			drop_for(skb, p, parsed ? p->reason : FABRIC_DROP_FORBIDDEN_ICMPV6, FABRIC_POINT_FROM_NETWORK);
		return 0;
	}
	return 1;
}

/* A fabric port, ingress. */
SEC("tc")
int from_uplink(struct __sk_buff *skb)
{
	struct packet p;
	struct passage way = { .action = TC_ACT_SHOT };
	int parsed;

	skb->tc_index = skb->tc_classid = 0;
	if (unlikely(skb->pkt_type != 0 /* PACKET_HOST */))
		return TC_ACT_OK;
	parsed = packet_parse(skb, &p, FABRIC_DIRECTION_INGRESS);
	if (unlikely(parsed || p.kind != PACKET_FLOW || !flow_fast(skb, &p, FABRIC_INPUT_FABRIC, &way))) {
		if (!from_uplink_admit(skb, &p, &way, parsed))
			return way.action;
		judge_admitted(skb, &p, &way);
		if (way.output == FABRIC_OUTPUT_NONE)
			return way.action;
	}
	return deliver(skb, &p, way.output, way.target, 1);
}

/* Host side of a pod's device, egress: what the kernel sends to the pod. Forwarded packets were judged where they came
 * in; the node's own, and those of devices that are neither pods nor uplinks, are judged here. */
SEC("tc")
int to_pod(struct __sk_buff *skb)
{
	struct packet p;
	__u32 ifindex = skb->ifindex, input;
	const struct fabric_device *device;
	struct passage way = { .established = 1 };
	struct workbench *bench;
	int parsed;

	if (skb->tc_index == JUDGED) {
		skb->tc_index = 0;
		return TC_ACT_OK;
	}
	input = skb->ingress_ifindex ? FABRIC_INPUT_FABRIC : FABRIC_INPUT_HOST;
	parsed = packet_parse(skb, &p, FABRIC_DIRECTION_INGRESS);
	if (input == FABRIC_INPUT_HOST) {
		/* The node's own neighbour discovery and ARP, queries of its multicast router, and errors it reports. */
		if (p.kind == PACKET_ARP || p.kind == PACKET_ND || p.kind == PACKET_MLD || p.kind == PACKET_ICMP_ERROR)
			return TC_ACT_OK;
		if (!parsed && (is_link_local(&p.destination, p.family) || is_multicast(&p.destination, p.family)))
			return TC_ACT_OK;
	}
	if (parsed)
		return drop_for(skb, &p, p.kind == PACKET_ARP ? FABRIC_DROP_UNSUPPORTED_L3 : p.reason,
		                FABRIC_POINT_TO_ENDPOINT);
	device = bpf_map_lookup_elem(&devices, &ifindex);
	if (!device || device->kind != FABRIC_DEVICE_ENDPOINT || !owns(device->endpoint, &p.destination, p.family))
		return drop_for(skb, &p, FABRIC_DROP_UNKNOWN_L3_TARGET, FABRIC_POINT_TO_ENDPOINT);
	if (p.kind != PACKET_FLOW && p.kind != PACKET_ICMP_ERROR)
		return drop_for(skb, &p, FABRIC_DROP_FORBIDDEN_ICMPV6, FABRIC_POINT_TO_ENDPOINT);
	if (came_from_pod(skb))
		return drop_for(skb, &p, FABRIC_DROP_EP_NOT_READY, FABRIC_POINT_TO_ENDPOINT);
	bench = workbench();
	if (!bench)
		return TC_ACT_SHOT;
	workbench_clear(bench);
	way.input = input;
	judge_admitted(skb, &p, &way);
	return way.output == FABRIC_OUTPUT_NONE ? way.action : TC_ACT_OK;
}

/* A fabric port, egress: a second fence. Nothing leaves in the name of a pod, or from its device, unless a program judged it. */
SEC("tc")
int to_uplink(struct __sk_buff *skb)
{
	struct packet p;
	const struct fabric_address_value *known;

	if (likely(skb->tc_index == JUDGED)) {
		skb->tc_index = 0;
		return TC_ACT_OK;
	}
	packet_parse(skb, &p, FABRIC_DIRECTION_EGRESS);
	if (!p.family)
		return TC_ACT_OK;
	known = address_find(&p.source, p.family);
	if ((known && known->kind == FABRIC_ADDRESS_ENDPOINT) || came_from_pod(skb))
		return drop_for(skb, &p, FABRIC_DROP_EP_NOT_READY, FABRIC_POINT_TO_NETWORK);
	return TC_ACT_OK;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
