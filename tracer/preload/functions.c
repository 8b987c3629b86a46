/* The watched functions: each does what it stands before, and counts. */
#include "tracer/preload/functions.h"

#include "tracer/preload/entry_points.h"
#include "tracer/preload/ledger.h"
#include "tracer/preload/original.h"
#include "tracer/preload/watched.h"

#define EXPORT __attribute__((visibility("default")))
#define CALLER __builtin_return_address(0)

/* ---- allocations and frees ---- */

/* NAME is bound by the loader, entry_NAME is handed out by look-ups; they differ in where the
 * original is. */
/* NOLINTBEGIN(bugprone-macro-parentheses): a list of parameters takes none */

#define ALLOCATE(found, arguments, address, bytes)                                                 \
    if (!(found))                                                                                  \
        return WATCHED_NOT_SUPPORTED;                                                              \
    if (!watched_enter())                                                                          \
        return original arguments;                                                                 \
    int status = original arguments;                                                               \
    watched_allocated(status, address, bytes);                                                     \
    watched_leave();                                                                               \
    return status;

#define ALLOCATION(name, parameters, arguments, address, bytes)                                    \
    EXPORT int name parameters;                                                                    \
    int name parameters                                                                            \
    {                                                                                              \
        int(*original) parameters;                                                                 \
        ALLOCATE(original_find(PRELOAD_##name, CALLER, &original), arguments, address, bytes)      \
    }                                                                                              \
    static int entry_##name parameters                                                             \
    {                                                                                              \
        int(*original) parameters;                                                                 \
        ALLOCATE(entry_points_original(PRELOAD_##name, &original), arguments, address, bytes)      \
    }

#define FREE(found, arguments, block)                                                              \
    if (!(found))                                                                                  \
        return WATCHED_NOT_SUPPORTED;                                                              \
    if (!watched_enter())                                                                          \
        return original arguments;                                                                 \
    uint64_t address = (block), bytes = address ? ledger_take_block(address) : 0;                  \
    int status = original arguments;                                                               \
    watched_freed(status, address, bytes);                                                         \
    watched_leave();                                                                               \
    return status;

#define FREEING(name, parameters, arguments, block)                                                \
    EXPORT int name parameters;                                                                    \
    int name parameters                                                                            \
    {                                                                                              \
        int(*original) parameters;                                                                 \
        FREE(original_find(PRELOAD_##name, CALLER, &original), arguments, block)                   \
    }                                                                                              \
    static int entry_##name parameters                                                             \
    {                                                                                              \
        int(*original) parameters;                                                                 \
        FREE(entry_points_original(PRELOAD_##name, &original), arguments, block)                   \
    }

PRELOAD_ALLOCATIONS(ALLOCATION)
PRELOAD_FREES(FREEING)

/* ---- physical memory ---- */

/* Each with its original as the first argument, for both ways to it. */

static int create(int (*original)(uint64_t *, size_t, const int *, uint64_t), uint64_t *handle,
                  size_t bytes, const int *properties, uint64_t flags)
{
    if (!watched_enter())
        return original(handle, bytes, properties, flags);
    int status = original(handle, bytes, properties, flags);
    watched_created(status, handle, bytes, properties);
    watched_leave();
    return status;
}

static int release(int (*original)(uint64_t), uint64_t handle)
{
    if (!watched_enter())
        return original(handle);
    uint64_t bytes = ledger_release_handle(handle);
    int status = original(handle);
    if (status == 0)
        ledger_lower(bytes);
    watched_leave();
    return status;
}

static int retain(int (*original)(uint64_t *, uint64_t), uint64_t *handle, uint64_t address)
{
    int status = original(handle, address);
    if (status == 0)
        watched_count(ledger_retain_handle(*handle, address));
    return status;
}

static int map(int (*original)(uint64_t, size_t, size_t, uint64_t, uint64_t), uint64_t address,
               size_t bytes, size_t offset, uint64_t handle, uint64_t flags)
{
    int status = original(address, bytes, offset, handle, flags);
    if (status == 0)
        watched_count(ledger_map(address, bytes, handle));
    return status;
}

static int unmap(int (*original)(uint64_t, size_t), uint64_t address, size_t bytes)
{
    if (!watched_enter())
        return original(address, bytes);
    uint64_t freed = ledger_unmap(address, bytes);
    int status = original(address, bytes);
    if (status == 0)
        ledger_lower(freed);
    watched_leave();
    return status;
}

#define UNPACK(...) __VA_ARGS__
#define OTHER(body, name, parameters, arguments)                                                   \
    EXPORT int name parameters;                                                                    \
    int name parameters                                                                            \
    {                                                                                              \
        int(*original) parameters;                                                                 \
        return original_find(PRELOAD_##name, CALLER, &original) ? body(original, UNPACK arguments) \
                                                                : WATCHED_NOT_SUPPORTED;           \
    }                                                                                              \
    static int entry_##name parameters                                                             \
    {                                                                                              \
        int(*original) parameters;                                                                 \
        return entry_points_original(PRELOAD_##name, &original) ? body(original, UNPACK arguments) \
                                                                : WATCHED_NOT_SUPPORTED;           \
    }
#define BODY_cuMemCreate                           create
#define BODY_cuMemRelease                          release
#define BODY_cuMemRetainAllocationHandle           retain
#define BODY_cuMemMap                              map
#define BODY_cuMemUnmap                            unmap
#define OTHER_BY_NAME(name, parameters, arguments) OTHER(BODY_##name, name, parameters, arguments)
PRELOAD_OTHERS(OTHER_BY_NAME)

/* NOLINTEND(bugprone-macro-parentheses) */

EXPORT int cudaDeviceReset(void);
int cudaDeviceReset(void)
{
    int (*original)(void);
    if (!original_find(PRELOAD_cudaDeviceReset, CALLER, &original))
        return WATCHED_NOT_SUPPORTED;
    int status = original();
    if (status == 0)
        ledger_clear();
    return status;
}

/* ---- those that are handed out by name ---- */

#define ENTRY(name, ...) {#name, PRELOAD_##name, (void (*)(void))entry_##name},
const struct preload_entry PRELOAD_ENTRIES[] = {PRELOAD_ALLOCATIONS(ENTRY) PRELOAD_FREES(ENTRY)
                                                    PRELOAD_OTHERS(ENTRY)};
const size_t PRELOAD_ENTRIES_COUNT = sizeof PRELOAD_ENTRIES / sizeof *PRELOAD_ENTRIES;
