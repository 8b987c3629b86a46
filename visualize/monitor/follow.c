#include "visualize/monitor/follow.h"

#include "schemas/recording/recording.h"
#include "schemas/recording/recording_lock.h"
#include "visualize/monitor/follow_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint64_t MOST_CHUNKS = 1U << 28; /* a ring of a TiB */

bool follow_read_at(int fd, void *bytes, size_t size, uint64_t offset)
{
    size_t done = 0;
    while (done < size) {
        ssize_t count = pread(fd, (char *)bytes + done, size - done, (off_t)(offset + done));
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        done += (size_t)count;
    }
    return true;
}

static void forget(struct follow *follow)
{
    follow_free(follow);
    follow->figures = (struct follow_figures){.allocated = RECORDING_NOT_KNOWN,
                                              .reserved = RECORDING_NOT_KNOWN,
                                              .peak_allocated = RECORDING_NOT_KNOWN,
                                              .peak_reserved = RECORDING_NOT_KNOWN,
                                              .recent = RECORDING_NOT_KNOWN,
                                              .static_bytes = RECORDING_NOT_KNOWN,
                                              .samples_per_s = NAN};
}

void follow_free(struct follow *follow)
{
    free(follow->open);
    *follow = (struct follow){0};
}

/* Reads the header: the claims in it say how much there is to look at. */
static enum follow_result read_header(struct recording_header *header, int fd, const char *path,
                                      uint64_t file_bytes, struct fault *fault)
{
    if (file_bytes == 0)
        return FOLLOW_NOT_BEGUN;
    if (!follow_read_at(fd, header, sizeof *header, 0)) {
        fault_set(fault, "%s: expected a recording, found a file too short for one", path);
        return FOLLOW_FAILED;
    }
    header->tags[sizeof header->tags - 1] = header->device[sizeof header->device - 1] = '\0';
    static const char nothing[sizeof header->magic];
    if (memcmp(header->magic, nothing, sizeof nothing) == 0)
        return FOLLOW_NOT_BEGUN; /* these bytes are written last */
    if (!recording_check_header(header, path, fault))
        return FOLLOW_FAILED;
    if (header->ring_chunks == 0 || header->ring_chunks > MOST_CHUNKS)
        fault_set(fault, "%s: a ring of %llu chunks makes no sense", path,
                  (unsigned long long)header->ring_chunks);
    else
        return FOLLOW_READ;
    return FOLLOW_FAILED;
}

/* Where to begin: with what is there, the newest first. */
static void begin(struct follow *follow, const struct recording_header *header,
                  const struct stat *status)
{
    forget(follow);
    follow->device = status->st_dev;
    follow->inode = status->st_ino;
    uint64_t claimed = header->claimed_chunks;
    follow->seen_chunks = claimed > 1 ? claimed - 1 : 0; /* the newest one, for the rate */
    follow->backlog_last = follow->first_chunk = follow->seen_chunks;
}

static enum follow_result look_at(struct follow *follow, int fd, const char *path,
                                  uint64_t *backlog_chunks, struct fault *fault)
{
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        fault_set(fault, "%s: expected a recording, found no regular file", path);
        return FOLLOW_FAILED;
    }
    struct recording_header header;
    uint64_t file_bytes = (uint64_t)status.st_size;
    enum follow_result result = read_header(&header, fd, path, file_bytes, fault);
    if (result != FOLLOW_READ)
        return result;
    /* The inode of a removed file may be given to the next. */
    bool is_first = follow->inode != status.st_ino || follow->device != status.st_dev ||
                    follow->header.start_realtime_ns != header.start_realtime_ns ||
                    follow->header.process != header.process ||
                    header.claimed_chunks < follow->seen_chunks;
    if (is_first)
        begin(follow, &header, &status);
    follow->header = header;
    follow->file_bytes = file_bytes;
    follow->figures.recent = RECORDING_NOT_KNOWN;
    follow_samples(follow, fd, backlog_chunks);
    follow_notes(follow, fd);
    if (is_first || follow->figures.recent == RECORDING_NOT_KNOWN) {
        follow->figures.recent = RECORDING_NOT_KNOWN;
        follow_raise(&follow->figures.recent, follow->figures.allocated);
        follow_raise(&follow->figures.recent, follow->figures.reserved);
    }
    /* Asked last: what a process wrote before it ended has been read. */
    follow->state = header.ended                              ? FOLLOW_ENDED
                    : recording_is_being_written(fd, &header) ? FOLLOW_LIVE
                                                              : FOLLOW_KILLED;
    return FOLLOW_READ;
}

enum follow_result follow_look(struct follow *follow, const char *path, uint64_t *backlog_chunks,
                               struct fault *fault)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        if (errno == ENOENT)
            return FOLLOW_ABSENT;
        fault_set_errno(fault, errno, "%s: cannot be read", path);
        return FOLLOW_FAILED;
    }
    enum follow_result result = look_at(follow, fd, path, backlog_chunks, fault);
    close(fd);
    return result;
}

bool follow_is_behind(const struct follow *follow)
{
    return follow->backlog_first < follow->backlog_last ||
           (follow->hole_looks == 0 && follow->seen_notes < follow->header.claimed_notes);
}
