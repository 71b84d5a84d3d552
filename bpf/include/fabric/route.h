/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
#ifndef FABRIC_ROUTE_H
#define FABRIC_ROUTE_H

#include "types.h"

#define FABRIC_NEXTHOP_SLOTS 256
#define FABRIC_GROUP_SLOTS 256
#define FABRIC_GROUP_NEXTHOPS 16

/* rtm_protocol of every kernel route that fabctl makes: it touches no other. */
#define FABRIC_RTPROT 250

enum fabric_route_kind {
	FABRIC_ROUTE_LOCAL = 1,  /* a pod of this node: the endpoint is found by its address */
	FABRIC_ROUTE_REMOTE = 2, /* by a group of next hops */
	FABRIC_ROUTE_BLACKHOLE = 3,
	FABRIC_ROUTE_UNREACHABLE = 4, /* an address of a local Pod CIDR that no pod has */
};

enum fabric_route_source {
	FABRIC_SOURCE_CONFIG = 1,
	FABRIC_SOURCE_NODE = 2,
	FABRIC_SOURCE_STATIC = 3,
	FABRIC_SOURCE_BGP = 4,
};

enum fabric_route_flag {
	/* The prefix is not the cluster's (a default or connected route): the kernel is asked once per new flow
	 * whether the address is its own. */
	FABRIC_ROUTE_WORLD = 1 << 0,
};

/* Map `routes` (LPM, key fabric_prefix_key). */
struct fabric_route {
	__u8 kind;   /* enum fabric_route_kind */
	__u8 source; /* enum fabric_route_source */
	__u16 flags; /* enum fabric_route_flag */
	__u32 group; /* index into `groups`, for FABRIC_ROUTE_REMOTE */
	__u32 mtu;   /* bytes; 0: the next hop's */
	__u32 reserved;
};
_Static_assert(sizeof(struct fabric_route) == 16, "route layout");

/* Map `groups` (array): equal- or weighted-cost next hops by hash threshold (RFC 2992), as the kernel does. */
struct fabric_group {
	__u32 count;
	__u32 reserved;
	__u32 nexthop[FABRIC_GROUP_NEXTHOPS]; /* ids */
	__u32 bound[FABRIC_GROUP_NEXTHOPS];   /* the last flow hash (31 bits) that takes this next hop; ascending */
};
_Static_assert(sizeof(struct fabric_group) == 136, "group layout");

enum fabric_nexthop_flag {
	FABRIC_NEXTHOP_ON_LINK = 1 << 0, /* no gateway: the destination itself is the neighbour */
	FABRIC_NEXTHOP_GATEWAY_IPV4 =
		1 << 1, /* gateway is v4-mapped; otherwise IPv6, also for IPv4 routes (RFC 5549 style) */
};

/* Map `nexthops` (array). An id is never reused; its slot is id % FABRIC_NEXTHOP_SLOTS. */
struct fabric_nexthop {
	__u32 id;      /* 0: the slot is free */
	__u32 ifindex; /* uplink */
	__u32 mtu;     /* bytes, IP header included */
	__u32 flags;   /* enum fabric_nexthop_flag */
	struct fabric_address gateway;
	__u32 weight;
	__u32 reserved[7];
};
_Static_assert(sizeof(struct fabric_nexthop) == 64, "next hop layout");

#endif
