#include "tracer/preload/entry_points.h"

#include "tracer/preload/original.h"
#include "tracer/preload/session.h"
#include "tracer/preload/watched.h"

#include <stdatomic.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
#define CALLER __builtin_return_address(0)

/* Interfaces beyond the newest one may have other parameters: they are not touched. Those before
 * the oldest have addresses of 32 bits. */
enum { OLDEST_KNOWN = 3020, NEWEST_KNOWN = 13999, SECOND_LOOKUP = 12000 };
enum { LEGACY_STREAM = 1, PER_THREAD_STREAM = 2 };

static void *_Atomic handed_out[PRELOAD_COUNT];

bool entry_points_original(enum preload_function which, void *function)
{
    void *found = atomic_load_explicit(&handed_out[which], memory_order_acquire);
    memcpy(function, &found, sizeof found);
    return found != NULL;
}

/* ---- handing out ---- */

static void warn_too_new(void)
{
    static atomic_flag said = ATOMIC_FLAG_INIT;
    if (!atomic_flag_test_and_set(&said))
        session_print("it uses a newer CUDA interface than this gmtrace knows: not all is counted");
}

static void put(enum preload_function which, void (*watched)(void), int version, void **function)
{
    if (version > NEWEST_KNOWN) {
        warn_too_new();
        return;
    }
    void *before = NULL;
    /* One original a function: where the driver has another for this caller, it is left alone. */
    if (!atomic_compare_exchange_strong(&handed_out[which], &before, *function) &&
        before != *function)
        return;
    memcpy(function, &watched, sizeof watched);
}

/* "cuMemAlloc" is cuMemAlloc_v2 to those who ask for an interface of today. */
static bool is_named(const char *entry, const char *name, const char *suffix)
{
    size_t length = strlen(name);
    return strncmp(entry, name, length) == 0 && strcmp(entry + length, suffix) == 0;
}

static const struct preload_entry *find_entry(const char *name, bool per_thread)
{
    static const char *const suffixes[] = {"_ptsz", "", "_v2"};
    for (size_t s = per_thread ? 0 : 1; s < sizeof suffixes / sizeof *suffixes; s++)
        for (size_t i = 0; i < PRELOAD_ENTRIES_COUNT; i++)
            if (is_named(PRELOAD_ENTRIES[i].name, name, suffixes[s]))
                return &PRELOAD_ENTRIES[i];
    return NULL;
}

static int entry_cuGetProcAddress(const char *name, void **function, int version, uint64_t flags,
                                  int *result);
static int entry_cuGetProcAddress_v2(const char *name, void **function, int version, uint64_t flags,
                                     int *result);

static void hand_out(int status, const char *name, int version, bool per_thread, void **function)
{
    if (status != 0 || !name || !function || !*function || version < OLDEST_KNOWN ||
        strncmp(name, "cuda", 4) == 0)
        return;
    if (strcmp(name, "cuGetProcAddress") == 0) {
        bool second = version >= SECOND_LOOKUP;
        put(second ? PRELOAD_cuGetProcAddress_v2 : PRELOAD_cuGetProcAddress,
            (void (*)(void))(second ? entry_cuGetProcAddress_v2 : entry_cuGetProcAddress), version,
            function);
        return;
    }
    const struct preload_entry *entry = find_entry(name, per_thread);
    if (entry)
        put(entry->which, entry->watched, version, function);
}

/* ---- the driver's look-up ---- */

static int look_up(int (*original)(const char *, void **, int, uint64_t, int *), const char *name,
                   void **function, int version, uint64_t flags, int *result)
{
    int status = original(name, function, version, flags, result);
    hand_out(status, name, version, (flags & PER_THREAD_STREAM) != 0, function);
    return status;
}

/* NOLINTBEGIN(bugprone-macro-parentheses): a list of parameters takes none */

#define UNPACK(...) __VA_ARGS__
#define LOOKUP(name_of, parameters, arguments)                                                     \
    EXPORT int name_of parameters;                                                                 \
    int name_of parameters                                                                         \
    {                                                                                              \
        int(*original) parameters;                                                                 \
        return original_find(PRELOAD_##name_of, CALLER, &original)                                 \
                   ? look_up(original, UNPACK arguments)                                           \
                   : WATCHED_NOT_SUPPORTED;                                                        \
    }                                                                                              \
    static int entry_##name_of parameters                                                          \
    {                                                                                              \
        int(*original) parameters;                                                                 \
        return entry_points_original(PRELOAD_##name_of, &original)                                 \
                   ? look_up(original, UNPACK arguments)                                           \
                   : WATCHED_NOT_SUPPORTED;                                                        \
    }
PRELOAD_LOOKUPS(LOOKUP)

/* ---- the runtime's ---- */

/* Without a version it is the runtime's own, which is one that we know: it has these functions. */
#define BY_RUNTIME(name_of, parameters, arguments, version, per_thread)                            \
    EXPORT int name_of parameters;                                                                 \
    int name_of parameters                                                                         \
    {                                                                                              \
        int(*original) parameters;                                                                 \
        if (!original_find(PRELOAD_##name_of, CALLER, &original))                                  \
            return WATCHED_NOT_SUPPORTED;                                                          \
        int status = original arguments;                                                           \
        hand_out(status, name, version, per_thread, function);                                     \
        return status;                                                                             \
    }
#define OF_cudaGetDriverEntryPoint               SECOND_LOOKUP, (flags & PER_THREAD_STREAM) != 0
#define OF_cudaGetDriverEntryPoint_ptsz          SECOND_LOOKUP, (flags & LEGACY_STREAM) == 0
#define OF_cudaGetDriverEntryPointByVersion      (int)version, (flags & PER_THREAD_STREAM) != 0
#define OF_cudaGetDriverEntryPointByVersion_ptsz (int)version, (flags & LEGACY_STREAM) == 0
#define BY_RUNTIME_(...)                         BY_RUNTIME(__VA_ARGS__)
#define BY_NAME(name_of, parameters, arguments)                                                    \
    BY_RUNTIME_(name_of, parameters, arguments, OF_##name_of)
PRELOAD_RUNTIME_LOOKUPS(BY_NAME)

/* NOLINTEND(bugprone-macro-parentheses) */
