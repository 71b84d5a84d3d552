/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
#ifndef FABRIC_TYPES_H
#define FABRIC_TYPES_H

#include <linux/types.h>

/* An IPv6 address, or an IPv4 address as ::ffff:a.b.c.d: 16 bytes in network order. Declared as two
 * words so that programs compare and hash it without byte loads; the bytes are never swapped. */
struct fabric_address {
	__u64 words[2];
};
_Static_assert(sizeof(struct fabric_address) == 16, "an address is 16 bytes");

/* Part of every key, so that ::/0 can never match ::ffff:0:0/96. */
enum fabric_family {
	FABRIC_FAMILY_IPV4 = 4,
	FABRIC_FAMILY_IPV6 = 6,
};

/* Identities with a fixed meaning: Cilium's numbers (pkg/identity/numericidentity.go). */
enum fabric_identity {
	FABRIC_IDENTITY_UNKNOWN = 0,
	FABRIC_IDENTITY_HOST = 1,
	FABRIC_IDENTITY_WORLD = 2,
	FABRIC_IDENTITY_UNMANAGED = 3,
	FABRIC_IDENTITY_HEALTH = 4,
	FABRIC_IDENTITY_INIT = 5,
	FABRIC_IDENTITY_REMOTE_NODE = 6,
	FABRIC_IDENTITY_KUBE_APISERVER = 7,
	FABRIC_IDENTITY_WORLD_IPV4 = 9,
	FABRIC_IDENTITY_WORLD_IPV6 = 10,
	FABRIC_IDENTITY_FIRST_LABELS = 256,
	FABRIC_IDENTITY_FIRST_CIDR = 1 << 24,
};

#endif
