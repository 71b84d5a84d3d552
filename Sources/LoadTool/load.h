/* Load for measuring and attacking a datapath. Each run is a whole experiment: both ends, in whichever network namespaces they are
 * to be, bounded in time and count; what came of it is one JSON object on standard output. For development only. */
#ifndef LOAD_H
#define LOAD_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

struct prefix {
	int family; /* AF_INET or AF_INET6; 0: not given */
	int length;
	uint8_t bytes[16]; /* IPv4 in the first four */
};

struct options {
	const char *client; /* path of a network namespace; NULL: this one */
	const char *server;
	struct prefix to;
	struct prefix from;
	int port;
	int protocol;    /* IPPROTO_TCP, IPPROTO_UDP or IPPROTO_ICMPV6 (echo, of either family) */
	double seconds;  /* at most 3600 */
	uint64_t count;  /* at most this many */
	double rate;     /* a second; 0: as fast as it goes */
	int size;        /* bytes of payload */
	int connections; /* of `hold` */
	int client_cpu;  /* -1: any */
	int server_cpu;
	int random; /* destination ports at random */
	const char *device;
	uint8_t mac[6];   /* next hop of raw frames */
	const char *node; /* where the command of `judged` runs */
	char **command;   /* of `run` and `judged`, ended by NULL */
};

/* The verbs. Each prints its result and returns the exit code. */
int run_rr(const struct options *o);
int run_flood(const struct options *o);
int run_connect(const struct options *o);
int run_stream(const struct options *o);
int run_hold(const struct options *o);
int run_raw(const struct options *o);
int run_run(const struct options *o);
int run_judged(const struct options *o);

/* Says what failed, with errno, and ends. */
_Noreturn void die(const char *what);
/* Monotonic nanoseconds. */
uint64_t now_ns(void);
void sleep_until(uint64_t ns);
uint64_t random64(void);
void enter_namespace(const char *path);
void stay_on_cpu(int cpu);
/* Memory that a forked end shares, zeroed. */
void *shared(size_t size);

/* A socket address of an address and a port. */
socklen_t address_of(const struct prefix *prefix, int port, struct sockaddr_storage *out);
/* A socket of a verb's protocol, made in a namespace: listening or bound to the destination. */
int server_socket(const struct options *o);
/* One that is connected to the destination; -1 with errno when it cannot be. Call inside the client's namespace. */
int client_socket(const struct options *o);
void no_delay(int fd);

/* Runs `serve` as a process of its own, until stop_server. */
int start_server(const struct options *o, void (*serve)(const struct options *, int, void *), int fd, void *context);
void stop_server(int pid);

int by_value(const void *a, const void *b);

#endif
