#include "schemas/support/mapping_guard.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- the register ---- */

/* Never freed, and read by the signal's handler without locks: what is read between two equal and
 * even values of `changes` belongs together. */
struct mapping_guard {
    _Atomic bool taken;
    _Atomic unsigned changes;
    _Atomic uintptr_t start;
    _Atomic size_t length;        /* 0: guards nothing */
    _Atomic bool *_Atomic broken; /* NULL: other memory is there by now */
};

enum { BLOCK_GUARDS = 64 };

struct block {
    struct mapping_guard guards[BLOCK_GUARDS];
    struct block *_Atomic next;
};

static struct block first;
static _Atomic unsigned guarded;

static void fill(struct mapping_guard *guard, uintptr_t start, size_t length, _Atomic bool *broken)
{
    atomic_fetch_add(&guard->changes, 1);
    atomic_store(&guard->start, start);
    atomic_store(&guard->length, length);
    atomic_store(&guard->broken, broken);
    atomic_fetch_add(&guard->changes, 1);
}

static struct mapping_guard *take_free(struct block *block)
{
    for (int i = 0; i < BLOCK_GUARDS; i++)
        if (!atomic_load(&block->guards[i].taken) &&
            !atomic_exchange(&block->guards[i].taken, true))
            return &block->guards[i];
    return NULL;
}

static struct block *next_block(struct block *block)
{
    struct block *next = atomic_load(&block->next), *made;
    if (next || !(made = calloc(1, sizeof *made)))
        return next;
    if (atomic_compare_exchange_strong(&block->next, &next, made))
        return made;
    free(made); /* another thread was faster */
    return next;
}

/* ---- the handler ---- */

static struct sigaction previous;
static _Atomic bool previous_is_used_up; /* it was to be called once */
static uintptr_t page_bytes;

/* Where this address is in the mapping, a thread is about to touch it: so the mapping is not taken
 * away meanwhile. */
static bool repair_in(struct mapping_guard *guard, uintptr_t address)
{
    uintptr_t start;
    size_t length;
    _Atomic bool *broken;
    unsigned before;
    do {
        before = atomic_load(&guard->changes);
        start = atomic_load(&guard->start);
        length = atomic_load(&guard->length);
        broken = atomic_load(&guard->broken);
    } while (before % 2 == 0 && atomic_load(&guard->changes) != before);
    if (before % 2 != 0 || address < start || address - start >= length)
        return false;
    if (!broken)
        return true;
    uintptr_t page = address - address % page_bytes;
    atomic_store(broken, true); /* before anybody can read the zeros */
    /* NOLINTNEXTLINE(performance-no-int-to-ptr) */
    void *missing = (void *)page;
    return mmap(missing, start + length - page, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) != MAP_FAILED;
}

static bool repair(uintptr_t address)
{
    for (struct block *block = &first; block; block = atomic_load(&block->next))
        for (int i = 0; i < BLOCK_GUARDS; i++)
            if (repair_in(&block->guards[i], address))
                return true;
    return false;
}

/* As if no handler were there: what touched the memory does so again when we have returned. */
static void take_default(bool happens_again)
{
    struct sigaction none = {.sa_handler = SIG_DFL};
    sigaction(SIGBUS, &none, NULL);
    if (!happens_again)
        raise(SIGBUS);
}

static void pass_on(int number, siginfo_t *info, void *context)
{
    bool happens_again = info->si_code == BUS_ADRALN || info->si_code == BUS_ADRERR ||
                         info->si_code == BUS_OBJERR || info->si_code == BUS_MCEERR_AR;
    bool has_info = previous.sa_flags & SA_SIGINFO;
    if (!has_info && previous.sa_handler == SIG_IGN && !happens_again)
        return;
    bool is_default =
        !has_info && (previous.sa_handler == SIG_DFL || previous.sa_handler == SIG_IGN);
    if (is_default ||
        ((previous.sa_flags & (int)SA_RESETHAND) && atomic_exchange(&previous_is_used_up, true))) {
        take_default(happens_again);
        return;
    }
    /* The kernel puts the mask back when our handler returns. */
    sigset_t mask = previous.sa_mask;
    pthread_sigmask(SIG_BLOCK, &mask, NULL);
    if (previous.sa_flags & SA_NODEFER) {
        sigemptyset(&mask);
        sigaddset(&mask, SIGBUS);
        pthread_sigmask(SIG_UNBLOCK, &mask, NULL);
    }
    if (has_info)
        previous.sa_sigaction(number, info, context);
    else
        previous.sa_handler(number);
}

static void on_bus_error(int number, siginfo_t *info, void *context)
{
    int saved = errno;
    bool repaired = info->si_code == BUS_ADRERR && repair((uintptr_t)info->si_addr);
    errno = saved;
    if (!repaired)
        pass_on(number, info, context);
}

/* ---- installing it ---- */

enum { NOT_INSTALLED, INSTALLING, INSTALLED };
static _Atomic int state;

static bool is_ours(const struct sigaction *action)
{
    return (action->sa_flags & SA_SIGINFO) && action->sa_sigaction == on_bus_error;
}

static void install(void)
{
    int expected = NOT_INSTALLED;
    if (!atomic_compare_exchange_strong(&state, &expected, INSTALLING)) {
        while (atomic_load(&state) == INSTALLING)
            sched_yield();
        return;
    }
    long size = sysconf(_SC_PAGESIZE);
    page_bytes = size > 0 ? (uintptr_t)size : 4096;
    struct sigaction ours = {.sa_sigaction = on_bus_error,
                             .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
    sigemptyset(&ours.sa_mask);
    /* Known before ours can be called. */
    sigaction(SIGBUS, NULL, &previous);
    atomic_store(&previous_is_used_up, false);
    sigaction(SIGBUS, &ours, NULL);
    atomic_store(&state, INSTALLED);
}

bool mapping_guard_withdraw(void)
{
    struct sigaction now;
    if (atomic_load(&state) != INSTALLED || atomic_load(&guarded) > 0)
        return true;
    if (sigaction(SIGBUS, NULL, &now) != 0 || !is_ours(&now))
        return false;
    sigaction(SIGBUS, &previous, NULL);
    atomic_store(&state, NOT_INSTALLED);
    return true;
}

/* ---- guards ---- */

struct mapping_guard *mapping_guard_add(const void *start, size_t length, _Atomic bool *broken)
{
    struct mapping_guard *guard = NULL;
    for (struct block *block = &first; block && !guard; block = guard ? block : next_block(block))
        guard = take_free(block);
    if (!guard)
        return NULL;
    atomic_fetch_add(&guarded, 1);
    fill(guard, (uintptr_t)start, length, broken);
    install();
    return guard;
}

static void give_back(struct mapping_guard *guard)
{
    atomic_store(&guard->taken, false);
    atomic_fetch_sub(&guarded, 1);
}

void mapping_guard_remove(struct mapping_guard *guard)
{
    if (!guard)
        return;
    fill(guard, 0, 0, NULL);
    give_back(guard);
}

/* The range stands until the next guard takes its place. */
void mapping_guard_retire(struct mapping_guard *guard)
{
    if (!guard)
        return;
    atomic_store(&guard->broken, NULL);
    give_back(guard);
}
