#include "sweep/import/imported_run.h"

#include "schemas/support/array.h"
#include "schemas/support/input_file.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void import_run_begin(struct import_run *run)
{
    *run = (struct import_run){.theory_mb = NAN};
}

void import_run_free(struct import_run *run)
{
    free(run->reports);
    free(run->step_ms);
    free(run->tflops);
    import_run_begin(run);
}

/* ---- lines ---- */

static bool add_number(double **list, size_t *count, double value)
{
    double *place = ARRAY_ADD(*list, *count);
    if (place)
        *place = value;
    return place != NULL;
}

static bool add_report(struct import_run *run, const struct import_report *report)
{
    struct import_report *place = ARRAY_ADD(run->reports, run->report_count);
    if (place)
        *place = *report;
    return place != NULL;
}

static bool take_iteration(struct import_run *run, const struct import_line *line)
{
    int64_t since = line->iteration - run->last_iteration;
    if (line->iteration < 0 || since < 1)
        return true; /* it was logged before: several ranks in one file */
    run->last_iteration = line->iteration;
    if (!isnan(line->step_ms)) {
        run->elapsed_s += line->step_ms / 1000 * (double)since;
        if (!add_number(&run->step_ms, &run->step_count, line->step_ms))
            return false;
    }
    return isnan(line->tflops) || add_number(&run->tflops, &run->tflops_count, line->tflops);
}

static bool take_memory(struct import_run *run, const struct import_line *line)
{
    const struct import_report report = {.rank = line->rank,
                                         .iteration = line->iteration,
                                         .time_s = run->elapsed_s,
                                         .allocated_mb = line->allocated_mb,
                                         .peak_mb = line->max_allocated_mb,
                                         .reserved_mb = line->reserved_mb,
                                         .device_mb = line->device_mb,
                                         .place = run->report_count};
    return add_report(run, &report);
}

static bool take_part(struct import_run *run, const char *text, bool *in_arguments)
{
    struct import_line line;
    import_line_read(text, *in_arguments, &line);
    switch (line.kind) {
    case IMPORT_ARGUMENTS_BEGIN:
    case IMPORT_ARGUMENTS_END:
        *in_arguments = line.kind == IMPORT_ARGUMENTS_BEGIN;
        return true;
    case IMPORT_ARGUMENT:
        megatron_arguments_take(&run->arguments, line.key, line.value);
        return true;
    case IMPORT_MEMORY:
        return take_memory(run, &line);
    case IMPORT_THEORY:
        run->theory_mb = isnan(line.theory_mb) ? run->theory_mb : line.theory_mb;
        return true;
    case IMPORT_ITERATION:
        return take_iteration(run, &line);
    case IMPORT_FINISHED:
        run->finished = true;
        return true;
    case IMPORT_FAILURE:
        run->failed = true;
        return true;
    case IMPORT_NOTHING:
        break;
    }
    return true;
}

/* A line, or several of different ranks without an end between them: cut before each report, so
 * that none takes a figure of another. */
static bool take_line(struct import_run *run, char *text, bool *in_arguments)
{
    for (const char *glued; (glued = import_line_glued(text));) {
        char *next = text + (glued - text), first = *next;
        *next = '\0';
        if (!take_part(run, text, in_arguments))
            return false;
        *next = first;
        text = next;
    }
    return take_part(run, text, in_arguments);
}

/* ---- a log ---- */

enum { LONGEST_LINE = 1 << 16 };

/* Lines of bounded length: of a longer one its beginning counts. */
static bool read_lines(struct import_run *run, FILE *stream)
{
    char *line = malloc(LONGEST_LINE), bytes[1 << 14];
    struct output_scan scan;
    size_t used = 0, got;
    bool well = line != NULL, in_arguments = false;
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
            well = used == 0 || take_line(run, line, &in_arguments);
            used = 0;
        }
    }
    output_scan_end(&scan);
    run->oom = scan.oom;
    run->failed = run->failed || scan.child_signal > 0;
    free(line); /* a last line without its end was cut off: its figures may be, too */
    return well;
}

bool import_run_read(struct import_run *run, const char *path, struct fault *fault)
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
    bool read = read_lines(run, stream);
    if (!read)
        fault_set_errno(fault, ENOMEM, "%s", path);
    else if (ferror(stream))
        read = fault_set_errno(fault, errno, "%s: cannot be read", path);
    fclose(stream);
    return read;
}

/* ---- its configuration ---- */

/* "TP2_PP64_DP64_NMB384_GBS24576_EP8" in a path: run_sweep's folders say what they hold. */
static void take_folder(struct configuration *configuration, const char *path)
{
    for (const char *at = path; *at;) {
        size_t length = strcspn(at, "/");
        struct configuration named = {0};
        for (const char *word = at; word < at + length;) {
            size_t word_length = strcspn(word, "_/");
            configuration_add_folder_word(&named, word, word_length);
            word += word_length + 1;
        }
        if ((named.written & CONFIGURATION_USUAL) == CONFIGURATION_USUAL)
            configuration_add_missing(configuration, &named, NULL);
        at += length;
        at += *at == '/';
    }
}

/* Global batch size / (micro-batch size x DP), where that is a whole number. */
static void find_micro_batches(struct configuration *configuration)
{
    int64_t size = configuration_number(configuration, DIMENSION_MICRO_BATCH_SIZE);
    int64_t global = configuration_number(configuration, DIMENSION_GLOBAL_BATCH_SIZE);
    int64_t dp = configuration_number(configuration, DIMENSION_DP), at_once;
    if (size > 0 && dp > 0 && global > 0 && !__builtin_mul_overflow(size, dp, &at_once) &&
        global % at_once == 0)
        configuration_set_number(configuration, DIMENSION_MICRO_BATCHES, global / at_once);
}

bool import_run_place(struct import_run *run, const struct configuration *given, const char *path)
{
    struct configuration *configuration = &run->configuration;
    megatron_arguments_finish(&run->arguments, configuration);
    configuration_add_missing(configuration, given, NULL);
    take_folder(configuration, path);
    int64_t dp = configuration_number(configuration, DIMENSION_DP);
    if (dp > 0)
        configuration_set_number(configuration, DIMENSION_DP, dp);
    find_micro_batches(configuration);
    return configuration_number(configuration, DIMENSION_TP) > 0 &&
           configuration_number(configuration, DIMENSION_PP) > 0;
}

size_t import_run_drop_impossible(struct import_run *run)
{
    int64_t world = configuration_number(&run->configuration, DIMENSION_WORLD_SIZE);
    size_t kept = 0, all = run->report_count;
    for (size_t i = 0; i < all; i++)
        if (world <= 0 || run->reports[i].rank < world)
            run->reports[kept++] = run->reports[i];
    run->report_count = kept;
    return all - kept;
}

/* ---- together ---- */

bool import_run_same(const struct import_run *a, const struct import_run *b)
{
    return configuration_compare(&a->configuration, &b->configuration) == 0;
}

bool import_run_join(struct import_run *run, struct import_run *more)
{
    bool joined = true;
    for (size_t i = 0; i < more->report_count && joined; i++) {
        more->reports[i].place = run->report_count;
        joined = add_report(run, &more->reports[i]);
    }
    for (size_t i = 0; i < more->step_count && joined; i++)
        joined = add_number(&run->step_ms, &run->step_count, more->step_ms[i]);
    for (size_t i = 0; i < more->tflops_count && joined; i++)
        joined = add_number(&run->tflops, &run->tflops_count, more->tflops[i]);
    if (!joined)
        return false;
    run->theory_mb = isnan(run->theory_mb) ? more->theory_mb : run->theory_mb;
    run->finished = run->finished || more->finished;
    run->failed = run->failed || more->failed;
    run->oom = run->oom || more->oom;
    import_run_free(more);
    return true;
}
