/* Many TCP connections, each with a message on its way there and back: those that must survive what others do. Prints a line when all are
 * open, and the result at the end. */
#include "load.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

struct connection {
	int fd;
	uint64_t messages; /* came back */
	uint64_t last;     /* when the last one did, ns */
	uint64_t gap;      /* longest between two, ns */
	uint64_t due;      /* when the next is to be sent, ns; 0: one is on its way */
};

static void serve(const struct options *o, int listener, void *context)
{
	int poll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN, .data.fd = listener }, events[64];
	static char buffer[65536];

	(void)o;
	(void)context;
	epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
	for (;;) {
		int ready = epoll_wait(poll, events, 64, -1);

		for (int i = 0; i < ready; i++) {
			int fd = events[i].data.fd;
			ssize_t got;

			if (fd == listener) {
				fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
				if (fd < 0)
					continue;
				no_delay(fd);
				event.data.fd = fd;
				epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
				continue;
			}
			got = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
			if (got > 0)
				send(fd, buffer, got, MSG_NOSIGNAL);
			else if (got == 0 || errno != EAGAIN)
				close(fd);
		}
	}
}

static void lose(struct connection *c)
{
	close(c->fd);
	c->fd = -1;
}

int run_hold(const struct options *options)
{
	struct options o = *options;
	struct connection *all = calloc(o.connections, sizeof(*all));
	int server, listener, poll = epoll_create1(EPOLL_CLOEXEC), alive = 0, moved = 0;
	uint64_t start, end, interval, total = 0, least = UINT64_MAX, most = 0, gap = 0, before_last = 0;
	struct epoll_event events[64];
	static char buffer[65536];

	if (!all)
		die("allocate");
	o.protocol = IPPROTO_TCP;
	enter_namespace(o.server);
	listener = server_socket(&o);
	server = start_server(&o, serve, listener, NULL);
	close(listener);
	enter_namespace(o.client);
	stay_on_cpu(o.client_cpu);
	for (int i = 0; i < o.connections; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.ptr = &all[i] };

		all[i].fd = client_socket(&o);
		if (all[i].fd < 0)
			die("connect");
		no_delay(all[i].fd);
		epoll_ctl(poll, EPOLL_CTL_ADD, all[i].fd, &event);
	}
	printf("{\"open\":%d}\n", o.connections);
	fflush(stdout);
	start = now_ns();
	end = start + (uint64_t)(o.seconds * 1e9);
	/* The rate is that of each connection. */
	interval = o.rate > 0 ? (uint64_t)(1e9 / o.rate) : 10000000;
	before_last = end - (end - start) / 5;
	for (int i = 0; i < o.connections; i++)
		all[i].last = start, all[i].due = start + interval * i / o.connections;
	while (now_ns() < end) {
		uint64_t now, next = end;
		int ready;

		now = now_ns();
		for (int i = 0; i < o.connections; i++) {
			if (all[i].fd < 0 || !all[i].due)
				continue;
			if (all[i].due <= now) {
				if (send(all[i].fd, buffer, o.size, MSG_NOSIGNAL) == o.size)
					all[i].due = 0;
				else
					lose(&all[i]);
			} else if (all[i].due < next) {
				next = all[i].due;
			}
		}
		ready = epoll_wait(poll, events, 64, next > now ? (int)((next - now) / 1000000) : 0);
		for (int i = 0; i < ready; i++) {
			struct connection *c = events[i].data.ptr;
			ssize_t got = recv(c->fd, buffer, sizeof(buffer), MSG_DONTWAIT);

			if (got == 0 || (got < 0 && errno != EAGAIN)) {
				lose(c);
				continue;
			}
			if (got < 0)
				continue;
			now = now_ns();
			if (now - c->last > c->gap)
				c->gap = now - c->last;
			c->last = now;
			c->messages++;
			c->due = now + interval;
		}
	}
	for (int i = 0; i < o.connections; i++) {
		struct connection *c = &all[i];

		alive += c->fd >= 0;
		moved += c->last > before_last;
		total += c->messages;
		if (c->messages < least)
			least = c->messages;
		if (c->messages > most)
			most = c->messages;
		if (end - c->last > c->gap)
			c->gap = end - c->last;
		if (c->gap > gap)
			gap = c->gap;
	}
	stop_server(server);
	printf("{\"connections\":%d,\"alive\":%d,\"moving_at_the_end\":%d,\"messages\":%lu,\"least\":%lu,\"most\":%lu,"
	       "\"longest_gap_ms\":%lu}\n",
	       o.connections, alive, moved, total, least, most, gap / 1000000);
	return alive == o.connections ? 0 : 1;
}
