/* Round trips. Both ends on one CPU see what the path costs, not how long a wake-up of another CPU takes. */
#include "load.h"

#include <stdlib.h>
#include <unistd.h>

#define SAMPLES 4000000

static void echo(const struct options *o, int fd, void *context)
{
	struct sockaddr_storage from;
	static char buffer[65536];

	(void)context;
	if (o->protocol == IPPROTO_TCP) {
		fd = accept(fd, NULL, NULL);
		if (fd < 0)
			die("accept");
		no_delay(fd);
	}
	for (;;) {
		socklen_t length = sizeof(from);
		ssize_t got;

		if (o->protocol == IPPROTO_TCP) {
			got = read(fd, buffer, sizeof(buffer));
			if (got <= 0 || write(fd, buffer, got) != got)
				return;
		} else {
			got = recvfrom(fd, buffer, sizeof(buffer), 0, (struct sockaddr *)&from, &length);
			if (got >= 0)
				sendto(fd, buffer, got, 0, (struct sockaddr *)&from, length);
		}
	}
}

/* One round trip: 1 done, 0 nothing came back, -1 the connection is gone. */
static int exchange(const struct options *o, int fd, char *buffer)
{
	ssize_t got = 0;

	if (send(fd, buffer, o->size, MSG_NOSIGNAL) != o->size)
		return o->protocol == IPPROTO_TCP ? -1 : 0;
	while (got < o->size) {
		ssize_t more = recv(fd, buffer + got, o->size - got, 0);

		if (more <= 0)
			return more < 0 && errno == EAGAIN ? 0 : o->protocol == IPPROTO_TCP ? -1 : 0;
		got += more;
		if (o->protocol != IPPROTO_TCP)
			return 1;
	}
	return 1;
}

int run_rr(const struct options *o)
{
	uint32_t *samples = malloc(SAMPLES * sizeof(*samples));
	struct timeval patience = { .tv_sec = 1 };
	static char buffer[65536];
	uint64_t done = 0, lost = 0, start, end;
	int server, fd;

	if (!samples)
		die("allocate");
	enter_namespace(o->server);
	fd = server_socket(o);
	server = start_server(o, echo, fd, NULL);
	close(fd);
	enter_namespace(o->client);
	stay_on_cpu(o->client_cpu);
	fd = client_socket(o);
	if (fd < 0)
		die("connect");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	no_delay(fd);
	/* The first ones resolve neighbours and make flows. */
	for (int i = 0; i < 20; i++)
		exchange(o, fd, buffer);
	start = now_ns();
	end = start + (uint64_t)(o->seconds * 1e9);
	for (uint64_t before = start, after; before < end && done + lost < o->count; before = after) {
		int result = exchange(o, fd, buffer);

		after = now_ns();
		if (result < 0)
			break;
		if (!result)
			lost++;
		else if (done < SAMPLES)
			samples[done++] = after - before > UINT32_MAX ? UINT32_MAX : after - before;
		else
			break;
	}
	stop_server(server);
	qsort(samples, done, sizeof(*samples), by_value);
	printf("{\"count\":%lu,\"lost\":%lu,\"p50_ns\":%u,\"p99_ns\":%u,\"min_ns\":%u}\n", done, lost,
	       done ? samples[done / 2] : 0, done ? samples[done * 99 / 100] : 0, done ? samples[0] : 0);
	return done ? 0 : 1;
}
