/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
#ifndef FABRIC_EVENT_H
#define FABRIC_EVENT_H

#include "types.h"

/* Hubble's event types (flow.proto, MonitorAPI numbers). */
enum fabric_event_type {
	FABRIC_EVENT_DROP = 1,
	FABRIC_EVENT_TRACE = 4,
};

/* Hubble's trace observation points. */
enum fabric_point {
	FABRIC_POINT_TO_ENDPOINT = 0,
	FABRIC_POINT_TO_STACK = 3,
	FABRIC_POINT_FROM_ENDPOINT = 5,
	FABRIC_POINT_FROM_NETWORK = 10,
	FABRIC_POINT_TO_NETWORK = 11,
};

enum fabric_verdict {
	FABRIC_VERDICT_FORWARDED = 1,
	FABRIC_VERDICT_DROPPED = 2,
};

enum fabric_direction {
	FABRIC_DIRECTION_UNKNOWN = 0,
	FABRIC_DIRECTION_INGRESS = 1,
	FABRIC_DIRECTION_EGRESS = 2,
};

/* Why a trace event was written (Hubble's trace reasons). */
enum fabric_trace {
	FABRIC_TRACE_UNKNOWN = 0,
	FABRIC_TRACE_NEW = 1,
	FABRIC_TRACE_ESTABLISHED = 2,
	FABRIC_TRACE_REPLY = 3,
	FABRIC_TRACE_RELATED = 4,
};

/* One flow event, in the history ring and in the observers' perf buffers. */
struct fabric_event {
	__u64 sequence; /* per CPU, from 1; 0 while it is being written */
	__u64 time;     /* ns, CLOCK_MONOTONIC */
	struct fabric_address source;
	struct fabric_address destination;
	__u32 source_identity;
	__u32 destination_identity;
	__u32 source_endpoint; /* id of a local endpoint, or 0 */
	__u32 destination_endpoint;
	__u16 source_port; /* network order; ICMP: type in the low byte in memory, code in the high */
	__u16 destination_port;
	__u8 family; /* enum fabric_family, 0 when the packet is neither */
	__u8 protocol;
	__u8 tcp_flags; /* of this packet, as in byte 13 of the TCP header */
	__u8 type;      /* enum fabric_event_type */
	__u8 point;     /* enum fabric_point: where it was seen, or was going */
	__u8 reason;    /* enum fabric_drop, for drops */
	__u8 verdict;   /* enum fabric_verdict */
	__u8 trace;     /* enum fabric_trace */
	__u32 length;   /* bytes on the wire without the link header */
	__u32 nexthop;  /* id, or 0 */
	__u32 ifindex;  /* device it came in by */
	__u32 egress_rule;
	__u32 ingress_rule;
	__u32 revision;
	__u16 cpu;
	__u8 is_reply;    /* 0 request, 1 reply, 2 unknown */
	__u8 direction;   /* enum fabric_direction */
	__u32 flow_label; /* IPv6, host order */
	__u32 packets;    /* how many packets this event stands for (repeats of a cached drop included) */
	__u8 hop_limit;
	__u8 source_mac[6]; /* zero where the packet carries no Ethernet header yet */
	__u8 destination_mac[6];
	__u8 reserved[3];
};
_Static_assert(sizeof(struct fabric_event) == 128, "event layout");

/* Map `history_position` (array per CPU, mmap-able). */
struct fabric_history_position {
	__u64 next;       /* sequence number of the newest event written or being written */
	__u64 suppressed; /* events of drops and new flows that were not written because of the rate limit */
	__u64 lost;       /* events an observer had no room for */
	__u64 window;     /* rate limit: start of the present window, ns */
	__u64 drops;      /* rate limit: drop events in the present window */
	__u64 flows;      /* rate limit: events of new flows in the present window */
	__u64 reserved[2];
};
_Static_assert(sizeof(struct fabric_history_position) == 64, "history position layout");

#define FABRIC_OBSERVERS 16

/* Map `metrics` (per-CPU array): index is reason * 4 + direction; reason 0 counts forwarded packets. */
struct fabric_metric {
	__u64 packets;
	__u64 bytes;
};
#define FABRIC_METRICS 1024

/* Index into the map `table_counters` (per-CPU array). */
enum fabric_table {
	FABRIC_TABLE_FLOWS = 0,
	FABRIC_TABLE_HALFOPEN = 1,
	FABRIC_TABLE_DENIED = 2,
	FABRIC_TABLE_FRAGMENTS = 3,
	FABRIC_TABLES = 4,
};

/* What was put into a table and taken out again by the programs. What the kernel evicted from a full table is the rest: inserted - removed -
 * entries that are in it. (A fragment that comes twice counts twice.) */
struct fabric_table_counter {
	__u64 inserted;
	__u64 removed;
};
_Static_assert(sizeof(struct fabric_table_counter) == 16, "table counter layout");

#endif
