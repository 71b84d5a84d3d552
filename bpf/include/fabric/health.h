/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
#ifndef FABRIC_HEALTH_H
#define FABRIC_HEALTH_H

#include "endpoint.h"
#include "route.h"

/* Map `health` (array): whether what is sent to a next hop or a pod can arrive. The packet path itself finds out, at most once in
 * fabric_config.health_interval for each, by asking the kernel of the device and the neighbour. Next hops come first, by slot, then endpoints. */
#define FABRIC_HEALTH_SLOTS (FABRIC_NEXTHOP_SLOTS + FABRIC_ENDPOINT_SLOTS)

/* What programs ask the kernel about: an address for each next hop with an IPv6 gateway, or none, and for each endpoint, of the discard-only
 * prefix (RFC 6666), that the kernel has a route to over just that next hop or device. The rest of 100:0:0:0:fab1::/80 is unreachable: that answer
 * means that the route is not usable now. (bpf_fib_lookup does not answer for link-local addresses.) The low half ends with the id. */
#define FABRIC_HEALTH_HIGH 0x0100000000000000ull
#define FABRIC_HEALTH_NEXTHOP 0xfab1000100000000ull
#define FABRIC_HEALTH_ENDPOINT 0xfab1000200000000ull
#define FABRIC_HEALTH_PREFIX 0xfab1000000000000ull /* of 80 bits */

enum fabric_health_state {
	FABRIC_HEALTH_UNKNOWN = 0,
	FABRIC_HEALTH_UP = 1,
	FABRIC_HEALTH_RESOLVING = 2,  /* the neighbour is not known: what is sent now makes the kernel ask for it */
	FABRIC_HEALTH_UNANSWERED = 3, /* the neighbour was asked for, and did not answer */
	FABRIC_HEALTH_DOWN = 4,       /* the device is down, without carrier, or gone */
};

struct fabric_health {
	__u32 id;      /* of the next hop or endpoint that the rest is about */
	__u32 state;   /* enum fabric_health_state */
	__u64 checked; /* ns, CLOCK_MONOTONIC_COARSE */
	__u64 since;   /* ns: when it came into this state */
	__u64 probe;   /* ns: when a packet last tried a next hop that does not answer */
	__u64 lost;    /* packets dropped because of it, with no other way left */
};
_Static_assert(sizeof(struct fabric_health) == 40, "health layout");

#endif
