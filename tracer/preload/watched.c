#include "tracer/preload/watched.h"

#include "tracer/preload/ledger.h"
#include "tracer/preload/session.h"

#include <string.h>

static _Thread_local bool inside __attribute__((tls_model("initial-exec")));

bool watched_enter(void)
{
    if (inside)
        return false;
    inside = true;
    return true;
}

void watched_leave(void)
{
    inside = false;
}

static uint64_t number_at(const void *address)
{
    uint64_t number;
    memcpy(&number, address, sizeof number);
    return number;
}

void watched_count(bool counted)
{
    if (!counted)
        session_uncounted();
}

void watched_allocated(int status, const void *address, uint64_t bytes)
{
    if (status != 0) {
        session_failed(bytes, status);
        return;
    }
    if (!address || bytes == 0 || number_at(address) == 0)
        return;
    session_begin();
    watched_count(ledger_add_block(number_at(address), bytes));
}

void watched_created(int status, const void *handle, uint64_t bytes, const int *properties)
{
    /* The location's kind: memory of the host is not counted. */
    enum { LOCATION_KIND = 2, DEVICE = 1 };
    if (properties && properties[LOCATION_KIND] != DEVICE)
        return;
    if (status != 0) {
        session_failed(bytes, status);
        return;
    }
    session_begin();
    watched_count(ledger_add_handle(number_at(handle), bytes));
}

void watched_freed(int status, uint64_t block, uint64_t bytes)
{
    if (status == 0)
        ledger_lower(bytes);
    else
        watched_count(ledger_put_back(block, bytes));
}
