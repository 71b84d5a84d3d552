/* TCP connections, one after another: connect, 1 byte, close. */
#include "load.h"

#include <stdlib.h>
#include <unistd.h>

#define SAMPLES 1000000

static void serve(const struct options *o, int listener, void *context)
{
	(void)o;
	(void)context;
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		char byte = 'x';

		if (fd < 0)
			continue;
		if (send(fd, &byte, 1, MSG_NOSIGNAL) == 1)
			while (recv(fd, &byte, 1, 0) > 0)
				;
		close(fd);
	}
}

int run_connect(const struct options *options)
{
	struct options o = *options;
	uint32_t *samples = malloc(SAMPLES * sizeof(*samples));
	struct timeval patience = { .tv_sec = 3 };
	uint64_t done = 0, failed = 0, start, end, elapsed;
	int server, fd;

	if (!samples)
		die("allocate");
	o.protocol = IPPROTO_TCP;
	enter_namespace(o.server);
	fd = server_socket(&o);
	server = start_server(&o, serve, fd, NULL);
	close(fd);
	enter_namespace(o.client);
	stay_on_cpu(o.client_cpu);
	start = now_ns();
	end = start + (uint64_t)(o.seconds * 1e9);
	while (done + failed < o.count && done < SAMPLES && now_ns() < end) {
		uint64_t before;
		char byte;

		if (o.rate > 0)
			sleep_until(start + (uint64_t)((done + failed) / o.rate * 1e9));
		before = now_ns();
		fd = client_socket(&o);
		if (fd < 0) {
			failed++;
			continue;
		}
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		if (recv(fd, &byte, 1, 0) == 1)
			samples[done++] = now_ns() - before;
		else
			failed++;
		close(fd);
	}
	elapsed = now_ns() - start;
	stop_server(server);
	qsort(samples, done, sizeof(*samples), by_value);
	printf("{\"count\":%lu,\"failed\":%lu,\"seconds\":%.3f,\"per_second\":%.1f,\"p50_ns\":%u,\"p99_ns\":%u,\"max_"
	       "ns\":%u}\n",
	       done, failed, elapsed / 1e9, done / (elapsed / 1e9), done ? samples[done / 2] : 0,
	       done ? samples[done * 99 / 100] : 0, done ? samples[done - 1] : 0);
	return done ? 0 : 1;
}
