/* What the process has allocated on its devices, to the byte. Any thread. */
#ifndef TRACER_PRELOAD_LEDGER_H
#define TRACER_PRELOAD_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

/* Called with the ledger locked whenever the sum has changed, so that sums are told in their order.
 */
typedef void (*ledger_changed_fn)(uint64_t bytes);
void ledger_on_change(ledger_changed_fn changed);

/* Runs with the ledger locked, with its sum. */
void ledger_look(void (*look)(void *context, uint64_t bytes), void *context);

/* A block at an address. Here and below, false: there is no memory to count it with, and sums are
 * wrong from now on. */
bool ledger_add_block(uint64_t address, uint64_t bytes);

/* Freeing has two steps, since the address may be given out anew before the call that frees it has
 * returned: before it the block is taken out, and after it the sum is lowered, or the block put
 * back. 0: the block is not known. */
uint64_t ledger_take_block(uint64_t address);
void ledger_lower(uint64_t bytes);
bool ledger_put_back(uint64_t address, uint64_t bytes);

/* Physical memory, which has handles and mappings, and lives until the last of both is gone. */
bool ledger_add_handle(uint64_t handle, uint64_t bytes);
bool ledger_retain_handle(uint64_t handle, uint64_t mapped_at);
/* As taking a block: what is to be lowered once the call has succeeded. */
uint64_t ledger_release_handle(uint64_t handle);
bool ledger_map(uint64_t address, uint64_t bytes, uint64_t handle);
uint64_t ledger_unmap(uint64_t address, uint64_t bytes);

/* The device was reset: nothing is left. */
void ledger_clear(void);

/* Around a fork. */
void ledger_lock(void);
void ledger_unlock(void);

#endif
