/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Neighbour discovery and ARP of pods, and ICMP errors. */
#ifndef LIB_ICMP_H
#define LIB_ICMP_H

#include "deliver.h"

#define MLD_QUERY 130
#define ND_ROUTER_SOLICITATION 133
#define ND_NEIGHBOUR_SOLICITATION 135
#define ND_NEIGHBOUR_ADVERTISEMENT 136

static __always_inline int owns(__u32 endpoint, const struct fabric_address *address, __u8 family)
{
	const struct fabric_address_value *value = address_find(address, family);

	return value && value->kind == FABRIC_ADDRESS_ENDPOINT && value->endpoint == endpoint;
}

/* The link-local address that a pod makes of its device's MAC address (RFC 4291 appendix A). Any other would cost the node
 * a neighbour entry each, of a table that all devices share. */
static __always_inline int is_own_link_local(__u32 endpoint, const struct fabric_address *address)
{
	const struct fabric_endpoint *e = endpoint_by_id(endpoint);
	__u64 interface;

	if (!e)
		return 0;
	__u8 bytes[8] = { e->mac[0] ^ 2, e->mac[1], e->mac[2], 0xff, 0xfe, e->mac[3], e->mac[4], e->mac[5] };
	__builtin_memcpy(&interface, bytes, 8);
	return address->words[0] == GATEWAY_HIGH && address->words[1] == interface;
}

/* Neighbour discovery that a pod sends (RFC 4861 section 7.1): 0 when it may pass to the kernel, or the reason.
 * It asks for its gateway or for itself, in its own name, and is never forwarded. */
__global int nd_from_pod(struct __sk_buff *skb, struct packet *p, __u32 endpoint)
{
	struct fabric_address target;

	if (!p)
		return FABRIC_DROP_INVALID_PACKET;
	if (p->hop_limit != 255 || p->icmp_code != 0 || p->fragment)
		return FABRIC_DROP_FORBIDDEN_ICMPV6;
	if (p->icmp_type != ND_ROUTER_SOLICITATION && p->icmp_type != ND_NEIGHBOUR_SOLICITATION &&
	    p->icmp_type != ND_NEIGHBOUR_ADVERTISEMENT)
		return FABRIC_DROP_FORBIDDEN_ICMPV6;
	if (!is_unspecified(&p->source, p->family) && !is_own_link_local(endpoint, &p->source) &&
	    !owns(endpoint, &p->source, p->family))
		return FABRIC_DROP_INVALID_SOURCE_IP;
	if (!is_gateway(&p->destination) && (p->destination.words[0] & 0xffff) != 0x02ff /* ff02::/16 */)
		return FABRIC_DROP_FORBIDDEN_ICMPV6;
	if (p->icmp_type == ND_ROUTER_SOLICITATION)
		return FABRIC_DROP_NONE;
	if (bpf_skb_load_bytes(skb, p->l4 + 8, &target, 16))
		return FABRIC_DROP_TRUNCATED_HEADER;
	if (p->icmp_type == ND_NEIGHBOUR_SOLICITATION && is_gateway(&target))
		return FABRIC_DROP_NONE;
	if (is_gateway(&target))
		return FABRIC_DROP_FORBIDDEN_ICMPV6;
	if (is_link_local(&target, p->family) || owns(endpoint, &target, p->family))
		return FABRIC_DROP_NONE;
	return FABRIC_DROP_FORBIDDEN_ICMPV6;
}

/* A report of the groups that a pod listens to (RFC 2710, RFC 3810, RFC 3376): 0 when it may pass to the kernel, or the reason. It stays on
 * the link. Asking who listens is the router's part. */
static __always_inline __u8 group_report_from_pod(const struct packet *p, __u32 endpoint)
{
	if (!is_multicast(&p->destination, p->family) || p->hop_limit != 1)
		return FABRIC_DROP_INVALID_PACKET;
	if (!is_unspecified(&p->source, p->family) && !owns(endpoint, &p->source, p->family) &&
	    (p->family == FABRIC_FAMILY_IPV4 || !is_own_link_local(endpoint, &p->source)))
		return FABRIC_DROP_INVALID_SOURCE_IP;
	return p->family == FABRIC_FAMILY_IPV6 && p->icmp_type == MLD_QUERY ? FABRIC_DROP_FORBIDDEN_ICMPV6 :
	                                                                      FABRIC_DROP_NONE;
}

struct arp_ipv4 {
	__u16 hardware, protocol;
	__u8 hardware_length, protocol_length;
	__u16 operation;
	__u8 sender_mac[6];
	__u8 sender[4];
	__u8 target_mac[6];
	__u8 target[4];
} __attribute__((packed));

/* ARP in the pod's own name, or a probe (RFC 5227), passes to the kernel, which answers for itself alone. */
__global int arp_from_pod(struct __sk_buff *skb, struct packet *p, __u32 endpoint)
{
	struct arp_ipv4 arp;
	__u32 sender, target;

	if (!p)
		return FABRIC_DROP_INVALID_PACKET;
	if (bpf_skb_load_bytes(skb, ETHERNET_HEADER, &arp, sizeof(arp)))
		return FABRIC_DROP_TRUNCATED_HEADER;
	if (arp.hardware != bpf_htons(1) || arp.protocol != bpf_htons(ETH_P_IP) || arp.hardware_length != 6 ||
	    arp.protocol_length != 4)
		return FABRIC_DROP_INVALID_PACKET;
	__builtin_memcpy(&sender, arp.sender, 4);
	__builtin_memcpy(&target, arp.target, 4);
	p->family = FABRIC_FAMILY_IPV4;
	address_from_ipv4(&p->source, sender);
	address_from_ipv4(&p->destination, target);
	if (sender && !owns(endpoint, &p->source, FABRIC_FAMILY_IPV4))
		return FABRIC_DROP_INVALID_SOURCE_IP;
	return FABRIC_DROP_NONE;
}

#define INNER_EXTENSION_HEADERS 4

/* Reads the packet inside. Returns 0, or -1 when it names no flow. */
__global int icmp_error_inner(struct __sk_buff *skb, struct packet *p, struct inner *in)
{
	__u16 source_port = 0, destination_port = 0;
	__u32 offset;
	__u8 head[IPV6_HEADER], protocol;

	if (!p || !in)
		return -1;
	offset = p->l4 + 8;
	if (p->family == FABRIC_FAMILY_IPV6) {
		struct ipv6_header *ip = (void *)head;

		if (bpf_skb_load_bytes(skb, offset, head, IPV6_HEADER))
			return -1;
		in->source = ip->source;
		in->destination = ip->destination;
		protocol = ip->next_header;
		offset += IPV6_HEADER;
		for (int i = 0; i < INNER_EXTENSION_HEADERS; i++) {
			if (protocol != 0 && protocol != 43 && protocol != 44 && protocol != 51 && protocol != 60)
				break;
			if (bpf_skb_load_bytes(skb, offset, head, 8))
				return -1;
			/* Only the first fragment of a datagram has the ports. */
			if (protocol == 44 && ((head[2] << 8 | head[3]) & 0xfff8))
				return -1;
			offset += protocol == 44 ? 8 : protocol == 51 ? (head[1] + 2) * 4 : (head[1] + 1) * 8;
			protocol = head[0];
		}
	} else {
		struct ipv4_header *ip = (void *)head;

		if (bpf_skb_load_bytes(skb, offset, head, IPV4_HEADER))
			return -1;
		if (ip->version_ihl != 0x45 || (ip->fragment_offset & bpf_htons(IPV4_OFFSET)))
			return -1;
		address_from_ipv4(&in->source, ip->source);
		address_from_ipv4(&in->destination, ip->destination);
		protocol = ip->protocol;
		offset += IPV4_HEADER;
	}
	/* An error goes to whoever sent the packet inside. */
	if (!address_equal(&in->source, &p->destination))
		return -1;
	if (protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP) {
		if (bpf_skb_load_bytes(skb, offset, head, 8))
			return -1;
		__builtin_memcpy(&source_port, head, 2);
		__builtin_memcpy(&destination_port, head + 2, 2);
	} else if (protocol == IPPROTO_ICMPV6 || protocol == IPPROTO_ICMP) {
		if (bpf_skb_load_bytes(skb, offset, head, 8))
			return -1;
		/* Only echo has a flow, and no error answers an error. */
		if (protocol == IPPROTO_ICMPV6 ? head[0] != 128 && head[0] != 129 : head[0] != 8 && head[0] != 0)
			return -1;
		__builtin_memcpy(is_echo_request(protocol, head[0]) ? &source_port : &destination_port, head + 4, 2);
	}
	in->side = fabric_flow_key_set(&in->key, &in->source, &in->destination, source_port, destination_port,
	                               p->family, protocol);
	return 0;
}

/* An ICMP error: it passes when it is about a packet that a judged flow did send, towards whoever sent it. */
__global int icmp_error(struct __sk_buff *skb, struct packet *p, struct passage *way)
{
	const struct fabric_flow_half *half;
	struct workbench *bench = workbench();
	struct inner *in;
	__u32 inner_side, input;
	struct fabric_flow *flow;
	struct event_facts *facts;

	if (!p || !way)
		return 0;
	input = way->input;
	way->output = FABRIC_OUTPUT_NONE;
	way->action = TC_ACT_SHOT;
	if (!bench)
		goto unknown;
	in = &bench->inner;
	if (icmp_error_inner(skb, p, in))
		goto unknown;
	inner_side = in->side & 1;
	flow = bpf_map_lookup_elem(&flows, &in->key);
	if (!flow)
		flow = bpf_map_lookup_elem(&halfopen, &in->key);
	if (!flow || flow->revision != active_revision() ||
	    !(inner_side ? flow->half[1].packets : flow->half[0].packets))
		goto unknown;
	half = inner_side ? &flow->half[0] : &flow->half[1];
	/* A pod complains only about what was sent to it; any router of the fabric may about what crosses it. */
	if (input != FABRIC_INPUT_FABRIC && (inner_side ? flow->half[0].input : flow->half[1].input) != input)
		goto unknown;
	facts = blank_facts();
	if (!facts)
		return 0;
	facts_of_flow(facts, flow, !inner_side);
	if (input == FABRIC_INPUT_FABRIC) {
		/* The sender is whoever it is, most often a router. */
		facts->identity[0] = identity_of(&p->source, p->family);
		facts->endpoint[0] = 0;
	}
	facts->packets = 1;
	facts->point = point_of(half->output);
	facts->nexthop = half->output == FABRIC_OUTPUT_NEXTHOP ? half->target : 0;
	facts->trace = FABRIC_TRACE_RELATED;
	facts->is_reply = 1;
	count(FABRIC_DROP_NONE, p->direction, p->length);
	event_write(skb, p, facts);
	way->target = half->target;
	way->output = half->output;
	if (!flow_is(flow, fabric_flow_cookie(&in->key)))
		way->output = FABRIC_OUTPUT_NONE;
	return 0;
unknown:
	way->action = drop_for(skb, p, FABRIC_DROP_UNKNOWN_CT_STATE, point_from(input));
	return 0;
}

#endif
