#include "sweep/import/event_run.h"

#include "schemas/support/input_file.h"
#include "schemas/support/mapped_file.h"
#include "schemas/support/text.h"
#include "sweep/import/event_file.h"
#include "sweep/import/series.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct reading {
    struct import_run *run;
    struct series series;
    double began_s; /* wall time of the first value; NAN: none yet */
    bool no_memory;
};

/* Megatron-LM writes each of its arguments as a text, under the argument's name, to which PyTorch's
 * writer adds an ending. */
static void take_text(struct reading *reading, const struct event_value *value)
{
    static const char ending[] = "/text_summary";
    char name[96], text[256];
    size_t end = strlen(ending), length = value->tag.length;
    if (length <= end || length - end >= sizeof name || value->text.length >= sizeof text ||
        memcmp(value->tag.at + length - end, ending, end) != 0)
        return;
    snprintf(name, sizeof name, "%.*s", (int)(length - end), (const char *)value->tag.at);
    snprintf(text, sizeof text, "%.*s", (int)value->text.length, (const char *)value->text.at);
    megatron_arguments_take(&reading->run->arguments, name, text);
}

static bool take_value(void *context, const struct event_value *value)
{
    struct reading *reading = context;
    if (isnan(reading->began_s) && isfinite(value->wall_time_s))
        reading->began_s = value->wall_time_s;
    if (value->text.length > 0)
        take_text(reading, value);
    reading->no_memory =
        !series_add(&reading->series, (const char *)value->tag.at, value->tag.length, value->step,
                    value->number, fmax(0, value->wall_time_s - reading->began_s));
    return !reading->no_memory;
}

static bool read_mapped(struct reading *reading, const struct mapped_file *file, const char *path,
                        bool *corrupt, struct fault *fault)
{
    enum event_file_end end = event_file_read((const uint8_t *)file->bytes, file->length, path,
                                              take_value, reading, fault);
    if (mapped_file_is_cut(file))
        return fault_set(fault, "%s: lost its end while it was read", path);
    *corrupt = end == EVENT_FILE_CORRUPT;
    if (reading->no_memory || !series_fill_run(&reading->series, reading->began_s, reading->run))
        return fault_set_errno(fault, ENOMEM, "%s", path);
    return true;
}

bool event_run_read(struct import_run *run, const char *path, bool *corrupt, struct fault *fault)
{
    size_t length;
    struct mapped_file file;
    int fd = input_file_open(path, "an event file", &length, fault);
    if (fd < 0)
        return false;
    if (!mapped_file_open(&file, fd, MAP_PRIVATE)) {
        fault_set_errno(fault, errno, "%s: cannot be read", path);
        close(fd);
        return false;
    }
    struct reading reading = {.run = run, .began_s = NAN};
    bool read = read_mapped(&reading, &file, path, corrupt, fault);
    if (read && reading.series.of_pipeline)
        run->of_pipeline = true;
    series_free(&reading.series);
    mapped_file_close(&file);
    close(fd);
    return read;
}
