#include "schemas/support/csv.h"
#include "visualize/monitor/outputs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char HEADING[] =
    "time,kind,rank,state,level,tp,pp,stage,allocated_bytes,reserved_bytes,peak_bytes,static_bytes,"
    "used_bytes,device_bytes,percent,iteration,samples_per_s,alive,trace\n";

static void put_bytes(FILE *stream, uint64_t bytes)
{
    if (bytes != RECORDING_NOT_KNOWN)
        fprintf(stream, "%" PRIu64, bytes);
    putc(',', stream);
}

static void put_size(FILE *stream, int64_t size)
{
    if (size >= 0)
        fprintf(stream, "%" PRId64, size);
    putc(',', stream);
}

static void put_number(FILE *stream, double number, const char *format)
{
    if (!isnan(number))
        fprintf(stream, format, number);
    putc(',', stream);
}

static void put_row(FILE *stream, const struct rank_row *row, bool gpu, double now)
{
    fprintf(stream, "%.3f,%s,%" PRId64 ",%s,%s,", now, gpu ? "gpu" : "rank", row->rank,
            rank_state_word(row->state), alert_word(row->level));
    put_size(stream, row->tp);
    put_size(stream, row->pp);
    put_size(stream, row->stage);
    put_bytes(stream, row->allocated);
    put_bytes(stream, row->reserved);
    put_bytes(stream, row->peak);
    put_bytes(stream, row->static_bytes);
    put_bytes(stream, row->used);
    put_bytes(stream, row->total ? row->total : RECORDING_NOT_KNOWN);
    put_number(stream, row->percent, "%.2f");
    if (row->has_iteration)
        fprintf(stream, "%" PRId64, row->iteration);
    putc(',', stream);
    put_number(stream, row->samples_per_s, "%.1f");
    put_number(stream, row->alive_s > 0 ? row->alive_s : NAN, "%.3f");
    csv_put_quoted(stream, row->name);
    putc('\n', stream);
}

static bool append(int fd, const char *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t written = write(fd, bytes + done, size - done);
        if (written < 0 && errno != EINTR)
            return false;
        done += written > 0 ? (size_t)written : 0;
    }
    return true;
}

bool output_csv(const struct watch *watch, const char *path, struct fault *fault)
{
    const struct ranks *rows = watch_rows(watch);
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    struct stat status;
    char *text = NULL;
    size_t size = 0;
    FILE *stream = fd >= 0 && fstat(fd, &status) == 0 ? open_memstream(&text, &size) : NULL;
    bool written = stream != NULL;
    if (stream) {
        double now = ranks_realtime_s();
        if (status.st_size == 0)
            fputs(HEADING, stream);
        for (size_t i = 0; i < rows->count; i++)
            put_row(stream, &rows->rows[i], watch_shows_gpus(watch), now);
        written = fclose(stream) == 0 && append(fd, text, size);
    }
    int error = errno;
    if (fd >= 0)
        close(fd);
    free(text);
    return written || fault_set_errno(fault, error, "%s: cannot be written", path);
}
