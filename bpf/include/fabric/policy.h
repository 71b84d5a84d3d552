/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
#ifndef FABRIC_POLICY_H
#define FABRIC_POLICY_H

#include "types.h"

/* Peer of the entries that match whoever the far end is. */
#define FABRIC_PEER_ANY 0

/* Key of the LPM map `policies`: what a compiled policy says of a peer, a protocol and a port. Policy, peer and direction always match;
 * prefixlen goes on over the protocol (8 bits) and the port (16 bits), so that the longest match is the narrowest entry. */
struct fabric_policy_key {
	__u32 prefixlen; /* bits, host order: FABRIC_POLICY_BITS, + 8 with the protocol, + 8 + n with n bits of the port */
	__u32 policy; /* id of a compiled policy; never 0, never given twice: its entries do not change once it is in force */
	__u32 peer;     /* fabric_address_value.peer or fabric_prefix_value.peer of the far end, or FABRIC_PEER_ANY */
	__u8 direction; /* enum fabric_direction, of the pod that the policy is for */
	__u8 protocol;  /* IP protocol number */
	__u16 port;     /* the responder's, network order; ICMP: type in the first byte in memory, code in the second */
	__u32 reserved; /* 0 */
};
_Static_assert(sizeof(struct fabric_policy_key) == 20, "policy key layout");
/* In the kernel's trie the value comes behind the key without its prefixlen, and an atomic addition to what lies in two cache lines stops the
 * whole machine for a microsecond. */
_Static_assert((sizeof(struct fabric_policy_key) - 4) % 8 == 0, "the value is aligned");
#define FABRIC_POLICY_BITS 72 /* policy, peer, direction */

enum fabric_policy_verdict {
	FABRIC_POLICY_ALLOW = 1,
	FABRIC_POLICY_DENY = 2,
};

/* Of the peer's own entry and the one for any peer, that of the higher precedence decides; of two equal ones the peer's own.
 * A compiled policy has an entry for any peer of FABRIC_POLICY_BITS for each direction, so that one is always found. */
struct fabric_policy_value {
	__u32 rule;       /* number of the deciding rule, or of the set of policies that isolate the pod */
	__u32 precedence; /* the higher decides */
	__u8 verdict;     /* enum fabric_policy_verdict */
	__u8 is_default;  /* denied because nothing allows it, not by a rule of its own */
	__u8 reserved[6];
	__u64 packets; /* packets that were judged by it: the first of each flow, and all that are denied */
};
_Static_assert(sizeof(struct fabric_policy_value) == 24, "policy value layout");

#endif
