/* What Glibc's module leaves out: GNU system calls, newer headers, and atomics on shared memory. */
#ifndef CLINUX_H
#define CLINUX_H

#include "clinux_perf.h"
#include "clinux_tcp.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/icmpv6.h>
#include <linux/if_addr.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/neighbour.h>
#include <linux/net_namespace.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/statfs.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>

/* Each returns 0 or a non-negative result, or -errno. */
int clinux_unshare(int flags);
int clinux_setns(int fd, int nstype);
int clinux_rename_exchange(const char *a, const char *b);
int clinux_rename_noreplace(const char *from, const char *to);
int clinux_run_on_every_cpu(void);
/* From here on, the calling thread runs on this CPU only. */
int clinux_stay_on_cpu(int cpu);
int clinux_pidfd_open(int pid);
/* Takes the program's own text out of this process's page tables. It stays in the page cache, and what is run comes back. */
void clinux_release_text(void);
/* CLONE_NEWNET and so on: the kind of namespace behind a descriptor. */
int clinux_ns_type(int fd);
/* This process's environment, ended by NULL. */
char **clinux_environment(void);
int clinux_execvpe(const char *file, char *const argv[], char *const envp[]);

static inline uint64_t clinux_load64(const void *p)
{
	return __atomic_load_n((const uint64_t *)p, __ATOMIC_ACQUIRE);
}
static inline void clinux_store64(void *p, uint64_t v)
{
	__atomic_store_n((uint64_t *)p, v, __ATOMIC_SEQ_CST);
}
static inline uint32_t clinux_load32(const void *p)
{
	return __atomic_load_n((const uint32_t *)p, __ATOMIC_ACQUIRE);
}
static inline void clinux_or64(void *p, uint64_t v)
{
	__atomic_fetch_or((uint64_t *)p, v, __ATOMIC_SEQ_CST);
}
static inline void clinux_and64(void *p, uint64_t v)
{
	__atomic_fetch_and((uint64_t *)p, v, __ATOMIC_SEQ_CST);
}
static inline void clinux_or32(void *p, uint32_t v)
{
	__atomic_fetch_or((uint32_t *)p, v, __ATOMIC_SEQ_CST);
}
static inline void clinux_and32(void *p, uint32_t v)
{
	__atomic_fetch_and((uint32_t *)p, v, __ATOMIC_SEQ_CST);
}
static inline void clinux_fence(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* Gives the kernel no pages back that it would only be asked for again a moment later: for a command that ends soon. */
void clinux_keep_freed_memory(void);

#endif
