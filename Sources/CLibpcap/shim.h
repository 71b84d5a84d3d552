/* <pcap/bpf.h> (classic BPF) and libbpf's headers (extended BPF) both have a struct bpf_insn and a struct
 * bpf_program, and one Swift build may hold only one of each: the classic ones are renamed. */
#define bpf_insn pcap_bpf_insn
#define bpf_program pcap_bpf_program
#include <pcap/pcap.h>
#undef bpf_insn
#undef bpf_program
