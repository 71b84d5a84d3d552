/* A program, and what it took: from a small process, for what a child inherits of its parent's memory counts as its own. */
#include "load.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int run_run(const struct options *o)
{
	uint64_t start, wall;
	struct rusage usage;
	int child, status, nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

	enter_namespace(o->client);
	start = now_ns();
	child = fork();
	if (child < 0 || nothing < 0)
		die("fork");
	if (!child) {
		dup2(nothing, 0);
		dup2(nothing, 1);
		execvp(o->command[0], o->command);
		die(o->command[0]);
	}
	while (wait4(child, &status, 0, &usage) < 0)
		if (errno != EINTR)
			die("wait");
	wall = now_ns() - start;
	printf("{\"code\":%d,\"wall_ns\":%lu,\"cpu_ns\":%lu,\"memory_bytes\":%lu}\n",
	       WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), wall,
	       (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000 +
	               (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000,
	       usage.ru_maxrss * 1024);
	return 0;
}
