/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* The maps. Sizes marked with * are the defaults of settings and are set before the object is loaded. */
#ifndef LIB_MAPS_H
#define LIB_MAPS_H

#include "common.h"

#define MAP(name_, type_, key_, value_, entries_, flags_) \
	struct {                                          \
		__uint(type, type_);                      \
		__type(key, key_);                        \
		__type(value, value_);                    \
		__uint(max_entries, entries_);            \
		__uint(map_flags, flags_);                \
	} name_ SEC(".maps")

/* What is in force, and settings. */
MAP(active, BPF_MAP_TYPE_ARRAY, __u32, struct fabric_active, 1, BPF_F_MMAPABLE);
MAP(config, BPF_MAP_TYPE_ARRAY, __u32, struct fabric_config, 1, 0);

/* Compiled from the documents. */
MAP(endpoints, BPF_MAP_TYPE_ARRAY, __u32, struct fabric_endpoint, FABRIC_ENDPOINT_SLOTS, 0);
MAP(devices, BPF_MAP_TYPE_HASH, __u32, struct fabric_device, 2048, 0);
MAP(addresses, BPF_MAP_TYPE_HASH, struct fabric_address_key, struct fabric_address_value, 16384 /* * */, 0);
MAP(prefixes, BPF_MAP_TYPE_LPM_TRIE, struct fabric_prefix_key, struct fabric_prefix_value, 16384 /* * */,
    BPF_F_NO_PREALLOC);
MAP(policies, BPF_MAP_TYPE_LPM_TRIE, struct fabric_policy_key, struct fabric_policy_value, 1 << 20, BPF_F_NO_PREALLOC);
MAP(routes, BPF_MAP_TYPE_LPM_TRIE, struct fabric_prefix_key, struct fabric_route, 16384 /* * */, BPF_F_NO_PREALLOC);
MAP(groups, BPF_MAP_TYPE_ARRAY, __u32, struct fabric_group, FABRIC_GROUP_SLOTS, 0);
MAP(nexthops, BPF_MAP_TYPE_ARRAY, __u32, struct fabric_nexthop, FABRIC_NEXTHOP_SLOTS, 0);

/* Written by the packet path. */
MAP(flows, BPF_MAP_TYPE_LRU_HASH, struct fabric_flow_key, struct fabric_flow, 65536 /* * */, 0);
MAP(halfopen, BPF_MAP_TYPE_LRU_HASH, struct fabric_flow_key, struct fabric_flow, 8192 /* * */, 0);
MAP(denied_flows, BPF_MAP_TYPE_LRU_HASH, struct fabric_flow_key, struct fabric_denied, 4096 /* * */, 0);
MAP(fragments, BPF_MAP_TYPE_LRU_HASH, struct fabric_fragment_key, struct fabric_fragment, 2048 /* * */, 0);
MAP(history, BPF_MAP_TYPE_ARRAY, __u32, struct fabric_event, 32768 /* * */, BPF_F_MMAPABLE);
MAP(history_position, BPF_MAP_TYPE_ARRAY, __u32, struct fabric_history_position, 1 /* possible CPUs */, BPF_F_MMAPABLE);
MAP(table_counters, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, struct fabric_table_counter, FABRIC_TABLES, 0);
MAP(health, BPF_MAP_TYPE_ARRAY, __u32, struct fabric_health, FABRIC_HEALTH_SLOTS, 0);
MAP(metrics, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, struct fabric_metric, FABRIC_METRICS, 0);

/* Live observers: slot * CPUs + CPU, and a bit for each slot in use. */
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
	__uint(max_entries, FABRIC_OBSERVERS /* times possible CPUs */);
} observers SEC(".maps");
MAP(observer_slots, BPF_MAP_TYPE_ARRAY, __u32, __u64, 1, BPF_F_MMAPABLE);

static __always_inline const struct fabric_config *settings(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&config, &zero);
}

/* What is in force, read at once: one word, of which nothing may be read twice. */
static __always_inline struct fabric_active active_now(void)
{
	__u32 zero = 0;
	const struct fabric_active *a = bpf_map_lookup_elem(&active, &zero);
	struct fabric_active now = {};
	__u64 word;

	if (a) {
		word = READ_ONCE(*(const __u64 *)a);
		__builtin_memcpy(&now, &word, sizeof(now));
	}
	return now;
}

static __always_inline __u32 active_revision(void)
{
	__u32 zero = 0;
	const struct fabric_active *a = bpf_map_lookup_elem(&active, &zero);

	return a ? READ_ONCE(a->revision) : 0;
}

static __always_inline const struct fabric_endpoint *endpoint_by_id(__u32 id)
{
	__u32 slot = id % FABRIC_ENDPOINT_SLOTS;
	const struct fabric_endpoint *e = bpf_map_lookup_elem(&endpoints, &slot);

	return e && id && e->id == id ? e : NULL;
}

static __always_inline const struct fabric_nexthop *nexthop_by_id(__u32 id)
{
	__u32 slot = id % FABRIC_NEXTHOP_SLOTS;
	const struct fabric_nexthop *n = bpf_map_lookup_elem(&nexthops, &slot);

	return n && id && n->id == id ? n : NULL;
}

static __always_inline void table_count(__u32 table, __u64 inserted, __u64 removed)
{
	struct fabric_table_counter *c = bpf_map_lookup_elem(&table_counters, &table);

	if (c) {
		c->inserted += inserted;
		c->removed += removed;
	}
}

static __always_inline const struct fabric_address_value *address_find(const struct fabric_address *address,
                                                                       __u8 family)
{
	struct fabric_address_key key = { .address = *address, .family = family };

	return bpf_map_lookup_elem(&addresses, &key);
}

static __always_inline void prefix_key(struct fabric_prefix_key *key, const struct fabric_address *address, __u8 family,
                                       __u8 bank)
{
	key->prefixlen = FABRIC_PREFIX_BITS + 128;
	key->bank = bank;
	key->family = family;
	__builtin_memcpy(key->address, address, 16);
	key->reserved[0] = key->reserved[1] = 0;
}

static __always_inline const struct fabric_route *route_find(const struct fabric_address *address, __u8 family)
{
	struct fabric_prefix_key key;

	prefix_key(&key, address, family, 0);
	return bpf_map_lookup_elem(&routes, &key);
}

#endif
