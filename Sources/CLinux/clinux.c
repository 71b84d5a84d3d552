#define _GNU_SOURCE
#include "clinux.h"

#include <link.h>
#include <linux/nsfs.h>
#include <malloc.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

static int result(long r)
{
	return r < 0 ? -errno : (int)r;
}

int clinux_unshare(int flags)
{
	return result(unshare(flags));
}
int clinux_setns(int fd, int nstype)
{
	return result(setns(fd, nstype));
}

int clinux_rename_exchange(const char *a, const char *b)
{
	return result(renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE));
}

int clinux_rename_noreplace(const char *from, const char *to)
{
	return result(renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE));
}

int clinux_pidfd_open(int pid)
{
	return result(syscall(SYS_pidfd_open, pid, 0));
}

int clinux_ns_type(int fd)
{
	return result(ioctl(fd, NS_GET_NSTYPE));
}

char **clinux_environment(void)
{
	return environ;
}

int clinux_execvpe(const char *file, char *const argv[], char *const envp[])
{
	return result(execvpe(file, argv, envp));
}

/* Once this thread has run on a CPU, no program that began there before is still running: programs of the
 * traffic control hooks are not preempted. A grace period for tables that programs read. */
static int release_text(struct dl_phdr_info *info, size_t size, void *data)
{
	(void)size;
	(void)data;
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
		/* Never written, so nothing is lost. */
		if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W))
			continue;
		uintptr_t start = (info->dlpi_addr + segment->p_vaddr) & ~(page - 1);
		uintptr_t end = (info->dlpi_addr + segment->p_vaddr + segment->p_memsz) & ~(page - 1);
		if (end > start)
			madvise((void *)start, end - start, MADV_DONTNEED);
	}
	/* The first is the program; libraries are everybody's. */
	return 1;
}

void clinux_release_text(void)
{
	dl_iterate_phdr(release_text, NULL);
}

int clinux_run_on_every_cpu(void)
{
	cpu_set_t before, one;

	CPU_ZERO(&before);
	if (sched_getaffinity(0, sizeof(before), &before))
		return -errno;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		if (sched_setaffinity(0, sizeof(one), &one) && errno != EINVAL)
			return -errno;
		if (cpu > 0 && cpu >= sysconf(_SC_NPROCESSORS_CONF))
			break;
	}
	return result(sched_setaffinity(0, sizeof(before), &before));
}

int clinux_stay_on_cpu(int cpu)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	return result(sched_setaffinity(0, sizeof(one), &one));
}

void clinux_keep_freed_memory(void)
{
	mallopt(M_MMAP_THRESHOLD, 64 << 20);
	mallopt(M_TRIM_THRESHOLD, 64 << 20);
	mallopt(M_TOP_PAD, 2 << 20);
}
