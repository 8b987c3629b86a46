/* What happens around a watched call. */
#ifndef TRACER_PRELOAD_WATCHED_H
#define TRACER_PRELOAD_WATCHED_H

#include <stdbool.h>
#include <stdint.h>

/* The result where the function is not found at all: not supported. */
enum { WATCHED_NOT_SUPPORTED = 801 };

/* A call within a watched call is its affair: the runtime may call the driver. False: just pass it
 * on. */
bool watched_enter(void);
void watched_leave(void);

/* After an allocation: whether it was done, and where its address (or handle) was put. */
void watched_allocated(int status, const void *address, uint64_t bytes);
void watched_created(int status, const void *handle, uint64_t bytes, const int *properties);

/* After the call that frees what was taken out of the ledger before. */
void watched_freed(int status, uint64_t block, uint64_t bytes);

/* Tells once where a call was not counted, for want of memory. */
void watched_count(bool counted);

#endif
