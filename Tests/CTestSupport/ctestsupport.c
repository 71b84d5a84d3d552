#define _GNU_SOURCE
#include "ctestsupport.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

/* A fork of a process with threads may inherit a lock that nobody will release: better dead than waiting for ever. */
static void run(ctest_body body, void *context)
{
	alarm(30);
	body(context);
	_exit(0);
}

int ctest_fork(ctest_body body, void *context)
{
	pid_t child = fork();

	if (child < 0)
		return -errno;
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		run(body, context);
	}
	return child;
}

long ctest_find(const void *whole, unsigned long length, const void *part, unsigned long part_length)
{
	const char *found = memmem(whole, length, part, part_length);

	return found ? found - (const char *)whole : -1;
}

static int stopped(pid_t child, int *status)
{
	while (waitpid(child, status, __WALL) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFSTOPPED(*status) ? 1 : 0;
}

int ctest_fork_killed_at(ctest_body body, void *context, long stop)
{
	int status, more, signal;
	pid_t child = fork();

	if (child < 0)
		return -errno;
	if (child == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			_exit(99);
		raise(SIGSTOP);
		run(body, context);
	}
	more = stopped(child, &status);
	if (more <= 0)
		return more < 0 ? more : -ECHILD;
	ptrace(PTRACE_SETOPTIONS, child, NULL, (void *)(uintptr_t)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL));
	for (signal = 0; stop > 0;) {
		if (ptrace(PTRACE_SYSCALL, child, NULL, (void *)(uintptr_t)signal))
			return -errno;
		more = stopped(child, &status);
		if (more <= 0)
			return more < 0 ? more : (WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -ECHILD);
		signal = 0;
		if (WSTOPSIG(status) == (SIGTRAP | 0x80))
			stop--;
		else
			signal = WSTOPSIG(status);
	}
	kill(child, SIGKILL);
	more = stopped(child, &status);
	return more < 0 ? more : 1;
}
