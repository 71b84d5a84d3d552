/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
#ifndef FABRIC_IDENTITY_H
#define FABRIC_IDENTITY_H

#include "types.h"

/* Map `addresses` (hash): exact addresses, of this node's pods, of the node itself, of remote pods and nodes. */
struct fabric_address_key {
	struct fabric_address address;
	__u8 family; /* enum fabric_family */
	__u8 reserved[7];
};
_Static_assert(sizeof(struct fabric_address_key) == 24, "address key layout");

enum fabric_address_kind {
	FABRIC_ADDRESS_REMOTE = 0,   /* a pod or node elsewhere */
	FABRIC_ADDRESS_ENDPOINT = 1, /* a pod of this node */
	FABRIC_ADDRESS_HOST = 2,     /* this node */
};

struct fabric_address_value {
	__u32 identity;
	__u32 endpoint; /* id, for FABRIC_ADDRESS_ENDPOINT */
	__u32 kind;     /* enum fabric_address_kind */
	__u32 peer[2]; /* who it is to compiled policy, per bank: its identity, unless policy tells apart addresses of one identity */
	__u32 reserved;
};
_Static_assert(sizeof(struct fabric_address_value) == 24, "address value layout");

/* Value of the map `prefixes`: addresses that are not known exactly. */
struct fabric_prefix_value {
	__u32 identity;
	__u32 peer; /* as in fabric_address_value, of the bank in the key */
};
_Static_assert(sizeof(struct fabric_prefix_value) == 8, "prefix value layout");

/* Key of the LPM maps `prefixes` (value fabric_prefix_value) and `routes`. Bank and family always match:
 * prefixlen is 16 + the length of the prefix in the 128-bit space (96 more for IPv4). */
struct fabric_prefix_key {
	__u32 prefixlen; /* bits, host order */
	__u8 bank;       /* `prefixes`: bank of compiled policy; `routes`: 0 */
	__u8 family;     /* enum fabric_family */
	__u8 address[16];
	__u8 reserved[2];
};
_Static_assert(sizeof(struct fabric_prefix_key) == 24, "prefix key layout");
#define FABRIC_PREFIX_BITS 16 /* bank and family */

#endif
