/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
#ifndef FABRIC_FLOW_H
#define FABRIC_FLOW_H

#include "types.h"

/* Key of the flow tables: the 5-tuple with its ends in numeric order, so that both directions share one entry.
 * Side 0 is the end with the lower (address, port), compared as the words lie in memory; a packet of side s was
 * sent by that end. Fields are in network order. Of an ICMP echo, who asks has the identifier as its port and who is asked has 0, so that
 * echoes of both ends with one identifier are two flows; other ICMP has type and code (in this order in memory) as both ports; all else
 * without ports carries 0. */
struct fabric_flow_key {
	struct fabric_address address[2];
	__u16 port[2];
	__u8 family;   /* enum fabric_family */
	__u8 protocol; /* IP protocol number */
	__u8 denied;   /* table `denied` only: 1 + side of the initiator. 0 in the other tables */
	__u8 reserved;
};
_Static_assert(sizeof(struct fabric_flow_key) == 40, "flow key layout");

enum fabric_flow_state {
	FABRIC_FLOW_NEW = 0,     /* half-open: only the initiator has sent */
	FABRIC_FLOW_REPLIED = 1, /* half-open: the responder has answered */
	FABRIC_FLOW_ESTABLISHED = 2,
	FABRIC_FLOW_CLOSING = 3, /* FIN of both sides or RST seen */
};

enum fabric_flow_flag {
	/* TCP: made by the initiator's SYN, which a SYN must answer. Otherwise the entry began in the middle. */
	FABRIC_FLOW_OPENED = 1 << 0,
};

/* What becomes of a packet once it is judged. */
enum fabric_output {
	FABRIC_OUTPUT_NONE = 0,
	FABRIC_OUTPUT_STACK = 1,    /* the kernel delivers or forwards it */
	FABRIC_OUTPUT_ENDPOINT = 2, /* target: endpoint id */
	FABRIC_OUTPUT_NEXTHOP = 3,  /* target: next hop id */
};

/* Where packets of a side must come in. Positive: the ifindex of a pod's host-side device. */
#define FABRIC_INPUT_HOST 0
#define FABRIC_INPUT_FABRIC 0xffffffffu

/* One direction: packets sent by one side. 64 bytes. */
struct fabric_flow_half {
	__u64 packets;
	__u64 bytes;                              /* IP length, headers included */
	__u64 last_seen;                          /* ns, CLOCK_MONOTONIC_COARSE */
	__u64 last_event;                         /* ns */
	struct fabric_address translated_address; /* reserved for address translation: all zero, unused */
	__u32 input;                              /* FABRIC_INPUT_* or an ifindex */
	__u32 target;                             /* by output */
	__u16 translated_port;
	__u8 tcp_flags; /* seen in this direction */
	__u8 output;    /* enum fabric_output */
	__u32 tick;     /* jiffies, low half, when the fast path last set last_seen */
};
_Static_assert(sizeof(struct fabric_flow_half) == 64, "flow half layout");

/* Value of the maps `flows` (established) and `halfopen`.
 * The kernel gives an entry's memory to another flow without waiting for programs that still hold it. So whoever has found an entry
 * believes what it read only if the cookie is still that of its key afterwards; the first word, which names the flow by its cookie, is
 * changed by compare-and-exchange alone; and a new judgement replaces the entry instead of being written into it. */
struct fabric_flow {
	__u32 cookie;   /* fabric_flow_cookie of the key */
	__u8 initiator; /* side, 0 or 1 */
	__u8 state;     /* enum fabric_flow_state */
	__u8 flags;     /* enum fabric_flow_flag */
	__u8 reserved0;
	__u32 revision;     /* policy revision it was judged at */
	__u32 created;      /* s, CLOCK_MONOTONIC_COARSE */
	__u32 identity[2];  /* by side */
	__u32 endpoint[2];  /* by side: id of a local endpoint, or 0 */
	__u32 egress_rule;  /* deciding rule at the initiator; 0: not isolated */
	__u32 ingress_rule; /* deciding rule at the responder; 0: not isolated */
	struct fabric_flow_half half[2];
};
/* In the kernel's table 48 bytes and the key come before the value: an entry is four cache lines, of which a packet touches three. The second
 * ends with what both sides share, and each side has one of its own. */
_Static_assert(sizeof(struct fabric_flow) == 168, "flow layout");
_Static_assert(__builtin_offsetof(struct fabric_flow, half) == 40, "the halves have cache lines of their own");
_Static_assert((48 + sizeof(struct fabric_flow_key) + sizeof(struct fabric_flow)) % 64 == 0,
               "entries begin with a cache line");

/* Value of the map `denied_flows`: a flow that policy refuses, so that a flood of it costs one lookup a packet; or what is left of a flow whose
 * pod is gone, so that nothing of it reaches the next pod that has the address. */
struct fabric_denied {
	__u32 revision;  /* 0: of a pod that is gone; FABRIC_DEPARTED after `created` it is forgotten */
	__u32 reason;    /* enum fabric_drop */
	__u32 rule;      /* deciding rule; 0: default deny */
	__u32 direction; /* enum fabric_direction of the policy that refused */
	__u32 identity[2];
	__u32 endpoint[2];
	__u64 packets;
	__u64 bytes;
	__u64 last_event; /* ns */
	__u64 last_seen;  /* ns */
	__u64 created;    /* ns */
};
_Static_assert(sizeof(struct fabric_denied) == 72, "denied layout");
#define FABRIC_DEPARTED 60000000000ull /* ns */

/* Map `fragments`: ports of the first fragment, for the later ones. */
struct fabric_fragment_key {
	struct fabric_address source;
	struct fabric_address destination;
	__u32 identification; /* as on the wire */
	__u8 family;
	__u8 protocol; /* as the fragment header says: of the first header behind it */
	__u16 input; /* low half of the ifindex of the pod's device that sends it; 0 for what does not come from a pod */
};
_Static_assert(sizeof(struct fabric_fragment_key) == 40, "fragment key layout");

struct fabric_fragment {
	__u16 source_port; /* network order */
	__u16 destination_port;
	__u16 header_end; /* offset in the datagram where the L4 header ends: later fragments below it are dropped */
	__u8 protocol;    /* of the L4 header */
	__u8 icmp_type;
	__u64 seen; /* ns */
};
_Static_assert(sizeof(struct fabric_fragment) == 16, "fragment layout");

/* Sets a key from a packet's ends (addresses as in memory, ports in network order).
 * Returns the side that sent the packet. */
static inline __u32 fabric_flow_key_set(struct fabric_flow_key *key, const struct fabric_address *source,
                                        const struct fabric_address *destination, __u16 source_port,
                                        __u16 destination_port, __u8 family, __u8 protocol)
{
	__u32 side = source->words[0] != destination->words[0] ? source->words[0] > destination->words[0] :
	             source->words[1] != destination->words[1] ? source->words[1] > destination->words[1] :
	                                                         source_port > destination_port;

	if (side) {
		key->address[1] = *source;
		key->address[0] = *destination;
		key->port[1] = source_port;
		key->port[0] = destination_port;
	} else {
		key->address[0] = *source;
		key->address[1] = *destination;
		key->port[0] = source_port;
		key->port[1] = destination_port;
	}
	key->family = family;
	key->protocol = protocol;
	key->denied = 0;
	key->reserved = 0;
	return side;
}

/* Tells an entry's memory that has become another flow's: cheap, and no more than that. */
static inline __attribute__((always_inline)) __u32 fabric_flow_cookie(const struct fabric_flow_key *key)
{
	__u64 mixed = (key->address[0].words[1] ^ (key->address[1].words[1] << 1 | key->address[1].words[1] >> 63)) +
	              (key->address[0].words[0] ^ (key->address[1].words[0] << 3 | key->address[1].words[0] >> 61)) +
	              ((__u64)key->port[0] << 48 | (__u64)key->port[1] << 24 | (__u64)key->protocol << 8 | key->family);

	return (__u32)(mixed * 0x9e3779b97f4a7c15ull >> 32);
}

/* A well-mixed 32-bit hash of a flow, which picks its next hop: the same in programs and in commands, which is why it lives here. */
static inline __u32 fabric_flow_hash(const struct fabric_flow_key *key)
{
	const __u64 m = 0x9e3779b97f4a7c15ull;
	__u64 h = key->address[0].words[0] * m;

	h = (h ^ (h >> 29) ^ key->address[0].words[1]) * m;
	h = (h ^ (h >> 31) ^ key->address[1].words[0]) * m;
	h = (h ^ (h >> 29) ^ key->address[1].words[1]) * m;
	h = (h ^ (h >> 31) ^
	     ((__u64)key->port[0] << 32 | (__u64)key->port[1] << 16 | (__u64)key->family << 8 | key->protocol)) *
	    m;
	h = (h ^ (h >> 32)) * m;
	return (__u32)(h >> 32);
}

#endif
