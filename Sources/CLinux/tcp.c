#define _GNU_SOURCE
#include "clinux.h"

#include <assert.h>
#include <linux/filter.h>
#include <linux/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static_assert(sizeof(struct clinux_tcp_md5sig) == sizeof(struct tcp_md5sig), "tcp_md5sig");
static_assert(offsetof(struct clinux_tcp_md5sig, key_length) == offsetof(struct tcp_md5sig, tcpm_keylen), "key_length");
static_assert(offsetof(struct clinux_tcp_md5sig, key) == offsetof(struct tcp_md5sig, tcpm_key), "key");
static_assert(CLINUX_TCP_MD5SIG == TCP_MD5SIG, "TCP_MD5SIG");
static_assert(CLINUX_TCP_USER_TIMEOUT == TCP_USER_TIMEOUT, "TCP_USER_TIMEOUT");
static_assert(CLINUX_IPV6_JOIN_GROUP == IPV6_JOIN_GROUP, "IPV6_JOIN_GROUP");
static_assert(CLINUX_IPV6_TCLASS == IPV6_TCLASS, "IPV6_TCLASS");

/* Closes the descriptor unless all went well. */
static int finish(int fd, int ok)
{
	if (ok)
		return fd;
	int code = errno;
	close(fd);
	return -code;
}

int clinux_router_socket(void)
{
	int fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMPV6);
	if (fd < 0)
		return -errno;
	/* A set bit blocks its type: all but 133 and 134. */
	struct icmp6_filter types;
	memset(&types, 0xff, sizeof(types));
	types.data[133 >> 5] &= ~(1U << (133 & 31) | 1U << (134 & 31));
	/* The hop limit, seventh byte of the IPv6 header: what came from beyond the link is no neighbour's. */
	struct sock_filter hop_limit[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, (uint32_t)SKF_NET_OFF + 7),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 255, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { .len = 4, .filter = hop_limit };
	int hops = 255, off = 0;
	return finish(fd, setsockopt(fd, IPPROTO_ICMPV6, ICMPV6_FILTER, &types, sizeof(types)) == 0 &&
	                          setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0 &&
	                          setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &hops, sizeof(hops)) == 0 &&
	                          setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof(hops)) == 0 &&
	                          setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, &off, sizeof(off)) == 0);
}

int clinux_notify_socket(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(path);
	if ((path[0] != '/' && path[0] != '@') || length < 2 || length >= sizeof(address.sun_path))
		return -EINVAL;
	memcpy(address.sun_path, path, length);
	if (path[0] == '@')
		address.sun_path[0] = 0;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
	return finish(fd, connect(fd, (struct sockaddr *)&address, size) == 0);
}

static int monitor(unsigned int groups)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (fd < 0)
		return -errno;
	struct sockaddr_nl address = {
		.nl_family = AF_NETLINK,
		.nl_groups = groups,
	};
	/* What is lost matters not: any message means to look again. */
	int on = 1;
	return finish(fd, setsockopt(fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, &on, sizeof(on)) == 0 &&
	                          bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
}

int clinux_link_monitor(void)
{
	return monitor(RTMGRP_LINK | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_IFADDR);
}

int clinux_route_monitor(void)
{
	return monitor(RTMGRP_IPV6_ROUTE | RTMGRP_IPV4_ROUTE);
}
