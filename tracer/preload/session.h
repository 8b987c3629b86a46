/* The trace that the preloaded library records: begun at the process's first allocation, where the
 * process is one to trace. */
#ifndef TRACER_PRELOAD_SESSION_H
#define TRACER_PRELOAD_SESSION_H

#include <stdbool.h>
#include <stdint.h>

/* To be called after every allocation call, in whatever thread. Begins the trace at the first. */
void session_begin(void);

/* An allocation of so many bytes has failed. */
void session_failed(uint64_t bytes, int status);

/* There was no memory to count a call that succeeded: says so once, and marks it in the trace. */
void session_uncounted(void);

/* Whether a trace was begun, or tried to: not before the process allocates, or calls gmt_start. */
bool session_was_tried(void);

/* Whether this process is one to trace: it has a rank, or is the command. GMT_DISABLE=1: none is.
 */
bool session_is_to_be_traced(void);
bool session_is_the_command(void);

/* One line on stderr, once a process for each `what`. */
void session_print(const char *what);

#endif
