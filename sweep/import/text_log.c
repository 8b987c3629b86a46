#include "sweep/import/text_log.h"

#include "schemas/support/input_file.h"
#include "sweep/import/log_line.h"
#include "sweep/outcome/output_scan.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct reading {
    struct import_run *run;
    enum import_block block; /* in which the next line stands */
    int64_t step;            /* the last one that DeepSpeed told */
    struct fault *fault;
    const char *path;
};

/* ---- lines ---- */

static struct import_report report_of(const struct reading *reading, const struct import_line *line)
{
    return (struct import_report){.rank = line->rank,
                                  .iteration =
                                      line->iteration < 0 ? reading->step : line->iteration,
                                  .time_s = reading->run->elapsed_s,
                                  .allocated_mb = line->allocated_mb,
                                  .peak_mb = line->max_allocated_mb,
                                  .reserved_mb = line->reserved_mb,
                                  .device_mb = line->device_mb,
                                  .measure = TRACE_MEASURE_ALLOCATOR};
}

/* A launcher's prefix has the rank on its machine. Lines of two machines would be taken for one
 * rank's; a run that begins anew from a checkpoint goes back, and what it says then stands. */
static bool drop_repeated(struct reading *reading, const struct import_line *line)
{
    struct import_run *run = reading->run;
    size_t last = run->report_count;
    while (last > 0 && run->reports[last - 1].rank != line->rank)
        last--;
    if (last == 0 || run->reports[last - 1].iteration < line->iteration)
        return true;
    if (run->reports[last - 1].iteration == line->iteration)
        return fault_set(reading->fault,
                         "%s: step %" PRId64 " of local rank %" PRId64
                         " stands there twice, as of two machines; give a log of each machine",
                         reading->path, line->iteration, line->rank);
    size_t kept = 0;
    for (size_t i = 0; i < run->report_count; i++)
        if (run->reports[i].rank != line->rank || run->reports[i].iteration < line->iteration)
            run->reports[kept++] = run->reports[i];
    run->report_count = kept;
    return true;
}

static bool take_iteration(struct reading *reading, const struct import_line *line)
{
    return import_run_add_iteration(reading->run, line->iteration, line->step_ms, line->tflops) ||
           fault_set_errno(reading->fault, ENOMEM, "%s", reading->path);
}

static bool take_memory(struct reading *reading, const struct import_line *line)
{
    if (line->tells_step)
        reading->step = line->iteration;
    if (line->is_local && !drop_repeated(reading, line))
        return false;
    reading->run->local = reading->run->local || (line->is_local && line->rank >= 0);
    bool speed = !isnan(line->step_ms) || !isnan(line->tflops);
    if (speed && !take_iteration(reading, line))
        return false;
    return import_run_add_report(reading->run, report_of(reading, line)) ||
           fault_set_errno(reading->fault, ENOMEM, "%s", reading->path);
}

static void take_device(struct import_run *run, const struct import_line *line)
{
    run->capacity_mb = line->capacity_mb;
    snprintf(run->device, sizeof run->device, "%s", line->value);
}

/* Megatron-Bridge tells only what is not the default, which is 1. */
static void begin_block(struct reading *reading, enum import_block block)
{
    reading->block = block;
    if (block != IMPORT_BLOCK_BRIDGE)
        return;
    megatron_arguments_take(&reading->run->arguments, "tensor_model_parallel_size", "1");
    megatron_arguments_take(&reading->run->arguments, "pipeline_model_parallel_size", "1");
}

static bool take_part(struct reading *reading, const char *text)
{
    struct import_line line;
    struct import_run *run = reading->run;
    import_line_read(text, reading->block, &line);
    switch (line.kind) {
    case IMPORT_BLOCK:
        begin_block(reading, line.block);
        break;
    case IMPORT_ARGUMENT:
        megatron_arguments_take(&run->arguments, line.key, line.value);
        break;
    case IMPORT_SIZES: /* those of two lines that contradict each other: the first stands */
        configuration_add_given(&run->told, line.value, NULL);
        break;
    case IMPORT_STEP:
        reading->step = line.iteration;
        break;
    case IMPORT_MEMORY:
        return take_memory(reading, &line);
    case IMPORT_DEVICE:
        take_device(run, &line);
        break;
    case IMPORT_THEORY:
        run->theory_mb = isnan(line.theory_mb) ? run->theory_mb : line.theory_mb;
        break;
    case IMPORT_ITERATION:
        reading->block = IMPORT_BLOCK_NONE;
        return take_iteration(reading, &line);
    case IMPORT_FINISHED:
        run->finished = true;
        break;
    case IMPORT_FAILURE:
        run->failed = true;
        break;
    case IMPORT_NOTHING:
        break;
    }
    return true;
}

/* A line, or several of different ranks without an end between them: cut before each report, so
 * that none takes a figure of another. */
static bool take_line(struct reading *reading, char *text)
{
    for (const char *glued; (glued = import_line_glued(text));) {
        char *next = text + (glued - text), first = *next;
        *next = '\0';
        if (!take_part(reading, text))
            return false;
        *next = first;
        text = next;
    }
    return take_part(reading, text);
}

/* ---- a log ---- */

enum { LONGEST_LINE = 1 << 16 };

/* Lines of bounded length: of a longer one its beginning counts. A last line without its end was
 * cut off, and its figures may be, too: it is passed over. */
static bool read_lines(struct reading *reading, FILE *stream, char *line)
{
    char bytes[1 << 14];
    struct output_scan scan;
    struct import_run *run = reading->run;
    size_t used = 0, got;
    bool well = true;
    output_scan_begin(&scan);
    while (well && (got = fread(bytes, 1, sizeof bytes, stream)) > 0) {
        output_scan_take(&scan, bytes, got);
        for (char *end = bytes; (end = memchr(end, '\0', got - (size_t)(end - bytes)));)
            *end = ' ';
        for (size_t i = 0; i < got && well; i++) {
            if (bytes[i] != '\n' && bytes[i] != '\r') {
                if (used + 1 < LONGEST_LINE)
                    line[used++] = bytes[i];
                continue;
            }
            line[used] = '\0';
            well = used == 0 || take_line(reading, line);
            used = 0;
        }
    }
    output_scan_end(&scan);
    run->oom = scan.oom;
    run->failed = run->failed || scan.child_signal > 0;
    return well;
}

bool text_log_read(struct import_run *run, const char *path, struct fault *fault)
{
    size_t length;
    int fd = input_file_open(path, "a log", &length, fault);
    if (fd < 0)
        return false;
    FILE *stream = fdopen(fd, "r");
    if (!stream) {
        close(fd);
        return fault_set_errno(fault, errno, "%s", path);
    }
    struct reading reading = {.run = run, .fault = fault, .path = path};
    char *line = malloc(LONGEST_LINE);
    bool read =
        line ? read_lines(&reading, stream, line) : fault_set_errno(fault, ENOMEM, "%s", path);
    if (read && ferror(stream))
        read = fault_set_errno(fault, errno, "%s: cannot be read", path);
    free(line);
    fclose(stream);
    return read;
}
