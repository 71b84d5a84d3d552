/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Sends a judged packet on its way. */
#ifndef LIB_DELIVER_H
#define LIB_DELIVER_H

#include "flowtable.h"

/* The kernel takes it from here; the program at the device it leaves by lets it pass. On TC_ACT_OK the kernel itself sets tc_index, to
 * the class (include/net/tcx.h; tc_run in net/core/dev.c). */
static __always_inline int to_kernel(struct __sk_buff *skb)
{
	skb->tc_classid = JUDGED;
	return TC_ACT_OK;
}

/* Larger than `mtu` as it goes out: what segmentation offload will make of it counts, not its length now. */
static __always_inline int too_large(struct __sk_buff *skb, const struct packet *p, __u32 mtu)
{
	__u32 size;
	__u8 offset = 2 << 4; /* UDP's header is 8 bytes: two words, as TCP counts them */

	if (likely(p->length <= mtu))
		return 0;
	size = skb->gso_size;
	if (!size || (p->protocol == IPPROTO_TCP && bpf_skb_load_bytes(skb, p->l4 + 12, &offset, 1)))
		return 1;
	return size + (p->l4 - ETHERNET_HEADER - p->jumbo) + (offset >> 4) * 4 > mtu;
}

/* One hop less. `complete`: the device may have given a checksum over the packet, which must follow the change. */
static __always_inline int decrement_hop_limit(struct __sk_buff *skb, const struct packet *p, int complete)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;

	if (p->family == FABRIC_FAMILY_IPV6) {
		struct ipv6_header *ip = data + ETHERNET_HEADER;

		if (data + ETHERNET_HEADER + IPV6_HEADER > end)
			return -1;
		ip->hop_limit--;
		if (complete)
			bpf_csum_update(skb, ~(__u32)bpf_htons(1));
	} else {
		struct ipv4_header *ip = data + ETHERNET_HEADER;
		__u32 sum;

		if (data + ETHERNET_HEADER + IPV4_HEADER > end)
			return -1;
		/* RFC 1624: the header's sum stays what it was, and so does one over the packet. */
		sum = ip->checksum + bpf_htons(0x0100);
		ip->checksum = sum + (sum >= 0xffff);
		ip->ttl--;
	}
	return 0;
}

/* The last hop: the kernel drops it and answers. */
static __always_inline int expired(struct __sk_buff *skb, struct packet *p, __u8 point)
{
	drop_for(skb, p, FABRIC_DROP_TTL_EXCEEDED, point);
	return to_kernel(skb);
}

/* Nothing that is sent there arrives, and there is no other way: counted. Now and then a packet may try. */
static __always_inline int dead_end(__u8 output, __u32 target)
{
	struct fabric_health *h = health_of(output, target);

	if (likely(!h || !health_is_dead(h, target)) || health_may_probe(h, target, bpf_ktime_get_coarse_ns()))
		return 0;
	__sync_fetch_and_add(&h->lost, 1);
	return 1;
}

static __always_inline int deliver_endpoint(struct __sk_buff *skb, struct packet *p, __u32 id, int complete)
{
	const struct fabric_endpoint *e = endpoint_by_id(id);
	void *data, *end;

	if (unlikely(!e))
		return drop_for(skb, p, FABRIC_DROP_STALE_OR_UNROUTABLE, FABRIC_POINT_TO_ENDPOINT);
	if (unlikely(dead_end(FABRIC_OUTPUT_ENDPOINT, id)))
		return drop_for(skb, p, FABRIC_DROP_EP_NOT_READY, FABRIC_POINT_TO_ENDPOINT);
	if (unlikely(p->hop_limit <= 1))
		return expired(skb, p, FABRIC_POINT_TO_ENDPOINT);
	if (unlikely(p->hop_by_hop || too_large(skb, p, e->mtu)))
		return to_kernel(skb);
	if (decrement_hop_limit(skb, p, complete))
		return drop_for(skb, p, FABRIC_DROP_WRITE_ERROR, FABRIC_POINT_TO_ENDPOINT);
	data = (void *)(long)skb->data;
	end = (void *)(long)skb->data_end;
	if (data + ETHERNET_HEADER > end)
		return drop_for(skb, p, FABRIC_DROP_WRITE_ERROR, FABRIC_POINT_TO_ENDPOINT);
	__builtin_memcpy(data, e->mac, 6);
	__builtin_memcpy(data + 6, e->host_mac, 6);
	if (unlikely(e->flags & FABRIC_ENDPOINT_NO_PEER)) {
		skb->tc_index = JUDGED;
		return bpf_redirect(e->ifindex, 0);
	}
	return bpf_redirect_peer(e->ifindex, 0);
}

static __always_inline int deliver_nexthop(struct __sk_buff *skb, struct packet *p, __u32 id, int complete)
{
	const struct fabric_nexthop *n = nexthop_by_id(id);
	struct bpf_redir_neigh neighbour = {};
	const struct fabric_address *address;

	if (unlikely(!n))
		return drop_for(skb, p, FABRIC_DROP_STALE_OR_UNROUTABLE, FABRIC_POINT_TO_NETWORK);
	if (unlikely(dead_end(FABRIC_OUTPUT_NEXTHOP, id)))
		return drop_for(skb, p, FABRIC_DROP_FIB_LOOKUP_FAILED, FABRIC_POINT_TO_NETWORK);
	if (unlikely(p->hop_limit <= 1))
		return expired(skb, p, FABRIC_POINT_TO_NETWORK);
	if (unlikely(p->hop_by_hop || too_large(skb, p, n->mtu)))
		return to_kernel(skb);
	if (decrement_hop_limit(skb, p, complete))
		return drop_for(skb, p, FABRIC_DROP_WRITE_ERROR, FABRIC_POINT_TO_NETWORK);
	address = n->flags & FABRIC_NEXTHOP_ON_LINK ? &p->destination : &n->gateway;
	if (n->flags & FABRIC_NEXTHOP_ON_LINK ? p->family == FABRIC_FAMILY_IPV4 :
	                                        n->flags & FABRIC_NEXTHOP_GATEWAY_IPV4) {
		neighbour.nh_family = 2 /* AF_INET */;
		neighbour.ipv4_nh = address->words[1] >> 32;
	} else {
		neighbour.nh_family = 10 /* AF_INET6 */;
		__builtin_memcpy(neighbour.ipv6_nh, address, 16);
	}
	skb->tc_index = JUDGED;
	return bpf_redirect_neigh(n->ifindex, &neighbour, sizeof(neighbour), 0);
}

static __always_inline int deliver(struct __sk_buff *skb, struct packet *p, __u8 output, __u32 target, int complete)
{
	if (output == FABRIC_OUTPUT_ENDPOINT)
		return deliver_endpoint(skb, p, target, complete);
	if (output == FABRIC_OUTPUT_NEXTHOP)
		return deliver_nexthop(skb, p, target, complete);
	if (output == FABRIC_OUTPUT_STACK)
		return to_kernel(skb);
	return drop_for(skb, p, FABRIC_DROP_STALE_OR_UNROUTABLE, FABRIC_POINT_TO_STACK);
}

#endif
