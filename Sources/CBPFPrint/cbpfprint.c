#include "cbpfprint.h"

#include <bpf/libbpf.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static _Thread_local bool keeping;
static _Thread_local char *text;
static _Thread_local size_t length;

static int keep(enum libbpf_print_level level, const char *format, va_list arguments)
{
	va_list again;
	char *larger;
	int needed;

	if (!keeping || level == LIBBPF_DEBUG)
		return 0;
	va_copy(again, arguments);
	needed = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (needed <= 0)
		return 0;
	larger = realloc(text, length + (size_t)needed + 1);
	if (!larger)
		return 0;
	text = larger;
	length += (size_t)vsnprintf(text + length, (size_t)needed + 1, format, arguments);
	return needed;
}

static void install(void)
{
	libbpf_set_print(keep);
}

void cbpf_log_begin(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, install);
	free(cbpf_log_end());
	keeping = true;
}

char *cbpf_log_end(void)
{
	char *kept = text;

	keeping = false;
	text = NULL;
	length = 0;
	return kept;
}
