#define _GNU_SOURCE
#include "ctestsupport.h"

#include <elf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

/* The thread's system call becomes none, or what it returns another. */
static long set_number(pid_t thread, long number)
{
#if defined(__x86_64__)
	return ptrace(PTRACE_POKEUSER, thread, offsetof(struct user, regs.orig_rax), number);
#elif defined(__aarch64__)
	int value = (int)number;
	struct iovec part = { &value, sizeof(value) };

	return ptrace(PTRACE_SETREGSET, thread, NT_ARM_SYSTEM_CALL, &part);
#endif
}

static long set_result(pid_t thread, long result)
{
#if defined(__x86_64__)
	return ptrace(PTRACE_POKEUSER, thread, offsetof(struct user, regs.rax), result);
#elif defined(__aarch64__)
	struct user_regs_struct registers;
	struct iovec part = { &registers, sizeof(registers) };

	if (ptrace(PTRACE_GETREGSET, thread, NT_PRSTATUS, &part))
		return -1;
	registers.regs[0] = (unsigned long long)result;
	return ptrace(PTRACE_SETREGSET, thread, NT_PRSTATUS, &part);
#endif
}

static void become(const struct ctest_program *program)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (setns(program->netns, CLONE_NEWNET) || dup2(program->input, 0) < 0 || dup2(program->output, 1) < 0 ||
	    dup2(program->error, 2) < 0)
		_exit(126);
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		_exit(126);
	raise(SIGSTOP);
	execve(program->arguments[0], program->arguments, program->environment);
	_exit(127);
}

/* What happens to the one call that was chosen, until it has returned. */
struct fate {
	pid_t thread;
	int act;
};

static void at_call(const struct ctest_program *program, pid_t child, pid_t thread, struct fate *fate)
{
	struct __ptrace_syscall_info info;
	struct ctest_call call = { 0 };

	if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof(info), &info) < 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
		if (fate->thread != thread)
			return;
		fate->thread = 0;
		if (fate->act < 0)
			set_result(thread, fate->act);
		else
			kill(child, SIGKILL);
		return;
	}
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	call.number = (long)info.entry.nr;
	memcpy(call.arguments, info.entry.args, sizeof(call.arguments));
	fate->act = program->entered(program->context, &call);
	if (fate->act == CTEST_KILL)
		kill(child, SIGKILL);
	if (fate->act < 0)
		set_number(thread, -1);
	fate->thread = fate->act < 0 || fate->act == CTEST_KILL_AFTER ? thread : 0;
}

int ctest_trace(const struct ctest_program *program)
{
	long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
	               PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC;
	struct fate fate = { 0 };
	int status, number;
	pid_t child = fork();

	if (child < 0)
		return -errno;
	if (child == 0)
		become(program);
	while (waitpid(child, &status, __WALL) < 0)
		if (errno != EINTR)
			return -errno;
	if (!WIFSTOPPED(status))
		return -ECHILD;
	if (ptrace(PTRACE_SETOPTIONS, child, NULL, (void *)options) || ptrace(PTRACE_SYSCALL, child, NULL, NULL))
		return -errno;
	for (;;) {
		/* Of this thread alone: the process has other children, and other threads that wait for them. */
		pid_t thread = waitpid(-1, &status, __WALL | __WNOTHREAD);

		if (thread < 0 && errno == EINTR)
			continue;
		if (thread < 0)
			return -errno;
		if (!WIFSTOPPED(status)) {
			if (thread != child)
				continue;
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		}
		number = WSTOPSIG(status);
		if (number == (SIGTRAP | 0x80)) {
			at_call(program, child, thread, &fate);
			number = 0;
		} else if (number == SIGTRAP || number == SIGSTOP) {
			number = 0;
		}
		ptrace(PTRACE_SYSCALL, thread, NULL, (void *)(long)number);
	}
}

int ctest_changes_state(const struct ctest_call *call)
{
	switch (call->number) {
	case SYS_bpf:
		switch (call->arguments[0]) {
		case BPF_MAP_LOOKUP_ELEM:
		case BPF_MAP_GET_NEXT_KEY:
		case BPF_MAP_LOOKUP_BATCH:
		case BPF_OBJ_GET:
		case BPF_OBJ_GET_INFO_BY_FD:
		case BPF_PROG_GET_NEXT_ID:
		case BPF_PROG_GET_FD_BY_ID:
		case BPF_MAP_GET_NEXT_ID:
		case BPF_MAP_GET_FD_BY_ID:
		case BPF_LINK_GET_FD_BY_ID:
		case BPF_LINK_GET_NEXT_ID:
		case BPF_PROG_QUERY: return 0;
		default: return 1;
		}
	case SYS_write: return call->arguments[0] > 2;
#ifdef SYS_rename
	case SYS_rename:
	case SYS_unlink:
	case SYS_mkdir:
	case SYS_rmdir:
#endif
	case SYS_renameat:
	case SYS_renameat2:
	case SYS_unlinkat:
	case SYS_mkdirat:
	case SYS_mount:
	case SYS_umount2:
	case SYS_setns:
	case SYS_ioctl:
	case SYS_flock:
	case SYS_sendto:
	case SYS_sendmsg: return 1;
	default: return 0;
	}
}

const char *ctest_call_name(const struct ctest_call *call)
{
	switch (call->number) {
	case SYS_bpf: return "bpf";
	case SYS_write: return "write";
#ifdef SYS_rename
	case SYS_rename: return "rename";
	case SYS_unlink: return "unlink";
	case SYS_mkdir: return "mkdir";
	case SYS_rmdir: return "rmdir";
#endif
	case SYS_renameat: return "renameat";
	case SYS_renameat2: return "renameat2";
	case SYS_unlinkat: return "unlinkat";
	case SYS_mkdirat: return "mkdirat";
	case SYS_mount: return "mount";
	case SYS_umount2: return "umount2";
	case SYS_setns: return "setns";
	case SYS_ioctl: return "ioctl";
	case SYS_flock: return "flock";
	case SYS_sendto: return "sendto";
	case SYS_sendmsg: return "sendmsg";
	case SYS_exit_group: return "exit_group";
	default: return "another";
	}
}
