/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
#ifndef LIB_COMMON_H
#define LIB_COMMON_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "fabric/abi.h"

#ifndef NULL
#define NULL ((void *)0)
#endif
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define READ_ONCE(x) (*(volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile typeof(x) *)&(x) = (v))

/* Verified once, by itself, instead of at each call: keeps the verifier's work (and the fast path's code) small. Such a
 * function takes the context and pointers to structs, which it checks for NULL, and returns a number. */
#define __global __noinline __attribute__((used))

#define ETHERNET_HEADER 14
#define IPV6_HEADER 40
#define IPV4_HEADER 20

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

/* Put in skb->tc_index of every packet that a from_* program has judged and leaves to the kernel or to a device
 * whose own program follows. Both from_* programs overwrite it on every packet, so nothing outside can set it. */
#define JUDGED 0xfab1

/* The pods' gateway: fe80::1 and 169.254.1.1 on the host side of every pod's device. */
#define GATEWAY_HIGH bpf_htobe64(0xfe80000000000000ull)
#define GATEWAY_LOW bpf_htobe64(1)

#define bpf_htobe64(x) __builtin_bswap64(x)

static __always_inline void address_from_ipv4(struct fabric_address *out, __u32 ipv4)
{
	out->words[0] = 0;
	out->words[1] = (__u64)ipv4 << 32 | 0xffff0000u; /* ::ffff:a.b.c.d, as it lies in memory */
}

/* For more than one receiver: a group, or IPv4's broadcast on the link. */
static __always_inline int is_multicast(const struct fabric_address *a, __u8 family)
{
	return family == FABRIC_FAMILY_IPV6 ? (a->words[0] & 0xff) == 0xff :
	                                      (a->words[1] >> 32 & 0xf0) == 0xe0 || a->words[1] >> 32 == 0xffffffff;
}

static __always_inline int is_link_local(const struct fabric_address *a, __u8 family)
{
	return family == FABRIC_FAMILY_IPV6 ? (a->words[0] & 0xc0ff) == 0x80fe : (a->words[1] >> 32 & 0xffff) == 0xfea9;
}

static __always_inline int is_mapped(const struct fabric_address *a)
{
	return a->words[0] == 0 && (a->words[1] & 0xffffffff) == 0xffff0000u;
}

static __always_inline int is_unspecified(const struct fabric_address *a, __u8 family)
{
	return a->words[0] == 0 && (family == FABRIC_FAMILY_IPV6 ? a->words[1] == 0 : a->words[1] >> 32 == 0);
}

static __always_inline int is_loopback(const struct fabric_address *a, __u8 family)
{
	return a->words[0] == 0 &&
	       (family == FABRIC_FAMILY_IPV6 ? a->words[1] == bpf_htobe64(1) : (a->words[1] >> 32 & 0xff) == 127);
}

static __always_inline int is_gateway(const struct fabric_address *a)
{
	return a->words[0] == GATEWAY_HIGH && a->words[1] == GATEWAY_LOW;
}

static __always_inline int address_equal(const struct fabric_address *a, const struct fabric_address *b)
{
	return a->words[0] == b->words[0] && a->words[1] == b->words[1];
}

#endif
