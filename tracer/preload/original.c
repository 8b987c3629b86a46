#include "tracer/preload/original.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/auxv.h>

static const char *const NAMES[] = {
#define NAME(name, ...) #name,
    PRELOAD_ALLOCATIONS(NAME) PRELOAD_FREES(NAME) PRELOAD_OTHERS(NAME) PRELOAD_RUNTIME_LOOKUPS(NAME)
        PRELOAD_LOOKUPS(NAME) "cudaDeviceReset",
#undef NAME
};

/* Where it was found, for the callers so far; a place is filled once, the caller last. Programs
 * have a few of them. */
enum { PLACES = 16 };
struct place {
    _Atomic uintptr_t caller;
    void *original;
};
static pthread_mutex_t filling = PTHREAD_MUTEX_INITIALIZER;
static struct place places[PRELOAD_COUNT][PLACES];

const char *original_name(enum preload_function which)
{
    return NAMES[which];
}

/* ---- looking it up ---- */

/* Whether the address is in this library. */
static bool is_ours(const void *address)
{
    Dl_info here, there;
    return dladdr((const void *)NAMES, &here) && dladdr(address, &there) &&
           here.dli_fbase == there.dli_fbase;
}

static bool is_program(const Dl_info *object)
{
    Dl_info program;
    /* NOLINTNEXTLINE(performance-no-int-to-ptr) */
    const void *in_program = (const void *)getauxval(AT_PHDR);
    return dladdr(in_program, &program) && program.dli_fbase == object->dli_fbase;
}

/* Among the caller's own libraries, as it would have been bound without us. */
static void *find_for(const void *caller, const char *name)
{
    Dl_info its;
    if (!dladdr(caller, &its) || !its.dli_fname || is_program(&its))
        return NULL; /* the program itself: what comes next in its scope */
    void *library = dlopen(its.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
    if (!library)
        return NULL;
    void *found = dlsym(library, name);
    dlclose(library);
    return found && !is_ours(found) ? found : NULL;
}

/* Of a library that was loaded for itself alone, as Python loads its extensions. */
static void *find_loaded(const char *name)
{
    static const char *const libraries[] = {"libcudart.so.13", "libcudart.so.12",
                                            "libcudart.so.11.0", "libcuda.so.1"};
    void *found = NULL;
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries && !found; i++) {
        void *library = dlopen(libraries[i], RTLD_LAZY | RTLD_NOLOAD);
        if (!library)
            continue;
        found = dlsym(library, name);
        dlclose(library);
    }
    return found;
}

static void *look_up(const void *caller, const char *name)
{
    void *found = find_for(caller, name);
    if (!found)
        found = dlsym(RTLD_NEXT, name);
    return found ? found : find_loaded(name);
}

static void *remembered(const struct place *of_function, uintptr_t caller)
{
    for (size_t i = 0; i < PLACES; i++) {
        uintptr_t key = atomic_load_explicit(&of_function[i].caller, memory_order_acquire);
        if (key == caller)
            return of_function[i].original;
        if (key == 0)
            break;
    }
    return NULL;
}

static void remember(struct place *of_function, uintptr_t caller, void *original)
{
    pthread_mutex_lock(&filling);
    for (size_t i = 0; i < PLACES && !remembered(of_function, caller); i++)
        if (atomic_load(&of_function[i].caller) == 0) {
            of_function[i].original = original;
            atomic_store(&of_function[i].caller, caller);
        }
    pthread_mutex_unlock(&filling);
}

bool original_find(enum preload_function which, const void *caller, void *function)
{
    void *found = remembered(places[which], (uintptr_t)caller);
    if (!found && (found = look_up(caller, NAMES[which])))
        remember(places[which], (uintptr_t)caller, found);
    memcpy(function, &found, sizeof found);
    return found != NULL;
}
