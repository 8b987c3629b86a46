#include "visualize/monitor/ranks.h"

#include "schemas/recording/recording.h"
#include "schemas/support/array.h"
#include "schemas/trace/trace_name.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* What stands behind a row. */
struct rank_source {
    struct follow follow;
    bool staged; /* the row's stage is known, as far as it ever is */
    char *path;
    bool seen;    /* in this look */
    bool counted; /* samples_before is of the look before */
    uint64_t samples_before;
    struct fault fault; /* the last one that was told */
};

/* Chunks that were written before the first look, in one look at all ranks: 32 MiB. */
enum { BACKLOG_CHUNKS = 8192 };

const char *rank_state_word(enum rank_state state)
{
    static const char *const words[] = {
        [RANK_NEW] = "new", [RANK_LIVE] = "live", [RANK_KILLED] = "killed", [RANK_ENDED] = "ended"};
    return words[state];
}

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

double ranks_monotonic_s(void)
{
    return seconds(CLOCK_MONOTONIC);
}

double ranks_realtime_s(void)
{
    return seconds(CLOCK_REALTIME);
}

/* ---- which recordings ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct rank_row *)a)->name, ((const struct rank_row *)b)->name);
}

static void free_row(struct rank_row *row)
{
    if (row->source) {
        follow_free(&row->source->follow);
        free(row->source->path);
        free(row->source);
    }
    row->source = NULL;
}

static struct rank_row *add_row(struct ranks *ranks)
{
    if (ranks->count == ranks->capacity) {
        size_t more = ranks->capacity ? 2 * ranks->capacity : 64;
        struct rank_row *rows = array_resize(ranks->rows, more, sizeof *rows);
        if (!rows)
            return NULL;
        ranks->rows = rows;
        ranks->capacity = more;
    }
    return &ranks->rows[ranks->count++];
}

static bool add_recording(struct ranks *ranks, const char *base, const struct trace_name *name)
{
    struct rank_source *source = calloc(1, sizeof *source);
    if (!source || asprintf(&source->path, "%s/%s", ranks->folder, base) < 0) {
        free(source);
        return false;
    }
    struct rank_row *row = add_row(ranks);
    if (!row) {
        free(source->path);
        free(source);
        return false;
    }
    const struct configuration *configuration = &name->configuration;
    *row = (struct rank_row){.rank = name->rank,
                             .tp = configuration_number(configuration, DIMENSION_TP),
                             .pp = configuration_number(configuration, DIMENSION_PP),
                             .tags = source->follow.header.tags,
                             .allocated = RECORDING_NOT_KNOWN,
                             .reserved = RECORDING_NOT_KNOWN,
                             .peak = RECORDING_NOT_KNOWN,
                             .static_bytes = RECORDING_NOT_KNOWN,
                             .used = RECORDING_NOT_KNOWN,
                             .percent = NAN,
                             .samples_per_s = NAN,
                             .stage = -1,
                             .source = source};
    snprintf(row->name, sizeof row->name, "%s", base);
    return true;
}

/* The rows that were there before the look are sorted; new ones stand behind them. */
static bool take_entry(struct ranks *ranks, size_t sorted, const char *base)
{
    struct trace_name name;
    struct rank_row key;
    if (base[0] == '.' || !trace_name_parse(base, &name, NULL) ||
        name.format != TRACE_FORMAT_RECORDING)
        return true;
    if (name.configuration.written & DIMENSION_BIT(DIMENSION_STAMP)) {
        ranks->earlier++;
        return true;
    }
    snprintf(key.name, sizeof key.name, "%s", base);
    struct rank_row *row =
        sorted ? bsearch(&key, ranks->rows, sorted, sizeof *ranks->rows, by_name) : NULL;
    if (!row && !add_recording(ranks, base, &name))
        return false;
    row = row ? row : &ranks->rows[ranks->count - 1];
    row->source->seen = true;
    return true;
}

static bool list(struct ranks *ranks, struct fault *fault)
{
    DIR *folder = opendir(ranks->folder);
    if (!folder)
        return fault_set_errno(fault, errno, "%s: cannot be read", ranks->folder);
    size_t sorted = ranks->count;
    bool listed = true;
    ranks->earlier = 0;
    for (size_t i = 0; i < ranks->count; i++)
        ranks->rows[i].source->seen = false;
    for (const struct dirent *entry; listed && (entry = readdir(folder));)
        listed = take_entry(ranks, sorted, entry->d_name) ||
                 fault_set(fault, "%s: out of memory for its recordings", ranks->folder);
    closedir(folder);
    if (ranks->count > sorted)
        qsort(ranks->rows, ranks->count, sizeof *ranks->rows, by_name);
    return listed;
}

/* ---- what they say ---- */

static bool became_json(const struct rank_source *source)
{
    char path[4096];
    struct stat status;
    size_t length = strlen(source->path) - strlen(".gmtrace");
    return (size_t)snprintf(path, sizeof path, "%.*s.json", (int)length, source->path) <
               sizeof path &&
           stat(path, &status) == 0;
}

static void take_rate(struct rank_row *row, double elapsed_s)
{
    struct rank_source *source = row->source;
    const struct follow_figures *figures = &source->follow.figures;
    if (!source->counted || figures->samples < source->samples_before)
        row->samples_per_s = figures->samples_per_s;
    else if (elapsed_s > 0)
        row->samples_per_s = (double)(figures->samples - source->samples_before) / elapsed_s;
    source->samples_before = figures->samples;
    source->counted = true;
}

/* Where the recording says it, else as the name suggests. */
static void take_stage(struct rank_row *row)
{
    struct trace_name name;
    if (row->source->staged || !trace_name_parse(row->name, &name, NULL))
        return;
    const struct coordinates coordinates = recording_coordinates(&row->source->follow.header);
    row->stage = rank_stage(&coordinates, &name.configuration, name.rank);
    row->source->staged = true;
}

static void take_values(struct rank_row *row, const struct ranks *ranks)
{
    static const enum rank_state states[] = {
        [FOLLOW_LIVE] = RANK_LIVE, [FOLLOW_ENDED] = RANK_ENDED, [FOLLOW_KILLED] = RANK_KILLED};
    const struct follow *follow = &row->source->follow;
    const struct follow_figures *figures = &follow->figures;
    row->tags = follow->header.tags;
    take_stage(row);
    row->state = states[follow->state];
    row->behind = follow_is_behind(follow);
    row->allocated = figures->allocated;
    row->reserved = figures->reserved;
    row->peak = figures->peak_allocated != RECORDING_NOT_KNOWN ? figures->peak_allocated
                                                               : figures->peak_reserved;
    row->static_bytes = figures->static_bytes;
    row->used = figures->recent;
    row->total = follow->header.device_bytes ? follow->header.device_bytes : ranks->total;
    row->percent = row->used != RECORDING_NOT_KNOWN && row->total > 0
                       ? 100 * (double)row->used / (double)row->total
                       : NAN;
    row->has_iteration = figures->has_iteration;
    row->iteration = figures->iteration;
    row->alive_s = (double)follow->header.alive_realtime_ns / 1e9;
}

/* False: there is nothing more to show of it. */
static bool look_at(struct rank_row *row, struct ranks *ranks, double elapsed_s, uint64_t *backlog,
                    struct fault *fault)
{
    struct rank_source *source = row->source;
    enum follow_result result =
        source->seen ? follow_look(&source->follow, source->path, backlog, fault) : FOLLOW_ABSENT;
    switch (result) {
    case FOLLOW_READ:
        take_values(row, ranks);
        take_rate(row, elapsed_s);
        return true;
    case FOLLOW_ABSENT:
        row->state = RANK_ENDED;
        row->samples_per_s = NAN;
        return became_json(source);
    case FOLLOW_NOT_BEGUN:
    case FOLLOW_FAILED:
        break;
    }
    return true;
}

/* Once while it stays the same. */
static void report_unreadable(struct ranks *ranks, struct rank_source *source,
                              const struct fault *fault, ranks_unreadable_fn unreadable,
                              void *context)
{
    ranks->unreadable++;
    if (strcmp(source->fault.text, fault->text) == 0)
        return;
    source->fault = *fault;
    unreadable(context, fault);
}

bool ranks_look(struct ranks *ranks, ranks_unreadable_fn unreadable, void *context,
                struct fault *fault)
{
    if (!list(ranks, fault))
        return false;
    double now = ranks_monotonic_s(), elapsed_s = now - ranks->looked_s;
    uint64_t backlog = BACKLOG_CHUNKS;
    size_t kept = 0;
    ranks->looked_s = now;
    ranks->unreadable = 0;
    for (size_t i = 0; i < ranks->count; i++) {
        struct rank_row *row = &ranks->rows[i];
        struct fault why = {0};
        bool keep = look_at(row, ranks, elapsed_s, &backlog, &why);
        if (why.text[0])
            report_unreadable(ranks, row->source, &why, unreadable, context);
        if (!keep)
            free_row(row);
        else if (kept++ != i)
            ranks->rows[kept - 1] = *row;
    }
    ranks->count = kept;
    return true;
}

void ranks_free(struct ranks *ranks)
{
    for (size_t i = 0; i < ranks->count; i++)
        free_row(&ranks->rows[i]);
    free(ranks->rows);
    ranks->rows = NULL;
    ranks->count = ranks->capacity = 0;
}
