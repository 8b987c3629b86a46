#include "tracer/sources/source.h"

#include "schemas/support/kept_descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sysinfo.h>
#include <unistd.h>

struct host {
    /* Of /proc/self/statm, kept open: a process may run out of descriptors later. */
    struct kept_descriptor statm;
    uint64_t page_bytes;
};

static bool open_statm(struct host *host)
{
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && kept_descriptor_keep(&host->statm, fd))
        return true;
    if (fd >= 0)
        close(fd);
    host->statm.fd = -1;
    return false;
}

/* 0: the file did not tell. */
static uint64_t resident_pages(int statm)
{
    char text[128];
    ssize_t length = pread(statm, text, sizeof text - 1, 0);
    if (length <= 0)
        return 0;
    text[length] = '\0';
    char *end;
    strtoull(text, &end, 10); /* the address space; the second figure is what is resident */
    return strtoull(end, &end, 10);
}

static int read_host(void *state, uint64_t *allocated_bytes, uint64_t *reserved_bytes)
{
    struct host *host = state;
    if (!kept_descriptor_is_ours(&host->statm, NULL) && !open_statm(host))
        return -1;
    uint64_t pages = resident_pages(host->statm.fd);
    *allocated_bytes = *reserved_bytes = pages * host->page_bytes;
    return pages > 0 ? 0 : -1;
}

bool source_read_resident(uint64_t *bytes)
{
    int saved = errno;
    int statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    uint64_t pages = statm >= 0 ? resident_pages(statm) : 0;
    if (statm >= 0)
        close(statm);
    long page = sysconf(_SC_PAGESIZE);
    *bytes = pages * (page > 0 ? (uint64_t)page : 4096);
    errno = saved;
    return pages > 0;
}

static void close_host(void *state)
{
    struct host *host = state;
    kept_descriptor_close(&host->statm);
    free(host);
}

/* What the machine has, or what the container is allowed, whichever is less. */
static uint64_t total_bytes(void)
{
    struct sysinfo machine;
    uint64_t total = sysinfo(&machine) == 0 ? (uint64_t)machine.totalram * machine.mem_unit : 0;
    char text[32] = "";
    int fd = open("/sys/fs/cgroup/memory.max", O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        if (read(fd, text, sizeof text - 1) < 0)
            text[0] = '\0';
        close(fd);
    }
    uint64_t allowed = strtoull(text, NULL, 10); /* 0 for "max": no limit */
    return allowed > 0 && (total == 0 || allowed < total) ? allowed : total;
}

bool source_open_host(struct source *source)
{
    struct host *host = malloc(sizeof *host);
    if (!host)
        return false;
    long page = sysconf(_SC_PAGESIZE);
    *host = (struct host){.page_bytes = page > 0 ? (uint64_t)page : 4096};
    if (!open_statm(host)) {
        free(host);
        return false;
    }
    *source = (struct source){.name = "host",
                              .device = "host",
                              .allocated_of = TRACE_MEASURE_PROCESS,
                              .reserved_of = TRACE_MEASURE_PROCESS,
                              .read = read_host,
                              .total_bytes = total_bytes(),
                              .close = close_host,
                              .state = host};
    return true;
}
