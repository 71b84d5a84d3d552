/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
#ifndef FABRIC_ENDPOINT_H
#define FABRIC_ENDPOINT_H

#include "types.h"

/* Slots of the map `endpoints`. An endpoint id is never reused; its slot is id % FABRIC_ENDPOINT_SLOTS,
 * and a slot whose record carries another id is a cleared one. */
#define FABRIC_ENDPOINT_SLOTS 1024

enum fabric_endpoint_flag {
	/* The far end of the device is not a veth peer in another namespace: no bpf_redirect_peer. */
	FABRIC_ENDPOINT_NO_PEER = 1 << 0,
};

/* Map `endpoints` (array): a local pod. A published record is not changed, but cleared (id 0). */
struct fabric_endpoint {
	__u32 id;      /* 0: the slot is free */
	__u32 ifindex; /* host side of the pod's veth */
	__u32 identity;
	__u32 mtu;        /* bytes, IP header included */
	__u32 policy[2];  /* compiled policy, per bank; 0: no policy selects the pod */
	__u8 mac[6];      /* the pod's */
	__u8 host_mac[6]; /* the host side's: the pod's gateway */
	__u32 flags;      /* enum fabric_endpoint_flag */
	__u32 reserved[6];
};
_Static_assert(sizeof(struct fabric_endpoint) == 64, "endpoint layout");

enum fabric_device_kind {
	FABRIC_DEVICE_ENDPOINT = 1,
	FABRIC_DEVICE_UPLINK = 2,
};

/* Map `devices` (hash): interface index in host order -> whose device it is. */
struct fabric_device {
	__u32 endpoint; /* id, for FABRIC_DEVICE_ENDPOINT */
	__u32 kind;     /* enum fabric_device_kind */
};
_Static_assert(sizeof(struct fabric_device) == 8, "device layout");

#endif
