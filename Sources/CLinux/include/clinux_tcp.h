/* Sockets of routing protocols: options and packets that Glibc's headers and the kernel's do not agree on or lack. */
#ifndef CLINUX_TCP_H
#define CLINUX_TCP_H

#include <netinet/in.h>
#include <stdint.h>

/* struct tcp_md5sig of linux/tcp.h (RFC 2385): the key for packets to and from one address. A length of 0 takes it away. */
struct clinux_tcp_md5sig {
	uint8_t address[128]; /* sockaddr_in or sockaddr_in6 */
	uint8_t flags;
	uint8_t prefix_length;
	uint16_t key_length;
	int32_t ifindex;
	uint8_t key[80];
};

/* An answer of inet_diag or getsockopt is not needed: only these numbers. */
#define CLINUX_TCP_MD5SIG 14
#define CLINUX_TCP_USER_TIMEOUT 18
#define CLINUX_IP_MINTTL 21
#define CLINUX_IPV6_MINHOPCOUNT 73
#define CLINUX_IP_TOS 1
#define CLINUX_IP_TTL 2
#define CLINUX_IPV6_UNICAST_HOPS 16
#define CLINUX_IPV6_MULTICAST_HOPS 18
#define CLINUX_IPV6_TCLASS 67
#define CLINUX_IPV6_JOIN_GROUP 20

/* struct ipv6_mreq. */
struct clinux_ipv6_group {
	uint8_t address[16];
	int32_t ifindex;
};

/* A raw, non-blocking ICMPv6 socket that gets router solicitations and advertisements alone, with hop limit 255 as
 * RFC 4861 demands, and sends with that. Returns a descriptor or -errno. */
int clinux_router_socket(void);

/* A datagram socket connected to the service manager at NOTIFY_SOCKET (sd_notify(3)). Returns a descriptor or -errno. */
int clinux_notify_socket(const char *path);

/* A non-blocking NETLINK_ROUTE socket that hears of links and addresses of both families. Returns a descriptor or -errno. */
int clinux_link_monitor(void);

/* The same of routes. */
int clinux_route_monitor(void);

#endif
