#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "fabric/abi.h"
SEC("tc")
int from_pod(struct __sk_buff *skb)
{
	return skb->len > 0 ? 0 : 2;
}
char LICENSE[] SEC("license") = "Dual BSD/GPL";
