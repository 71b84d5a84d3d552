/* What libbpf says while it works. Its printer takes a va_list, which Swift cannot. */
#ifndef CBPFPRINT_H
#define CBPFPRINT_H

/* From here on, warnings that libbpf prints on this thread are kept and not printed. Does not nest. */
void cbpf_log_begin(void);

/* Ends it. Returns what was kept (to be freed), or NULL when that is nothing. */
char *cbpf_log_end(void);

#endif
