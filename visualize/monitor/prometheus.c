#include "visualize/monitor/outputs.h"

#include "schemas/support/output_file.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* A figure of each row; NAN where a row has none. */
struct metric {
    const char *name, *type, *help;
    double (*value)(const struct rank_row *row);
};

static double from_bytes(uint64_t bytes)
{
    return bytes == RECORDING_NOT_KNOWN ? NAN : (double)bytes;
}

static double up(const struct rank_row *row)
{
    return row->state == RANK_LIVE;
}

static double killed(const struct rank_row *row)
{
    return row->state == RANK_KILLED;
}

static double allocated(const struct rank_row *row)
{
    return from_bytes(row->allocated);
}

static double reserved(const struct rank_row *row)
{
    return from_bytes(row->reserved);
}

static double peak(const struct rank_row *row)
{
    return from_bytes(row->peak);
}

static double static_bytes(const struct rank_row *row)
{
    return from_bytes(row->static_bytes);
}

static double used(const struct rank_row *row)
{
    return from_bytes(row->used);
}

static double total(const struct rank_row *row)
{
    return row->total ? (double)row->total : NAN;
}

static double iteration(const struct rank_row *row)
{
    return row->has_iteration ? (double)row->iteration : NAN;
}

static double level(const struct rank_row *row)
{
    return (double)row->level;
}

static double alive(const struct rank_row *row)
{
    return row->alive_s > 0 ? row->alive_s : NAN;
}

static const struct metric METRICS[] = {
    {"gmtrace_up", "gauge", "1 while the process records", up},
    {"gmtrace_killed", "gauge", "1 where the process is gone without having ended", killed},
    {"gmtrace_allocated_bytes", "gauge", "Memory allocated.", allocated},
    {"gmtrace_reserved_bytes", "gauge", "Memory reserved.", reserved},
    {"gmtrace_used_bytes", "gauge", "The most in use since the last look.", used},
    {"gmtrace_peak_bytes", "gauge", "The most allocated so far.", peak},
    {"gmtrace_static_bytes", "gauge", "Allocated before the forward pass.", static_bytes},
    {"gmtrace_device_bytes", "gauge", "The device's memory.", total},
    {"gmtrace_alert_level", "gauge", "0 ok, 1 warning, 2 critical.", level},
    {"gmtrace_iteration", "gauge", "The current iteration.", iteration},
    {"gmtrace_alive_timestamp_seconds", "gauge", "The last sign of life, since 1970.", alive},
};

static void put_label(FILE *stream, const char *name, const char *value)
{
    fprintf(stream, ",%s=\"", name);
    for (; *value; value++) {
        if (*value == '\\' || *value == '"')
            putc('\\', stream);
        if ((unsigned char)*value >= ' ')
            putc(*value, stream);
    }
    putc('"', stream);
}

static void put_row(FILE *stream, const struct metric *metric, const struct rank_row *row, bool gpu)
{
    double value = metric->value(row);
    if (isnan(value))
        return;
    fprintf(stream, "%s{%s=\"%" PRId64 "\"", metric->name, gpu ? "gpu" : "rank", row->rank);
    if (row->tp > 0)
        fprintf(stream, ",tp=\"%" PRId64 "\"", row->tp);
    if (row->pp > 0)
        fprintf(stream, ",pp=\"%" PRId64 "\"", row->pp);
    if (row->stage >= 0)
        fprintf(stream, ",stage=\"%" PRId64 "\"", row->stage);
    put_label(stream, gpu ? "uuid" : "trace", row->name);
    fprintf(stream, "} %.17g\n", value);
}

bool output_prometheus(const struct watch *watch, const char *path, struct fault *fault)
{
    const struct ranks *rows = watch_rows(watch);
    struct output_file file;
    if (!output_file_open(&file, path, fault))
        return false;
    for (size_t m = 0; m < sizeof METRICS / sizeof *METRICS; m++) {
        fprintf(file.stream, "# HELP %s %s\n# TYPE %s %s\n", METRICS[m].name, METRICS[m].help,
                METRICS[m].name, METRICS[m].type);
        for (size_t i = 0; i < rows->count; i++)
            put_row(file.stream, &METRICS[m], &rows->rows[i], watch_shows_gpus(watch));
    }
    return output_file_commit(&file, fault);
}
