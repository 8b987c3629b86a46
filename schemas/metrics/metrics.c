#include "schemas/metrics/metrics.h"

#include "schemas/support/array.h"
#include "schemas/support/csv.h"
#include "schemas/support/input_file.h"
#include "schemas/support/output_file.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The columns beside those of the configuration. */
static const struct measure {
    const char *name;
    size_t offset;
} MEASURES[] = {
    {"step_ms", offsetof(struct metrics_row, step_ms)},
    {"tflops", offsetof(struct metrics_row, tflops)},
};
enum { MEASURE_COUNT = sizeof MEASURES / sizeof *MEASURES, MOST_FIELDS = 64 };

/* What a column holds: a dimension, or (from DIMENSION_COUNT on) a measure; SIZE_MAX: unknown. */
static size_t column_named(const char *name)
{
    for (size_t i = 0; i < MEASURE_COUNT; i++)
        if (strcmp(MEASURES[i].name, name) == 0)
            return DIMENSION_COUNT + i;
    size_t dimension = dimension_by_column(name);
    return dimension < DIMENSION_COUNT ? dimension : SIZE_MAX;
}

/* ---- reading ---- */

static bool take_field(size_t column, const char *text, struct metrics_row *row)
{
    if (!*text || column == SIZE_MAX)
        return true;
    if (column < DIMENSION_COUNT)
        return configuration_set_text(&row->configuration, column, text, strlen(text), NULL);
    char *end;
    double number = strtod(text, &end);
    *(double *)(void *)((char *)row + MEASURES[column - DIMENSION_COUNT].offset) = number;
    return !*end && isfinite(number) && number >= 0;
}

struct reading {
    char *names[MOST_FIELDS]; /* as the heading has them */
    size_t columns[MOST_FIELDS];
    size_t column_count;
    struct metrics *metrics;
    const char *expected; /* where a line cannot be read */
};

static bool take_line(struct reading *reading, char *line)
{
    char *fields[MOST_FIELDS];
    size_t count = csv_split(line, fields, MOST_FIELDS);
    if (count == 1 && !*fields[0])
        return true;
    struct metrics_row row = {.step_ms = NAN, .tflops = NAN};
    for (size_t i = 0; i < count && i < reading->column_count; i++)
        if (!take_field(reading->columns[i], fields[i], &row)) {
            reading->expected = reading->names[i];
            return false;
        }
    bool tp = configuration_number(&row.configuration, DIMENSION_TP) > 0;
    reading->expected = tp ? "pp" : "tp";
    if (!tp || configuration_number(&row.configuration, DIMENSION_PP) < 1)
        return false;
    struct metrics_row *added = ARRAY_ADD(reading->metrics->rows, reading->metrics->count);
    reading->expected = NULL;
    if (added)
        *added = row;
    return added != NULL;
}

static void take_heading(struct reading *reading, char *heading)
{
    reading->column_count = csv_split(heading, reading->names, MOST_FIELDS);
    for (size_t i = 0; i < reading->column_count; i++)
        reading->columns[i] = column_named(reading->names[i]);
}

bool metrics_read(const char *path, struct metrics *metrics, struct fault *fault)
{
    struct input_lines lines;
    *metrics = (struct metrics){0};
    if (!input_lines_open(&lines, path, "a table of metrics", fault))
        return false;
    struct reading reading = {.metrics = metrics};
    char *heading = NULL;
    bool read = true;
    while (read && input_lines_next(&lines)) {
        if (lines.number > 1) {
            read = take_line(&reading, lines.line);
            continue;
        }
        heading = strdup(lines.line);
        if (heading)
            take_heading(&reading, heading);
        read = heading != NULL;
    }
    if (!read && reading.expected)
        fault_set(fault, "%s: line %zu: expected a value for %s", path, lines.number,
                  reading.expected);
    else if (!read)
        fault_set_errno(fault, ENOMEM, "%s", path);
    read = input_lines_close(&lines, fault) && read;
    free(heading);
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

/* Columns that were always there, in their order, and others that some row needs. */
static bool is_written(const struct metrics *metrics, size_t dimension)
{
    static const dimension_set always = DIMENSION_BIT(DIMENSION_WORLD_SIZE) | CONFIGURATION_USUAL |
                                        DIMENSION_BIT(DIMENSION_LAYERS) |
                                        DIMENSION_BIT(DIMENSION_MICRO_BATCH_SIZE) |
                                        DIMENSION_BIT(DIMENSION_GLOBAL_BATCH_SIZE);
    bool written = always & DIMENSION_BIT(dimension);
    for (size_t i = 0; i < metrics->count && !written; i++)
        written = !configuration_is_absent(&metrics->rows[i].configuration, dimension);
    return written && !DIMENSIONS[dimension].not_compared;
}

static void put_row(FILE *stream, const struct metrics *metrics, const struct metrics_row *row)
{
    char text[DIMENSION_WORD_SIZE];
    for (size_t i = 0; i < DIMENSION_COUNT; i++) {
        if (!is_written(metrics, i))
            continue;
        struct dimension_value value = configuration_value(&row->configuration, i);
        csv_put_text(stream, value.known ? dimension_value_key_text(i, &value, text) : "");
        fputc(',', stream);
    }
    for (size_t i = 0; i < MEASURE_COUNT; i++) {
        double number = *(const double *)(const void *)((const char *)row + MEASURES[i].offset);
        if (isfinite(number))
            fprintf(stream, "%.10g", number);
        fputc(i + 1 < MEASURE_COUNT ? ',' : '\n', stream);
    }
}

bool metrics_write(const char *path, const struct metrics *metrics, struct fault *fault)
{
    struct output_file file;
    if (!output_file_open(&file, path, fault))
        return false;
    for (size_t i = 0; i < DIMENSION_COUNT; i++)
        if (is_written(metrics, i))
            fprintf(file.stream, "%s,", DIMENSIONS[i].column);
    for (size_t i = 0; i < MEASURE_COUNT; i++)
        fprintf(file.stream, "%s%c", MEASURES[i].name, i + 1 < MEASURE_COUNT ? ',' : '\n');
    for (size_t i = 0; i < metrics->count; i++)
        put_row(file.stream, metrics, &metrics->rows[i]);
    return output_file_commit(&file, fault);
}
