/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* From bytes to a flow key. */
#ifndef LIB_PACKET_H
#define LIB_PACKET_H

#include "maps.h"

struct ipv6_header {
	__u32 version_class_label;
	__u16 payload_length;
	__u8 next_header;
	__u8 hop_limit;
	struct fabric_address source;
	struct fabric_address destination;
} __attribute__((packed));

struct ipv4_header {
	__u8 version_ihl;
	__u8 tos;
	__u16 total_length;
	__u16 identification;
	__u16 fragment_offset;
	__u8 ttl;
	__u8 protocol;
	__u16 checksum;
	__u32 source;
	__u32 destination;
} __attribute__((packed));

#define IPV4_MORE_FRAGMENTS 0x2000
#define IPV4_OFFSET 0x1fff

enum packet_kind {
	PACKET_FLOW = 0,       /* the key names a flow */
	PACKET_ICMP_ERROR = 1, /* the flow is named by the packet inside */
	PACKET_ND = 2,         /* ICMPv6 133-137 */
	PACKET_MLD = 3,        /* ICMPv6 130-132, 143; IGMP */
	PACKET_ARP = 4,
	PACKET_BAD = 5, /* see reason */
};

struct packet {
	struct fabric_flow_key key;
	struct fabric_address source;
	struct fabric_address destination;
	__u32 side;   /* that sent it */
	__u32 l4;     /* offset of the L4 header from the Ethernet header */
	__u32 length; /* bytes without the Ethernet header */
	__u16 source_port;
	__u16 destination_port;
	__u8 kind;   /* enum packet_kind */
	__u8 reason; /* enum fabric_drop, for PACKET_BAD */
	__u8 tcp_flags;
	__u8 hop_limit;
	__u8 icmp_type;
	__u8 icmp_code;
	__u8 extended;   /* extension headers, IPv4 options or a fragment: L4 is not where it usually is */
	__u8 hop_by_hop; /* has options that every router must look at: the kernel forwards it */
	__u8 fragment;   /* 0 no, 1 first or only, 2 later */
	__u8 protocol;
	__u8 family;
	__u8 direction; /* enum fabric_direction: which program */
	__u8 jumbo;     /* bytes of headers that the segments will not have */
	__u8 reserved[3];
};

static __always_inline int packet_bad(struct packet *p, __u8 reason)
{
	p->kind = PACKET_BAD;
	p->reason = reason;
	return -1;
}

static __always_inline void packet_key(struct packet *p)
{
	p->side = fabric_flow_key_set(&p->key, &p->source, &p->destination, p->source_port, p->destination_port,
	                              p->family, p->protocol);
}

static __always_inline int is_echo_request(__u8 protocol, __u8 type)
{
	return protocol == IPPROTO_ICMPV6 ? type == 128 : protocol == IPPROTO_ICMP && type == 8;
}

static __always_inline int is_echo_reply(__u8 protocol, __u8 type)
{
	return protocol == IPPROTO_ICMPV6 ? type == 129 : protocol == IPPROTO_ICMP && type == 0;
}

/* ICMP is a flow, an error, neighbour discovery, or talk of groups. */
static __always_inline void packet_icmp(struct packet *p, __u8 type, __u8 code, __u16 identifier)
{
	p->icmp_type = type;
	p->icmp_code = code;
	p->source_port = p->destination_port = 0;
	if (is_echo_request(p->protocol, type)) {
		p->source_port = identifier;
	} else if (is_echo_reply(p->protocol, type)) {
		p->destination_port = identifier;
	} else if (p->family == FABRIC_FAMILY_IPV6 && type < 128) {
		p->kind = PACKET_ICMP_ERROR;
	} else if (p->family == FABRIC_FAMILY_IPV6 && type >= 133 && type <= 137) {
		p->kind = PACKET_ND;
	} else if (p->family == FABRIC_FAMILY_IPV6 && ((type >= 130 && type <= 132) || type == 143)) {
		p->kind = PACKET_MLD;
	} else if (p->family == FABRIC_FAMILY_IPV4 &&
	           (type == 3 || type == 4 || type == 5 || type == 11 || type == 12)) {
		p->kind = PACKET_ICMP_ERROR;
	} else {
		p->source_port = p->destination_port = type | (__u16)code << 8;
	}
}

/* Ports, flags and types at p->l4, read by a helper: for packets whose headers are not in their usual place. */
__global int packet_l4_far(struct __sk_buff *skb, struct packet *p)
{
	__u8 head[14] = {};
	__u16 identifier;

	if (!p)
		return -1;
	if (p->protocol == IPPROTO_TCP) {
		if (bpf_skb_load_bytes(skb, p->l4, head, 14))
			return packet_bad(p, FABRIC_DROP_TRUNCATED_HEADER);
		p->tcp_flags = head[13];
	} else if (p->protocol == IPPROTO_UDP || p->protocol == IPPROTO_SCTP || p->protocol == IPPROTO_ICMP ||
	           p->protocol == IPPROTO_ICMPV6) {
		if (bpf_skb_load_bytes(skb, p->l4, head, 8))
			return packet_bad(p, FABRIC_DROP_TRUNCATED_HEADER);
	} else {
		return 0;
	}
	if (p->protocol == IPPROTO_ICMP || p->protocol == IPPROTO_ICMPV6) {
		if ((p->protocol == IPPROTO_ICMPV6) != (p->family == FABRIC_FAMILY_IPV6))
			return packet_bad(p, FABRIC_DROP_INVALID_PACKET);
		__builtin_memcpy(&identifier, head + 4, 2);
		packet_icmp(p, head[0], head[1], identifier);
	} else {
		__builtin_memcpy(&p->source_port, head, 2);
		__builtin_memcpy(&p->destination_port, head + 2, 2);
	}
	return 0;
}

/* The first fragment leaves its ports for the later ones, which must not reach into its L4 header. Nobody but the pod itself leaves any
 * for a pod's fragments: those of a packet are kept before its source is checked.
 * `protocol` is that of the first header that can be fragmented, `start` its offset from the Ethernet header. */
static __always_inline int packet_fragment(struct __sk_buff *skb, struct packet *p, __u32 identification, __u32 offset,
                                           __u8 protocol, __u32 start)
{
	struct fabric_fragment_key key = {
		.source = p->source,
		.destination = p->destination,
		.identification = identification,
		.family = p->family,
		.protocol = protocol,
		.input = p->direction == FABRIC_DIRECTION_EGRESS ? skb->ifindex : 0,
	};

	if (offset == 0) {
		struct fabric_fragment value = { .seen = bpf_ktime_get_coarse_ns() };

		if (packet_l4_far(skb, p))
			return -1;
		p->fragment = 1;
		value.source_port = p->source_port;
		value.destination_port = p->destination_port;
		value.header_end = p->l4 - start + (p->protocol == IPPROTO_TCP ? 20 : 8);
		value.protocol = p->protocol;
		value.icmp_type = p->icmp_type;
		if (bpf_map_update_elem(&fragments, &key, &value, BPF_ANY))
			return packet_bad(p, FABRIC_DROP_CT_INSERT_FAILED);
		table_count(FABRIC_TABLE_FRAGMENTS, 1, 0);
	} else {
		const struct fabric_fragment *first = bpf_map_lookup_elem(&fragments, &key);

		p->fragment = 2;
		if (!first || bpf_ktime_get_coarse_ns() - first->seen > 30000000000ull)
			return packet_bad(p, FABRIC_DROP_FIRST_FRAGMENT_NOT_FOUND);
		if (offset < first->header_end)
			return packet_bad(p, FABRIC_DROP_INVALID_PACKET);
		p->protocol = first->protocol;
		p->icmp_type = first->icmp_type;
		p->source_port = first->source_port;
		p->destination_port = first->destination_port;
	}
	return 0;
}

#define EXTENSION_HEADERS 8

/* IPv6 extension headers: bounded, and what is not known is refused. */
__global int packet_extensions(struct __sk_buff *skb, struct packet *p)
{
	__u32 offset = ETHERNET_HEADER + IPV6_HEADER;
	__u32 fragment_offset = 0, identification = 0, start = 0;
	__u8 is_fragment = 0, protocol = 0;

	if (!p)
		return -1;
	for (int i = 0; i < EXTENSION_HEADERS; i++) {
		__u8 header[8];

		switch (p->protocol) {
		case 0: /* hop-by-hop: only first (RFC 8200 section 4.1) */
			if (i)
				return packet_bad(p, FABRIC_DROP_INVALID_EXTENSION_HEADER);
			p->hop_by_hop = 1;
			break;
		case 43: /* routing */
		case 44: /* fragment */
		case 51: /* authentication */
		case 60: /* destination options */ break;
		case 135: /* mobility */
		case 139: /* HIP */
		case 140: /* shim6 */
		case 253: /* experiments */
		case 254: return packet_bad(p, FABRIC_DROP_INVALID_EXTENSION_HEADER);
		default:
			p->l4 = offset;
			if (is_fragment)
				return packet_fragment(skb, p, identification, fragment_offset, protocol, start);
			return packet_l4_far(skb, p);
		}
		if (bpf_skb_load_bytes(skb, offset, header, 8))
			return packet_bad(p, FABRIC_DROP_TRUNCATED_HEADER);
		if (p->protocol == 44) {
			if (is_fragment)
				return packet_bad(p, FABRIC_DROP_INVALID_EXTENSION_HEADER);
			fragment_offset = (header[2] << 8 | header[3]) & 0xfff8;
			__builtin_memcpy(&identification, header + 4, 4);
			is_fragment = fragment_offset || (header[3] & 1);
			/* All in one piece (RFC 6946) is still none that neighbour discovery comes in (RFC 6980). */
			p->fragment = 1;
			offset += 8;
			start = offset;
			p->protocol = protocol = header[0];
			if (fragment_offset) {
				p->l4 = offset;
				return packet_fragment(skb, p, identification, fragment_offset, protocol, start);
			}
			continue;
		}
		/* The kernel's own, of a packet larger than 64 KiB that it will cut into segments (BIG TCP): not for routers to look at. */
		if (p->protocol == 0 && skb->gso_size && header[1] == 0 && header[2] == 0xc2 && header[3] == 4) {
			p->hop_by_hop = 0;
			p->jumbo = 8;
		}
		/* A routing header with segments left would take the packet past the verdict on its destination. */
		if (p->protocol == 43 && (header[2] == 0 || header[3] != 0))
			return packet_bad(p, FABRIC_DROP_INVALID_EXTENSION_HEADER);
		offset += p->protocol == 51 ? (header[1] + 2) * 4 : (header[1] + 1) * 8;
		p->protocol = header[0];
	}
	return packet_bad(p, FABRIC_DROP_INVALID_EXTENSION_HEADER);
}

static __always_inline int packet_ipv4_far(struct __sk_buff *skb, struct packet *p, __u8 ihl, __u16 fragment_offset,
                                           __u16 identification)
{
	/* Options could route the packet past the verdict on its destination; only IGMP carries one (router alert). */
	if (ihl < 5)
		return packet_bad(p, FABRIC_DROP_INVALID_PACKET);
	if (p->protocol == IPPROTO_IGMP) {
		p->kind = PACKET_MLD;
		return 0;
	}
	if (ihl > 5)
		return packet_bad(p, FABRIC_DROP_INVALID_EXTENSION_HEADER);
	p->l4 = ETHERNET_HEADER + IPV4_HEADER;
	if (fragment_offset & (IPV4_MORE_FRAGMENTS | IPV4_OFFSET))
		return packet_fragment(skb, p, identification, (fragment_offset & IPV4_OFFSET) * 8, p->protocol, p->l4);
	return packet_l4_far(skb, p);
}

/* Fills *p. Returns 0 when p->key is set, or -1 with kind PACKET_BAD or PACKET_ARP. */
static __always_inline int packet_parse(struct __sk_buff *skb, struct packet *p, __u8 direction)
{
	void *data = (void *)(long)skb->data;
	void *end = (void *)(long)skb->data_end;
	__u8 *l4;

	p->kind = PACKET_FLOW;
	p->direction = direction;
	p->length = skb->len - ETHERNET_HEADER;
	p->source_port = p->destination_port = 0;
	p->tcp_flags = p->icmp_type = p->icmp_code = 0;
	p->extended = p->hop_by_hop = p->fragment = 0;
	p->family = p->protocol = p->hop_limit = p->reason = p->jumbo = 0;

	if (unlikely(skb->vlan_present))
		return packet_bad(p, FABRIC_DROP_VLAN_FILTERED);
	if (likely(skb->protocol == bpf_htons(ETH_P_IPV6))) {
		struct ipv6_header *ip = data + ETHERNET_HEADER;

		if (unlikely(data + ETHERNET_HEADER + IPV6_HEADER + 20 > end)) {
			/* Short, or its headers are in fragments. */
			bpf_skb_pull_data(skb, skb->len < 128 ? skb->len : 128);
			data = (void *)(long)skb->data;
			end = (void *)(long)skb->data_end;
			ip = data + ETHERNET_HEADER;
			if (data + ETHERNET_HEADER + IPV6_HEADER > end)
				return packet_bad(p, FABRIC_DROP_TRUNCATED_HEADER);
		}
		p->family = FABRIC_FAMILY_IPV6;
		p->source = ip->source;
		p->destination = ip->destination;
		p->hop_limit = ip->hop_limit;
		p->protocol = ip->next_header;
		l4 = data + ETHERNET_HEADER + IPV6_HEADER;
		p->l4 = ETHERNET_HEADER + IPV6_HEADER;
		if (unlikely(p->protocol != IPPROTO_TCP && p->protocol != IPPROTO_UDP &&
		             p->protocol != IPPROTO_ICMPV6)) {
			p->extended = 1;
			if (packet_extensions(skb, p))
				return -1;
			goto key;
		}
	} else if (skb->protocol == bpf_htons(ETH_P_IP)) {
		struct ipv4_header *ip = data + ETHERNET_HEADER;

		if (unlikely(data + ETHERNET_HEADER + IPV4_HEADER + 20 > end)) {
			bpf_skb_pull_data(skb, skb->len < 128 ? skb->len : 128);
			data = (void *)(long)skb->data;
			end = (void *)(long)skb->data_end;
			ip = data + ETHERNET_HEADER;
			if (data + ETHERNET_HEADER + IPV4_HEADER > end)
				return packet_bad(p, FABRIC_DROP_TRUNCATED_HEADER);
		}
		p->family = FABRIC_FAMILY_IPV4;
		address_from_ipv4(&p->source, ip->source);
		address_from_ipv4(&p->destination, ip->destination);
		p->hop_limit = ip->ttl;
		p->protocol = ip->protocol;
		l4 = data + ETHERNET_HEADER + IPV4_HEADER;
		p->l4 = ETHERNET_HEADER + IPV4_HEADER;
		if (unlikely(ip->version_ihl != 0x45 ||
		             (ip->fragment_offset & bpf_htons(IPV4_MORE_FRAGMENTS | IPV4_OFFSET)) ||
		             (p->protocol != IPPROTO_TCP && p->protocol != IPPROTO_UDP &&
		              p->protocol != IPPROTO_ICMP))) {
			p->extended = 1;
			if (packet_ipv4_far(skb, p, ip->version_ihl & 15, bpf_ntohs(ip->fragment_offset),
			                    ip->identification))
				return -1;
			goto key;
		}
	} else {
		if (skb->protocol == bpf_htons(ETH_P_ARP)) {
			p->kind = PACKET_ARP;
			return -1;
		}
		return packet_bad(p,
		                  skb->protocol == bpf_htons(ETH_P_8021Q) || skb->protocol == bpf_htons(ETH_P_8021AD) ?
		                          FABRIC_DROP_VLAN_FILTERED :
		                          FABRIC_DROP_UNSUPPORTED_L3);
	}

	if (p->protocol == IPPROTO_TCP) {
		if (unlikely((void *)l4 + 14 > end))
			return packet_bad(p, FABRIC_DROP_TRUNCATED_HEADER);
		p->tcp_flags = l4[13];
	} else if (unlikely((void *)l4 + 8 > end)) {
		return packet_bad(p, FABRIC_DROP_TRUNCATED_HEADER);
	}
	if (p->protocol == IPPROTO_ICMPV6 || p->protocol == IPPROTO_ICMP) {
		if (unlikely((p->protocol == IPPROTO_ICMPV6) != (p->family == FABRIC_FAMILY_IPV6)))
			return packet_bad(p, FABRIC_DROP_INVALID_PACKET);
		packet_icmp(p, l4[0], l4[1], *(__u16 *)(l4 + 4));
	} else {
		p->source_port = *(__u16 *)l4;
		p->destination_port = *(__u16 *)(l4 + 2);
	}
key:
	packet_key(p);
	return 0;
}

#endif
