/* One TCP stream, and how much of all CPUs' time it took. */
#include "load.h"

#include <stdlib.h>
#include <unistd.h>

#define CHUNK (256 << 10)

static void sink(const struct options *o, int fd, void *context)
{
	volatile uint64_t *received = context;
	char *buffer = malloc(CHUNK);

	(void)o;
	fd = accept(fd, NULL, NULL);
	for (ssize_t got; buffer && (got = read(fd, buffer, CHUNK)) > 0;)
		*received += got;
}

/* Seconds that all CPUs together were busy since boot. */
static double busy(void)
{
	unsigned long long user, nice, system, idle, wait, irq, softirq, steal;
	FILE *file = fopen("/proc/stat", "r");

	if (!file)
		die("/proc/stat");
	if (fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system, &idle, &wait, &irq,
	           &softirq, &steal) != 8)
		die("/proc/stat");
	fclose(file);
	return (double)(user + nice + system + irq + softirq) / sysconf(_SC_CLK_TCK);
}

int run_stream(const struct options *options)
{
	struct options o = *options;
	volatile uint64_t *received = shared(sizeof(*received));
	char *buffer = calloc(1, CHUNK);
	uint64_t sent = 0, start, end, elapsed;
	double used;
	int server, fd;

	o.protocol = IPPROTO_TCP;
	enter_namespace(o.server);
	fd = server_socket(&o);
	server = start_server(&o, sink, fd, (void *)received);
	close(fd);
	enter_namespace(o.client);
	stay_on_cpu(o.client_cpu);
	fd = client_socket(&o);
	if (fd < 0 || !buffer)
		die("connect");
	start = now_ns();
	used = busy();
	end = start + (uint64_t)(o.seconds * 1e9);
	while (sent < o.count * (uint64_t)CHUNK && now_ns() < end) {
		ssize_t more = send(fd, buffer, CHUNK, MSG_NOSIGNAL);

		if (more <= 0)
			break;
		sent += more;
	}
	elapsed = now_ns() - start;
	used = busy() - used;
	stop_server(server);
	printf("{\"sent\":%lu,\"received\":%lu,\"seconds\":%.3f,\"gbit_per_second\":%.3f,\"cpu_seconds_per_gbit\":%.4f}"
	       "\n",
	       sent, *received, elapsed / 1e9, *received * 8.0 / elapsed,
	       *received ? used / (*received * 8.0 / 1e9) : 0);
	return *received ? 0 : 1;
}
