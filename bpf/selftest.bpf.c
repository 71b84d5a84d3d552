/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* No part of the datapath: what the tests of the module BPF load. Counts packets and reports each to two observers. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

const volatile __u32 selftest_code = 0;
const volatile __u32 selftest_cpus = 1;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} selftest_marks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} selftest_count SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(max_entries, 2);
	__uint(key_size, 4);
	__uint(value_size, 4);
} selftest_observers SEC(".maps");

/* As large as an event of the datapath, so that rings fill alike. */
struct selftest_event {
	__u64 sequence;
	__u32 length;
	__u32 mark;
	__u64 padding[14];
};

SEC("tc")
int selftest(struct __sk_buff *skb)
{
	struct selftest_event event = { .length = skb->len, .mark = skb->mark };
	__u32 cpu = bpf_get_smp_processor_id(), zero = 0, mark = skb->mark;
	__u64 *count = bpf_map_lookup_elem(&selftest_count, &zero);
	__u64 one = 1, *marks = bpf_map_lookup_elem(&selftest_marks, &mark);

	if (marks)
		__sync_fetch_and_add(marks, 1);
	else
		bpf_map_update_elem(&selftest_marks, &mark, &one, BPF_NOEXIST);
	if (count)
		event.sequence = ++*count;
	for (__u32 slot = 0; slot < 2; slot++)
		bpf_perf_event_output(skb, &selftest_observers, slot * selftest_cpus + cpu, &event, sizeof(event));
	return (int)selftest_code;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
