/* Events that programs write with bpf_perf_event_output, one ring for each CPU. */
#ifndef CLINUX_PERF_H
#define CLINUX_PERF_H

#include <linux/perf_event.h>
#include <stdint.h>

/* Opens the event of one CPU, which becomes readable when `watermark` bytes wait. Returns a descriptor or -errno. */
int clinux_perf_open_bpf_output(int cpu, uint32_t watermark);

#endif
