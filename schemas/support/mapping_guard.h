/* Mapped files that others may cut short. Touching a page that a mapped file has no more, or that a
 * full disk has no room for, brings SIGBUS, which ends the process. For the mappings that are
 * registered here memory that belongs to no file is put in the place of what is missing, and the
 * process goes on.
 *
 * The signal's handler is installed with the first mapping. Every SIGBUS that is not of these
 * mappings goes to what was there before, and what is installed later is left where it is. A thread
 * that has SIGBUS blocked is beyond help: the kernel then ends the process. */
#ifndef SCHEMAS_SUPPORT_MAPPING_GUARD_H
#define SCHEMAS_SUPPORT_MAPPING_GUARD_H

#include <stdbool.h>
#include <stddef.h>

struct mapping_guard;

/* Guards a mapping from now on. `broken` is set when a part of it had to be replaced: from the page
 * that was touched to the mapping's end, by zeros. It must stay until the guard is removed. NULL
 * when out of memory. Any thread. */
struct mapping_guard *mapping_guard_add(const void *start, size_t length, _Atomic bool *broken);

/* Before the mapping is taken away; NULL is none. Any thread, and a child after fork. */
void mapping_guard_remove(struct mapping_guard *guard);

/* After memory that belongs to no file was put in the mapping's place, where it stays for good. A
 * thread that has touched a missing page just before, and is on its way to the handler, touches it
 * again: the signal is nobody else's. NULL is none. Any thread, and a child after fork. */
void mapping_guard_retire(struct mapping_guard *guard);

/* Puts the former handler back, if no mapping is guarded any more: for a library that may be
 * unloaded. False where another handler has been installed since, which may call ours: then this
 * code must stay in memory. Not while another thread adds its first guard. */
bool mapping_guard_withdraw(void);

#endif
