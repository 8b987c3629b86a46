#include "tracer/preload/ledger.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum kind { NOTHING, BLOCK, HANDLE, MAPPING, REMOVED };

/* Of cuMemCreate: several handles and mappings may be of one. */
struct physical {
    uint64_t bytes;
    uint64_t owners; /* references of handles, and mappings */
};

struct entry {
    uint64_t key; /* address or handle */
    enum kind kind;
    uint64_t bytes;      /* of a block or mapping */
    uint64_t references; /* of a handle */
    struct physical *physical;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct entry *table;   /* open addressing, a power of two */
static size_t capacity, used; /* removed ones are used, too */
static uint64_t sum;
static ledger_changed_fn on_change;

/* The program's errno is not ours to change. */
static void *allocate(size_t count, size_t size)
{
    int saved = errno;
    void *memory = calloc(count, size);
    errno = saved;
    return memory;
}

/* ---- the table ---- */

static size_t place_of(uint64_t key, enum kind kind)
{
    uint64_t hash = (key ^ (uint64_t)kind << 60) * 0x9E3779B97F4A7C15U;
    return (size_t)(hash >> 32) & (capacity - 1);
}

static struct entry *find(uint64_t key, enum kind kind)
{
    for (size_t at = capacity ? place_of(key, kind) : 0; capacity; at = (at + 1) & (capacity - 1)) {
        struct entry *entry = &table[at];
        if (entry->kind == NOTHING)
            break;
        if (entry->kind == kind && entry->key == key)
            return entry;
    }
    return NULL;
}

static struct entry *free_place(uint64_t key, enum kind kind)
{
    size_t at = place_of(key, kind);
    while (table[at].kind != NOTHING && table[at].kind != REMOVED)
        at = (at + 1) & (capacity - 1);
    return &table[at];
}

static bool make_room(void)
{
    enum { FIRST = 1024 };
    if (used < capacity / 2)
        return true;
    struct entry *old = table;
    size_t old_capacity = capacity, live = 0;
    for (size_t i = 0; i < old_capacity; i++)
        live += old[i].kind != NOTHING && old[i].kind != REMOVED;
    size_t more = capacity == 0 ? FIRST : live * 4 > capacity ? 2 * capacity : capacity;
    struct entry *wider = allocate(more, sizeof *wider);
    if (!wider)
        return used + 1 < capacity; /* a look-up ends at a place that was never used */
    table = wider;
    capacity = more;
    used = live;
    for (size_t i = 0; i < old_capacity; i++)
        if (old[i].kind != NOTHING && old[i].kind != REMOVED)
            *free_place(old[i].key, old[i].kind) = old[i];
    free(old);
    return true;
}

/* NULL without memory for it: then it is not counted. */
static struct entry *add(uint64_t key, enum kind kind)
{
    if (!make_room())
        return NULL;
    struct entry *entry = free_place(key, kind);
    used += entry->kind == NOTHING;
    *entry = (struct entry){.key = key, .kind = kind};
    return entry;
}

static void drop(struct entry *entry)
{
    entry->kind = REMOVED;
}

static void change(uint64_t more, uint64_t less)
{
    sum += more;
    sum -= less < sum ? less : sum;
    if (on_change)
        on_change(sum);
}

/* ---- blocks ---- */

bool ledger_add_block(uint64_t address, uint64_t bytes)
{
    pthread_mutex_lock(&lock);
    struct entry *entry = find(address, BLOCK); /* one that was freed unseen */
    uint64_t before = entry ? entry->bytes : 0;
    if (!entry)
        entry = add(address, BLOCK);
    if (entry) {
        entry->bytes = bytes;
        change(bytes, before);
    }
    pthread_mutex_unlock(&lock);
    return entry != NULL;
}

uint64_t ledger_take_block(uint64_t address)
{
    pthread_mutex_lock(&lock);
    struct entry *entry = find(address, BLOCK);
    uint64_t bytes = entry ? entry->bytes : 0;
    if (entry)
        drop(entry);
    pthread_mutex_unlock(&lock);
    return bytes;
}

void ledger_lower(uint64_t bytes)
{
    if (bytes == 0)
        return;
    pthread_mutex_lock(&lock);
    change(0, bytes);
    pthread_mutex_unlock(&lock);
}

bool ledger_put_back(uint64_t address, uint64_t bytes)
{
    pthread_mutex_lock(&lock);
    bool is_new = bytes && !find(address, BLOCK);
    struct entry *entry = is_new ? add(address, BLOCK) : NULL;
    if (entry)
        entry->bytes = bytes;
    pthread_mutex_unlock(&lock);
    return entry || !is_new;
}

/* ---- physical memory ---- */

bool ledger_add_handle(uint64_t handle, uint64_t bytes)
{
    pthread_mutex_lock(&lock);
    struct physical *physical = allocate(1, sizeof *physical);
    struct entry *entry = physical ? add(handle, HANDLE) : NULL;
    if (entry) {
        *physical = (struct physical){.bytes = bytes, .owners = 1};
        entry->physical = physical;
        entry->references = 1;
        change(bytes, 0);
    } else {
        free(physical);
    }
    pthread_mutex_unlock(&lock);
    return entry != NULL;
}

bool ledger_retain_handle(uint64_t handle, uint64_t mapped_at)
{
    pthread_mutex_lock(&lock);
    struct entry *entry = find(handle, HANDLE);
    const struct entry *mapping = find(mapped_at, MAPPING);
    struct physical *physical = entry ? entry->physical : mapping ? mapping->physical : NULL;
    if (physical && !entry && (entry = add(handle, HANDLE)))
        entry->physical = physical;
    if (physical && entry) {
        entry->references++;
        physical->owners++;
    }
    pthread_mutex_unlock(&lock);
    return entry || !physical;
}

/* Bytes that go with the last owner. */
static uint64_t disown(struct physical *physical, uint64_t owners)
{
    physical->owners -= owners;
    if (physical->owners > 0)
        return 0;
    uint64_t bytes = physical->bytes;
    free(physical);
    return bytes;
}

uint64_t ledger_release_handle(uint64_t handle)
{
    pthread_mutex_lock(&lock);
    struct entry *entry = find(handle, HANDLE);
    uint64_t bytes = 0;
    if (entry) {
        bytes = disown(entry->physical, 1);
        if (--entry->references == 0)
            drop(entry);
    }
    pthread_mutex_unlock(&lock);
    return bytes;
}

bool ledger_map(uint64_t address, uint64_t bytes, uint64_t handle)
{
    pthread_mutex_lock(&lock);
    const struct entry *of = find(handle, HANDLE);
    struct physical *physical = of ? of->physical : NULL;
    bool is_new = physical && !find(address, MAPPING);
    struct entry *entry = is_new ? add(address, MAPPING) : NULL;
    if (entry) {
        entry->bytes = bytes;
        entry->physical = physical;
        physical->owners++;
    }
    pthread_mutex_unlock(&lock);
    return entry || !is_new;
}

/* A range may be that of several mappings side by side. */
uint64_t ledger_unmap(uint64_t address, uint64_t bytes)
{
    uint64_t freed = 0, end = address + bytes;
    pthread_mutex_lock(&lock);
    for (struct entry *entry; address < end && (entry = find(address, MAPPING));) {
        address += entry->bytes ? entry->bytes : 1;
        freed += disown(entry->physical, 1);
        drop(entry);
    }
    pthread_mutex_unlock(&lock);
    return freed;
}

/* ---- all of it ---- */

void ledger_clear(void)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < capacity; i++)
        if (table[i].kind == HANDLE || table[i].kind == MAPPING)
            (void)disown(table[i].physical, table[i].kind == HANDLE ? table[i].references : 1);
    if (table)
        memset(table, 0, capacity * sizeof *table);
    used = 0;
    change(0, sum);
    pthread_mutex_unlock(&lock);
}

void ledger_on_change(ledger_changed_fn changed)
{
    pthread_mutex_lock(&lock);
    on_change = changed;
    if (on_change)
        on_change(sum);
    pthread_mutex_unlock(&lock);
}

void ledger_look(void (*look)(void *context, uint64_t bytes), void *context)
{
    pthread_mutex_lock(&lock);
    look(context, sum);
    pthread_mutex_unlock(&lock);
}

void ledger_lock(void)
{
    pthread_mutex_lock(&lock);
}

void ledger_unlock(void)
{
    pthread_mutex_unlock(&lock);
}
