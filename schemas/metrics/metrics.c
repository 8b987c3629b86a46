#include "schemas/metrics/metrics.h"

#include "schemas/support/input_file.h"
#include "schemas/support/output_file.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct column {
    const char *name;
    bool whole;
    size_t offset;
} COLUMNS[] = {
    {"world_size", true, offsetof(struct metrics_row, world_size)},
    {"tp", true, offsetof(struct metrics_row, tp)},
    {"pp", true, offsetof(struct metrics_row, pp)},
    {"dp", true, offsetof(struct metrics_row, dp)},
    {"layers", true, offsetof(struct metrics_row, layers)},
    {"micro_batch_size", true, offsetof(struct metrics_row, micro_batch_size)},
    {"global_batch_size", true, offsetof(struct metrics_row, global_batch_size)},
    {"step_ms", false, offsetof(struct metrics_row, step_ms)},
    {"tflops", false, offsetof(struct metrics_row, tflops)},
};
enum { COLUMN_COUNT = sizeof COLUMNS / sizeof *COLUMNS, MOST_FIELDS = 64 };

static const struct column *column_named(const char *name)
{
    for (int i = 0; i < COLUMN_COUNT; i++)
        if (strcmp(COLUMNS[i].name, name) == 0)
            return &COLUMNS[i];
    return NULL;
}

/* ---- reading ---- */

static size_t split(char *line, char *fields[MOST_FIELDS])
{
    size_t count = 0;
    line[strcspn(line, "\r\n")] = '\0';
    while (line && count < MOST_FIELDS)
        fields[count++] = strsep(&line, ",");
    return count;
}

static bool take_field(const struct column *column, const char *text, struct metrics_row *row)
{
    char *end;
    void *field = (char *)row + column->offset;
    if (!*text)
        return true;
    errno = 0;
    if (column->whole) {
        long long number = strtoll(text, &end, 10);
        *(int64_t *)field = number;
        return !*end && !errno && number >= 0;
    }
    double number = strtod(text, &end);
    *(double *)field = number;
    return !*end && isfinite(number) && number >= 0;
}

struct reading {
    const struct column *columns[MOST_FIELDS];
    size_t column_count;
    struct metrics *metrics;
};

static bool take_line(struct reading *reading, char *line, const char **expected)
{
    char *fields[MOST_FIELDS];
    size_t count = split(line, fields);
    if (count == 1 && !*fields[0])
        return true;
    struct metrics_row row = {.world_size = -1,
                              .tp = -1,
                              .pp = -1,
                              .dp = -1,
                              .layers = -1,
                              .micro_batch_size = -1,
                              .global_batch_size = -1,
                              .step_ms = NAN,
                              .tflops = NAN};
    for (size_t i = 0; i < count && i < reading->column_count; i++)
        if (reading->columns[i] && !take_field(reading->columns[i], fields[i], &row)) {
            *expected = reading->columns[i]->name;
            return false;
        }
    *expected = row.tp < 1 ? "tp" : "pp";
    if (row.tp < 1 || row.pp < 1)
        return false;
    struct metrics *metrics = reading->metrics;
    struct metrics_row *more =
        reallocarray(metrics->rows, metrics->count + 1, sizeof *metrics->rows);
    if (!more)
        return false;
    metrics->rows = more;
    metrics->rows[metrics->count++] = row;
    return true;
}

bool metrics_read(const char *path, struct metrics *metrics, struct fault *fault)
{
    size_t length = 0, number = 0, size = 0;
    *metrics = (struct metrics){0};
    int fd = input_file_open(path, "a table of metrics", &length, fault);
    FILE *stream = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (!stream)
        return false;
    struct reading reading = {.metrics = metrics};
    char *line = NULL, *fields[MOST_FIELDS];
    const char *expected = NULL;
    bool read = true;
    while (read && getline(&line, &size, stream) > 0) {
        if (number++ > 0) {
            read = take_line(&reading, line, &expected);
            continue;
        }
        reading.column_count = split(line, fields);
        for (size_t i = 0; i < reading.column_count; i++)
            reading.columns[i] = column_named(fields[i]);
    }
    if (!read)
        fault_set(fault, "%s: line %zu: expected a number for %s", path, number, expected);
    free(line);
    fclose(stream);
    if (!read)
        metrics_free(metrics);
    return read;
}

void metrics_free(struct metrics *metrics)
{
    free(metrics->rows);
    *metrics = (struct metrics){0};
}

/* ---- writing ---- */

static void put_field(FILE *stream, const struct column *column, const struct metrics_row *row)
{
    const void *field = (const char *)row + column->offset;
    int64_t whole = column->whole ? *(const int64_t *)field : 0;
    double number = column->whole ? 0 : *(const double *)field;
    if (column->whole && whole >= 0)
        fprintf(stream, "%" PRId64, whole);
    else if (!column->whole && isfinite(number))
        fprintf(stream, "%.10g", number);
}

bool metrics_write(const char *path, const struct metrics *metrics, struct fault *fault)
{
    struct output_file file;
    if (!output_file_open(&file, path, fault))
        return false;
    for (int i = 0; i < COLUMN_COUNT; i++)
        fprintf(file.stream, "%s%s", i ? "," : "", COLUMNS[i].name);
    fputc('\n', file.stream);
    for (size_t r = 0; r < metrics->count; r++) {
        for (int i = 0; i < COLUMN_COUNT; i++) {
            if (i)
                fputc(',', file.stream);
            put_field(file.stream, &COLUMNS[i], &metrics->rows[r]);
        }
        fputc('\n', file.stream);
    }
    return output_file_commit(&file, fault);
}
