/* UDP datagrams from one socket, as fast as it goes or at a pace. */
#include "load.h"

#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#define BATCH 64

static void receive(const struct options *o, int fd, void *context)
{
	static char buffers[BATCH][2048];
	struct mmsghdr messages[BATCH] = {};
	struct iovec vectors[BATCH];
	volatile uint64_t *received = context;

	(void)o;
	for (int i = 0; i < BATCH; i++) {
		vectors[i] = (struct iovec){ buffers[i], sizeof(buffers[i]) };
		messages[i].msg_hdr.msg_iov = &vectors[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	for (;;) {
		int got = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);

		if (got > 0)
			*received += got;
	}
}

int run_flood(const struct options *o)
{
	struct sockaddr_storage addresses[BATCH];
	struct mmsghdr messages[BATCH] = {};
	struct iovec vector;
	volatile uint64_t *received = shared(sizeof(*received));
	uint64_t sent = 0, failed = 0, start, end, elapsed;
	int server = 0, fd, room = 8 << 20;

	if (o->server) {
		enter_namespace(o->server);
		fd = server_socket(o);
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
		server = start_server(o, receive, fd, (void *)received);
		close(fd);
	}
	enter_namespace(o->client);
	stay_on_cpu(o->client_cpu);
	fd = o->random ? socket(o->to.family, SOCK_DGRAM | SOCK_CLOEXEC, 0) : client_socket(o);
	if (fd < 0)
		die("socket");
	vector = (struct iovec){ calloc(1, o->size), o->size };
	for (int i = 0; i < BATCH; i++) {
		messages[i].msg_hdr.msg_iov = &vector;
		messages[i].msg_hdr.msg_iovlen = 1;
		if (o->random) {
			messages[i].msg_hdr.msg_name = &addresses[i];
			messages[i].msg_hdr.msg_namelen = address_of(&o->to, o->port, &addresses[i]);
		}
	}
	start = now_ns();
	end = start + (uint64_t)(o->seconds * 1e9);
	while (sent + failed < o->count && now_ns() < end) {
		int batch = o->count - sent - failed < BATCH ? o->count - sent - failed : BATCH, got;

		/* At a pace, no batch is larger than a millisecond's worth. */
		if (o->rate > 0) {
			if (batch > 1 + o->rate / 1000)
				batch = 1 + o->rate / 1000;
			sleep_until(start + (uint64_t)((sent + failed) / o->rate * 1e9));
		}
		if (o->random)
			for (int i = 0; i < batch; i++) /* IPv4 and IPv6 addresses have the port in the same place */
				((struct sockaddr_in6 *)&addresses[i])->sin6_port = random64() >> 48 | htons(1);
		got = sendmmsg(fd, messages, batch, 0);
		if (got > 0)
			sent += got;
		else
			failed++;
	}
	elapsed = now_ns() - start;
	if (server) {
		usleep(100000);
		stop_server(server);
	}
	printf("{\"sent\":%lu,\"failed\":%lu,\"received\":%lu,\"seconds\":%.3f,\"sent_per_second\":%.0f,\"received_per_"
	       "second\":%.0f,"
	       "\"ns_per_packet\":%.1f}\n",
	       sent, failed, *received, elapsed / 1e9, sent / (elapsed / 1e9), *received / (elapsed / 1e9),
	       sent ? (double)elapsed / sent : 0);
	return sent ? 0 : 1;
}
