/* What a test of "killed at any moment" needs: children that can be killed. */
#ifndef CTESTSUPPORT_H
#define CTESTSUPPORT_H

typedef void (*ctest_body)(void *context);

/* Runs body in a forked child, which then exits with 0. Returns its pid, or -errno. */
int ctest_fork(ctest_body body, void *context);

/* Runs body in a forked child and kills it (SIGKILL) at its stop number `stop`, from 1; a child stops where it enters a system
 * call and where it leaves it. Returns 1 when it was killed, 0 when it ended by itself before, or -errno. */
int ctest_fork_killed_at(ctest_body body, void *context, long stop);

#endif
