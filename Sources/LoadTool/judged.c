/* When a command's change is in force: datagrams pass before it and not after, or the other way round. Sender and receiver are one process, so
 * that what has arrived by the time that sending is done has passed. */
#include "load.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define INTERVAL 50000         /* ns between datagrams */
#define SETTLED (20 * 1000000) /* ns that a new state must hold */

/* Whether a datagram passes. */
static int passes(int client, int server)
{
	char byte = 0;
	int got = 0;

	/* Also takes away the error that came back of the one before. */
	if (send(client, &byte, 1, MSG_NOSIGNAL) != 1)
		send(client, &byte, 1, MSG_NOSIGNAL);
	while (recv(server, &byte, 1, MSG_DONTWAIT) == 1)
		got = 1;
	return got;
}

static int start(const struct options *o)
{
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC), child = fork();

	if (child < 0 || nothing < 0)
		die("fork");
	if (child)
		return child;
	dup2(nothing, 0);
	dup2(nothing, 1);
	enter_namespace(o->node);
	execvp(o->command[0], o->command);
	die(o->command[0]);
}

int run_judged(const struct options *o)
{
	uint64_t begun, wall = 0, changed = 0, end, next;
	int server, client, child, status = 0, before = 0;
	struct rusage usage = {};

	enter_namespace(o->server);
	server = server_socket(o);
	enter_namespace(o->client);
	client = client_socket(o);
	if (client < 0)
		die("connect");
	/* The first ones resolve neighbours and make the flow. */
	for (int i = 0; i < 400; i++) {
		before = passes(client, server);
		sleep_until(now_ns() + INTERVAL);
	}
	begun = next = now_ns();
	end = begun + (uint64_t)(o->seconds * 1e9);
	child = start(o);
	stay_on_cpu(o->client_cpu);
	for (uint64_t now = begun; now < end && !(wall && changed && now - begun - changed > SETTLED); now = now_ns()) {
		if (passes(client, server) == before)
			changed = 0;
		else if (!changed)
			changed = now - begun;
		if (!wall && wait4(child, &status, WNOHANG, &usage) == child)
			wall = now_ns() - begun;
		/* No datagrams to make up for those of a time without the CPU. */
		next = next + INTERVAL > now ? next + INTERVAL : now + INTERVAL;
		sleep_until(next);
	}
	if (!wall)
		stop_server(child);
	printf("{\"code\":%d,\"judged_ns\":%lu,\"wall_ns\":%lu,\"memory_bytes\":%lu}\n",
	       !wall             ? 124 :
	       WIFEXITED(status) ? WEXITSTATUS(status) :
	                           128 + WTERMSIG(status),
	       changed, wall, usage.ru_maxrss * 1024);
	return wall && changed ? 0 : 1;
}
