/* The recording's file: made, found and left. */
#include "schemas/recording/recording_lock.h"
#include "schemas/support/clock.h"
#include "schemas/support/mapped_file.h"
#include "schemas/support/mapping_guard.h"
#include "tracer/library/recorder_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Of <linux/magic.h> and <linux/fs.h>, which compilers for musl do not bring. */
static const uint32_t BTRFS = 0x9123683E;
static const unsigned long READ_FLAGS = _IOR('f', 1, long), WRITE_FLAGS = _IOW('f', 2, long);
enum { NO_COPY_ON_WRITE = 0x00800000 };

/* The header, the first extent, the ring: as long as it is at first, and as it may become. */
enum {
    LEAST_CHUNKS = 16,
    FIRST_EXTENT_AT = 65536, /* a multiple of any system's page size, as for the others */
    RING_AT =
        FIRST_EXTENT_AT + RECORDING_FIRST_EXTENT_RECORDS * (int)sizeof(struct recording_record),
    FIRST_BYTES = 1 << 20, /* reserved at the start */
    FIRST_CHUNKS = (FIRST_BYTES - RING_AT) / RECORDING_CHUNK_BYTES,
};

static _Atomic uint64_t serials;

/* ---- the name ---- */

/* Whether the bytes at the file's start are of a recording that was begun. */
static bool has_begun(int fd)
{
    char magic[sizeof RECORDING_MAGIC - 1];
    return pread(fd, magic, sizeof magic, 0) == (ssize_t)sizeof magic &&
           memcmp(magic, RECORDING_MAGIC, sizeof magic) == 0;
}

/* Puts what a dead run left under this name aside, with the stamp of its last change as a tag. */
static int put_aside(const char *path, long long stamp)
{
    int stem = (int)(strlen(path) - strlen(".gmtrace"));
    for (;; stamp++) {
        char *aside = NULL;
        if (asprintf(&aside, "%.*s_ts%lld.gmtrace", stem, path, stamp) < 0)
            return ENOMEM;
        bool taken = access(aside, F_OK) == 0;
        int error = taken || rename(path, aside) == 0 ? 0 : errno;
        free(aside);
        if (!taken)
            return error;
    }
}

static bool is_still_at(const char *path, const struct stat *file)
{
    struct stat now;
    return stat(path, &now) == 0 && now.st_dev == file->st_dev && now.st_ino == file->st_ino;
}

/* Makes an opened file ours: returns 0, EBUSY, another errno value, or EAGAIN when the name must be
 * opened anew. All is done under the file's lock, so that of several tracers that want the name at
 * once one gets it, and no other sees a file without its writer's lock. */
static int take_file(const char *path, int fd, struct stat *status, bool *locked)
{
    int error = recording_lock(fd);
    if (error == EBUSY)
        return EBUSY;
    *locked = error == 0;
    if (fstat(fd, status) != 0)
        return errno;
    if (!S_ISREG(status->st_mode))
        return EEXIST;
    if (!is_still_at(path, status))
        return EAGAIN; /* another has just put it aside */
    if (status->st_size == 0)
        return 0;
    if (!has_begun(fd))
        return unlink(path) == 0 ? EAGAIN : errno; /* killed before its first record */
    struct recording_header header;
    bool alive = !*locked && pread(fd, &header, sizeof header, 0) == (ssize_t)sizeof header &&
                 recording_is_being_written(fd, &header);
    if (alive)
        return EBUSY;
    error = put_aside(path, (long long)status->st_mtime);
    return error ? error : EAGAIN;
}

/* ioctl(), without the type of its second argument: musl's is an int, which does not hold these. */
static bool file_flags(int fd, unsigned long request, int *flags)
{
    return syscall(SYS_ioctl, fd, request, flags) == 0;
}

/* A file system that copies what is written (btrfs) needs room for each write, also to blocks that
 * were reserved: on a full disk a write to the mapping would bring SIGBUS. It can be told not to,
 * before the file has any. */
static void write_in_place(int fd)
{
    struct statfs system;
    int flags = 0;
    if (fstatfs(fd, &system) != 0 || (uint32_t)system.f_type != BTRFS ||
        !file_flags(fd, READ_FLAGS, &flags))
        return;
    flags |= NO_COPY_ON_WRITE;
    file_flags(fd, WRITE_FLAGS, &flags); /* else the guards must do */
}

static int open_file(struct recorder *recorder, bool *locked)
{
    enum { ATTEMPTS = 20 };
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        int fd = open(recorder->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);
        if (fd < 0)
            return errno;
        struct stat status;
        int error = take_file(recorder->path, fd, &status, locked);
        if (!error) {
            write_in_place(fd);
            return kept_descriptor_keep(&recorder->kept, fd) ? 0 : errno;
        }
        close(fd);
        if (error != EAGAIN)
            return error;
    }
    return EBUSY;
}

/* Another may have taken the name meanwhile, by renaming or removing our file. */
static void remove_file(const struct recorder *recorder)
{
    struct stat now;
    if (stat(recorder->path, &now) == 0 && kept_descriptor_is_of(&recorder->kept, &now))
        unlink(recorder->path);
}

/* ---- making it ---- */

static int map_file(struct recorder *recorder, uint64_t max_bytes, bool reserve_all)
{
    uint64_t chunks = max_bytes / RECORDING_CHUNK_BYTES;
    if (chunks < LEAST_CHUNKS)
        chunks = LEAST_CHUNKS;
    uint64_t there = reserve_all || chunks < FIRST_CHUNKS ? chunks : FIRST_CHUNKS;
    recorder->chunks = chunks;
    recorder->there = there;
    recorder->file_bytes = RING_AT + (size_t)chunks * RECORDING_CHUNK_BYTES;
    recorder->end = RING_AT + there * RECORDING_CHUNK_BYTES;
    recorder->behind = recorder->file_bytes;
    recorder->owned = calloc(chunks, sizeof *recorder->owned);
    if (!recorder->owned)
        return ENOMEM;
    int error = recorder_reserve(recorder->kept.fd, 0, recorder->end);
    if (error)
        return error;
    void *file =
        mmap(NULL, recorder->file_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, recorder->kept.fd, 0);
    if (file == MAP_FAILED || !file)
        return ENOMEM;
    recorder->file = file;
    recorder->guards[0] = mapping_guard_add(file, recorder->file_bytes, &recorder->broken);
    if (!recorder->guards[0])
        return ENOMEM;
    recorder->header = file;
    recorder->ring = (void *)(recorder->file + RING_AT);
    recorder->extents[0] = (void *)(recorder->file + FIRST_EXTENT_AT);
    recorder->extent_count = 1;
    return 0;
}

/* The magic comes last: a file without it has not begun. */
static void fill_header(struct recorder *recorder, const struct recorder_options *options,
                        bool locked)
{
    struct recording_header *header = recorder->header;
    recorder->start_ns = recorder_monotonic_ns();
    header->version = RECORDING_VERSION;
    header->byte_order = RECORDING_BYTE_ORDER;
    header->header_bytes = RECORDING_HEADER_BYTES;
    header->chunk_bytes = RECORDING_CHUNK_BYTES;
    header->ring_offset = RING_AT;
    header->ring_chunks = recorder->chunks;
    header->extents[0].offset = FIRST_EXTENT_AT;
    header->rank = options->rank;
    header->world_size = options->world_size;
    header->start_realtime_ns = clock_realtime_ns();
    header->start_monotonic_ns = recorder->start_ns;
    header->process = (uint64_t)getpid();
    header->device_bytes = options->device_bytes;
    header->locked = locked;
    recording_this_boot(header->boot);
    snprintf(header->device, sizeof header->device, "%s", options->device);
    snprintf(header->tags, sizeof header->tags, "%s", options->tags);
    memcpy(header->ordinals, options->coordinates.ordinals, sizeof header->ordinals);
    uint64_t magic;
    memcpy(&magic, RECORDING_MAGIC, sizeof magic);
    __atomic_store_n((uint64_t *)(void *)header->magic, magic, __ATOMIC_RELEASE);
}

static void discard(struct recorder *recorder)
{
    mapping_guard_remove(recorder->guards[0]);
    if (recorder->file)
        munmap(recorder->file, recorder->file_bytes);
    if (recorder->kept.fd >= 0)
        remove_file(recorder);
    kept_descriptor_close(&recorder->kept);
    free(recorder->owned);
    free(recorder->path);
    free(recorder);
}

int recorder_open(const struct recorder_options *options, struct recorder **opened)
{
    struct recorder *recorder = calloc(1, sizeof *recorder);
    if (!recorder)
        return ENOMEM;
    bool locked = false;
    recorder->kept.fd = -1;
    recorder->all_samples = options->all_samples;
    recorder->path = strdup(options->path);
    int error = recorder->path ? open_file(recorder, &locked) : ENOMEM;
    if (!error)
        error = map_file(recorder, options->max_bytes, options->reserve_all);
    if (error) {
        discard(recorder);
        return error;
    }
    fill_header(recorder, options, locked);
    recorder->serial = atomic_fetch_add(&serials, 1) + 1;
    recorder_prepare(recorder);
    atomic_store_explicit(&recorder->open, true, memory_order_release);
    *opened = recorder;
    return 0;
}

/* ---- reading and leaving it ---- */

int recorder_descriptor(struct recorder *recorder)
{
    struct kept_descriptor *kept = &recorder->kept;
    struct stat status;
    if (kept_descriptor_is_ours(kept, NULL))
        return kept->fd;
    kept->fd = open(recorder->path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (kept->fd >= 0 && (fstat(kept->fd, &status) != 0 || !kept_descriptor_is_of(kept, &status))) {
        close(kept->fd);
        kept->fd = -1;
        errno = ENOENT; /* another file has the name now */
    }
    /* The mappings hold the file that was opened first, and its lock: then it is busy. */
    int error = kept->fd >= 0 ? recording_lock(kept->fd) : EBADF;
    recorder->header->locked = error == 0 || error == EBUSY;
    return kept->fd;
}

bool recorder_map(struct recorder *recorder, struct mapped_file *file)
{
    int fd = recorder_descriptor(recorder);
    return fd >= 0 && mapped_file_open(file, fd, MAP_SHARED);
}

void recorder_end(struct recorder *recorder)
{
    atomic_store(&recorder->header->ended, RECORDING_ENDED_WHOLE);
}

/* A thread may stand between looking at `open` and writing its record. The file's pages are
 * replaced, in one step, by memory of the same size that costs nothing until it is touched. */
static void replace(void *start, size_t bytes)
{
    (void)mmap(start, bytes, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
}

/* A mapping holds the open file, and with it the lock, as a descriptor does. */
void recorder_let_go(struct recorder *recorder)
{
    atomic_store(&recorder->open, false);
    atomic_store(&recorder->lost, true); /* a sampling thread that was left behind looks there */
    replace(recorder->file, recorder->file_bytes);
    for (unsigned k = 1; k < RECORDING_EXTENTS; k++) {
        struct recording_record *extent = atomic_load(&recorder->extents[k]);
        if (extent)
            replace(extent, recording_extent_records(k) * sizeof *extent);
    }
    for (int i = 0; i < RECORDING_EXTENTS; i++) {
        mapping_guard_retire(recorder->guards[i]);
        recorder->guards[i] = NULL;
    }
    kept_descriptor_close(&recorder->kept);
}

void recorder_abandon_in_child(struct recorder *recorder)
{
    recorder_let_go(recorder);
}

void recorder_close(struct recorder *recorder, bool remove)
{
    if (remove)
        remove_file(recorder);
    recorder_let_go(recorder);
}
