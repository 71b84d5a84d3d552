/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
#ifndef FABRIC_CONFIG_H
#define FABRIC_CONFIG_H

#include "types.h"

/* Map `active`, one entry, mmap-able: what is in force now. Written as one aligned 64-bit store and
 * read once per packet, so that a policy change takes effect on the whole node at one instant. */
struct fabric_active {
	__u32 revision; /* never reused; a flow judged at another revision is judged again */
	__u32 bank;     /* 0 or 1: which of the two banks of compiled policy is in force */
};
_Static_assert(sizeof(struct fabric_active) == 8, "active is one atomic word");

/* Index into fabric_config.timeout. Cilium's bpf-ct-timeout-* are the defaults. */
enum fabric_timeout {
	FABRIC_TIMEOUT_ANY = 0,     /* UDP, ICMP and all else: 60 s */
	FABRIC_TIMEOUT_TCP_SYN = 1, /* not yet established: 60 s */
	FABRIC_TIMEOUT_TCP = 2,     /* established: 8000 s */
	FABRIC_TIMEOUT_TCP_FIN = 3, /* closing: 10 s */
	FABRIC_TIMEOUTS = 4,
};

/* Map `config`, one entry. All times in nanoseconds. */
struct fabric_config {
	__u64 timeout[FABRIC_TIMEOUTS];
	__u64 event_interval;  /* an active flow is reported this often (monitor aggregation, 5 s) */
	__u32 history_slots;   /* events kept per CPU, a power of two */
	__u32 cpus;            /* possible CPUs: stride of the observers map */
	__u64 boot_id;         /* random, made at the first install: names this node's history */
	__u64 health_interval; /* a next hop or pod that is sent to is looked at this often; 0: never */
	__u64 reserved[5];
};
_Static_assert(sizeof(struct fabric_config) == 104, "config layout");

#endif
