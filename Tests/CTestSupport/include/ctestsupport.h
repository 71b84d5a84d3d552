/* What a test of "killed at any moment" needs: children that can be killed, and programs that can be killed at a chosen system
 * call, or see it fail. */
#ifndef CTESTSUPPORT_H
#define CTESTSUPPORT_H

typedef void (*ctest_body)(void *context);

/* Runs body in a forked child, which then exits with 0. Returns its pid, or -errno. */
int ctest_fork(ctest_body body, void *context);

/* Runs body in a forked child and kills it (SIGKILL) at its stop number `stop`, from 1; a child stops where it enters a system
 * call and where it leaves it. Returns 1 when it was killed, 0 when it ended by itself before, or -errno. */
int ctest_fork_killed_at(ctest_body body, void *context, long stop);

/* A system call of a traced program, as one of its threads enters it. */
struct ctest_call {
	long number;
	unsigned long long arguments[6];
};

/* What becomes of a call; a negative error number makes it fail with that, undone. */
enum {
	CTEST_GO_ON = 0,
	CTEST_KILL = 1,       /* SIGKILL before the kernel has done anything */
	CTEST_KILL_AFTER = 2, /* SIGKILL once it has done all, before the program learns of it */
};

struct ctest_program {
	char *const *arguments; /* the first one is its path */
	char *const *environment;
	int netns, input, output, error;
	/* Asked at each call of each of its threads, while that thread stands still. */
	int (*entered)(void *context, const struct ctest_call *call);
	void *context;
};

/* Runs a program to its end, asking `entered` what is to become of each of its system calls. To be called on a thread that has no other
 * children. Returns its exit code, 128 and the number of the signal that ended it, or -errno. */
int ctest_trace(const struct ctest_program *program);

/* Whether a call may change something outside the process. */
int ctest_changes_state(const struct ctest_call *call);

/* For messages. */
const char *ctest_call_name(const struct ctest_call *call);

/* memmem(3), which Swift does not see: where the part begins, or -1. */
long ctest_find(const void *whole, unsigned long length, const void *part, unsigned long part_length);

#endif
