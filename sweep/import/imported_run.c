#include "sweep/import/imported_run.h"

#include "schemas/support/input_file.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void import_run_begin(struct import_run *run)
{
    *run = (struct import_run){
        .sizes = {-1, -1, -1, -1, -1, -1, -1, -1, -1}, .theory_mb = NAN, .last_iteration = 0};
}

void import_run_free(struct import_run *run)
{
    free(run->reports);
    free(run->step_ms);
    free(run->tflops);
    import_run_begin(run);
}

/* ---- lines ---- */

static const struct {
    const char *key;
    size_t offset;
} ARGUMENTS[] = {
    {"world_size", offsetof(struct import_sizes, world_size)},
    {"tensor_model_parallel_size", offsetof(struct import_sizes, tp)},
    {"pipeline_model_parallel_size", offsetof(struct import_sizes, pp)},
    {"data_parallel_size", offsetof(struct import_sizes, dp)},
    {"expert_model_parallel_size", offsetof(struct import_sizes, ep)},
    {"num_experts", offsetof(struct import_sizes, experts)},
    {"num_layers", offsetof(struct import_sizes, layers)},
    {"micro_batch_size", offsetof(struct import_sizes, micro_batch_size)},
    {"global_batch_size", offsetof(struct import_sizes, global_batch_size)},
};

static void take_argument(struct import_run *run, const struct import_line *line)
{
    for (size_t i = 0; i < sizeof ARGUMENTS / sizeof *ARGUMENTS; i++) {
        char *end;
        if (strcmp(ARGUMENTS[i].key, line->key) != 0)
            continue;
        errno = 0;
        long long number = strtoll(line->value, &end, 10);
        if (end != line->value && !*end && errno == 0 && number > 0 && number < INT32_MAX)
            *(int64_t *)(void *)((char *)&run->sizes + ARGUMENTS[i].offset) = number;
    }
}

static bool add_number(double **list, size_t count, double value)
{
    double *more = reallocarray(*list, count + 1, sizeof *more);
    if (!more)
        return false;
    more[count] = value;
    *list = more;
    return true;
}

static bool take_iteration(struct import_run *run, const struct import_line *line)
{
    int64_t since = line->iteration - run->last_iteration;
    if (line->iteration < 0 || since < 1)
        return true; /* it was logged before: several ranks in one file */
    run->last_iteration = line->iteration;
    if (!isnan(line->step_ms)) {
        run->elapsed_s += line->step_ms / 1000 * (double)since;
        if (!add_number(&run->step_ms, run->step_count, line->step_ms))
            return false;
        run->step_count++;
    }
    if (isnan(line->tflops))
        return true;
    return add_number(&run->tflops, run->tflops_count, line->tflops) && ++run->tflops_count;
}

static bool take_memory(struct import_run *run, const struct import_line *line)
{
    struct import_report *more =
        reallocarray(run->reports, run->report_count + 1, sizeof *run->reports);
    if (!more)
        return false;
    run->reports = more;
    run->reports[run->report_count++] = (struct import_report){
        .rank = line->rank,
        .iteration = line->iteration,
        .time_s = run->elapsed_s,
        .allocated_mb = line->allocated_mb,
        .peak_mb = line->max_allocated_mb,
        .reserved_mb = isnan(line->device_mb) ? line->reserved_mb : line->device_mb};
    return true;
}

static bool take_line(struct import_run *run, const char *text, bool *in_arguments)
{
    struct import_line line;
    import_line_read(text, *in_arguments, &line);
    switch (line.kind) {
    case IMPORT_ARGUMENTS_BEGIN:
    case IMPORT_ARGUMENTS_END:
        *in_arguments = line.kind == IMPORT_ARGUMENTS_BEGIN;
        return true;
    case IMPORT_ARGUMENT:
        take_argument(run, &line);
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

/* ---- a log ---- */

enum { LONGEST_LINE = 1 << 16 };

/* Lines of bounded length: of a longer one its beginning counts. */
static bool read_lines(struct import_run *run, FILE *stream)
{
    char *line = malloc(LONGEST_LINE), bytes[1 << 14];
    struct output_scan verdict;
    size_t used = 0, got;
    bool well = line != NULL, in_arguments = false;
    output_scan_begin(&verdict);
    while (well && (got = fread(bytes, 1, sizeof bytes, stream)) > 0) {
        output_scan_take(&verdict, bytes, got);
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
    output_scan_end(&verdict);
    run->oom = verdict.oom;
    run->failed = run->failed || verdict.child_signal > 0;
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

/* ---- sizes from elsewhere ---- */

static void take_size(int64_t *size, int64_t value)
{
    if (*size < 0 && value > 0)
        *size = value;
}

/* "PP64" at *AT: 64, with *AT behind it; 0 where it is something else. */
static int64_t named_size(const char **at, const char *name)
{
    size_t length = strlen(name);
    if (strncmp(*at, name, length) != 0 || !isdigit((unsigned char)(*at)[length]))
        return 0;
    char *end;
    long long value = strtoll(*at + length, &end, 10);
    *at = end;
    return value <= INT32_MAX ? value : 0;
}

/* "TP2_PP64_DP64_NMB384_GBS24576" in a path. */
static void take_folder(struct import_run *run, const char *path)
{
    for (const char *at = path; (at = strstr(at, "TP")); at++) {
        if (at > path && at[-1] != '/')
            continue;
        const char *in_name = at;
        int64_t tp = named_size(&in_name, "TP"), pp = named_size(&in_name, "_PP"),
                dp = named_size(&in_name, "_DP");
        if (tp < 1 || pp < 1 || dp < 1)
            continue;
        take_size(&run->sizes.tp, tp);
        take_size(&run->sizes.pp, pp);
        take_size(&run->sizes.dp, dp);
        return;
    }
}

void import_run_take_tags(struct import_run *run, const struct tag_filter *tags, const char *path)
{
    struct import_sizes *sizes = &run->sizes;
    const struct {
        const char *key;
        int64_t *size;
    } known[] = {{"wd", &sizes->world_size},
                 {"tp", &sizes->tp},
                 {"pp", &sizes->pp},
                 {"dp", &sizes->dp},
                 {"exp", &sizes->ep},
                 {"expNum", &sizes->experts},
                 {"l", &sizes->layers},
                 {"mbs", &sizes->micro_batch_size},
                 {"gbs", &sizes->global_batch_size}};
    for (size_t i = 0; i < tags->count; i++)
        for (size_t k = 0; k < sizeof known / sizeof *known; k++)
            if (strcmp(tags->tags[i].key, known[k].key) == 0)
                take_size(known[k].size, strtoll(tags->tags[i].value, NULL, 10));
    take_folder(run, path);
    int64_t model = sizes->tp > 0 && sizes->pp > 0 ? sizes->tp * sizes->pp : -1;
    if (model > 0 && sizes->world_size > 0 && sizes->world_size % model == 0)
        take_size(&sizes->dp, sizes->world_size / model);
}

/* ---- together ---- */

bool import_run_same(const struct import_run *a, const struct import_run *b)
{
    return memcmp(&a->sizes, &b->sizes, sizeof a->sizes) == 0;
}

bool import_run_join(struct import_run *run, struct import_run *more)
{
    size_t count = run->report_count + more->report_count;
    struct import_report *reports = reallocarray(run->reports, count + 1, sizeof *reports);
    if (!reports)
        return false;
    run->reports = reports;
    for (size_t i = 0; i < more->report_count; i++)
        run->reports[run->report_count++] = more->reports[i];
    for (size_t i = 0; i < more->step_count; i++) {
        if (!add_number(&run->step_ms, run->step_count, more->step_ms[i]))
            return false;
        run->step_count++;
    }
    for (size_t i = 0; i < more->tflops_count; i++) {
        if (!add_number(&run->tflops, run->tflops_count, more->tflops[i]))
            return false;
        run->tflops_count++;
    }
    run->theory_mb = isnan(run->theory_mb) ? more->theory_mb : run->theory_mb;
    run->finished = run->finished || more->finished;
    run->failed = run->failed || more->failed;
    run->oom = run->oom || more->oom;
    import_run_free(more);
    return true;
}
