/* Points and predictions from a table: see accuracy.md. */
#include "schemas/support/csv.h"
#include "schemas/support/input_file.h"
#include "schemas/support/units.h"
#include "schemas/support/warnings.h"
#include "schemas/sweep_log/sweep_log.h"
#include "schemas/trace/trace_words.h"
#include "visualize/accuracy/sources.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MOST_COLUMNS = 64 };

enum column_kind {
    COLUMN_PASSED_OVER,
    COLUMN_NAME,
    COLUMN_STATUS,
    COLUMN_MEASURES,
    COLUMN_DIMENSION,
    COLUMN_MEASURED,
    COLUMN_PREDICTED,
};

struct column {
    enum column_kind kind;
    size_t place; /* the dimension; the predictor */
    double in_mb; /* a figure's unit */
};

struct table {
    struct accuracy *accuracy;
    const char *path;
    size_t count;
    struct column columns[MOST_COLUMNS];
    char *names[MOST_COLUMNS]; /* as the heading has them */
    bool measures;             /* there is a column of measured figures */
    size_t known;              /* points that were there before */
};

/* ---- the heading ---- */

/* The unit at the end of a column's name, which is cut off; 0: there is none. */
static double take_unit(char *name)
{
    static const struct {
        const char *ending;
        double in_mb;
    } units[] = {{"_gb", UNITS_MB_PER_GB}, {"_mb", 1}, {"_bytes", 1 / UNITS_BYTES_PER_MB}};
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t end = strlen(units[i].ending);
        if (length <= end || strcasecmp(name + length - end, units[i].ending) != 0)
            continue;
        name[length - end] = '\0';
        return units[i].in_mb;
    }
    return 0;
}

static bool is_one_of(const char *name, const char *first, const char *second)
{
    return strcasecmp(name, first) == 0 || strcasecmp(name, second) == 0;
}

/* Without predictors yet. */
static struct column column_named(char *name)
{
    size_t dimension = dimension_by_column(name);
    if (dimension < DIMENSION_COUNT)
        return (struct column){COLUMN_DIMENSION, dimension, 0};
    if (is_one_of(name, "name", "case"))
        return (struct column){COLUMN_NAME, 0, 0};
    if (is_one_of(name, "status", "outcome"))
        return (struct column){COLUMN_STATUS, 0, 0};
    if (is_one_of(name, "measures", "peak_measures"))
        return (struct column){COLUMN_MEASURES, 0, 0};
    double in_mb = take_unit(name);
    if (!(in_mb > 0))
        return (struct column){COLUMN_PASSED_OVER, 0, 0};
    if (is_one_of(name, "measured", "actual"))
        return (struct column){COLUMN_MEASURED, 0, in_mb};
    for (char *at = name; *at; at++)
        if (*at == '_')
            *at = ' ';
    return (struct column){COLUMN_PREDICTED, 0, in_mb};
}

static void read_heading(struct table *table, char *heading)
{
    table->count = csv_split(heading, table->names, MOST_COLUMNS);
    for (size_t i = 0; i < table->count; i++) {
        table->columns[i] = column_named(table->names[i]);
        table->measures = table->measures || table->columns[i].kind == COLUMN_MEASURED;
    }
}

static bool add_predictors(struct table *table, struct fault *fault)
{
    size_t predictors = 0;
    for (size_t i = 0; i < table->count; i++) {
        struct column *column = &table->columns[i];
        if (column->kind != COLUMN_PREDICTED)
            continue;
        column->place = accuracy_predictor(table->accuracy, table->names[i]);
        if (column->place == ACCURACY_PREDICTORS)
            return fault_set(fault, "%s: more than %d predictors in all", table->path,
                             ACCURACY_PREDICTORS);
        predictors++;
    }
    if (!table->measures && table->known == 0)
        return fault_set(fault,
                         "%s: expected a column measured_gb (or _mb, _bytes), as no other input "
                         "has measured figures",
                         table->path);
    return table->measures || predictors > 0 ||
           fault_set(fault,
                     "%s: expected a column that ends in _gb, _mb or _bytes: what is predicted",
                     table->path);
}

/* ---- a row ---- */

static bool read_number(const char *text, double in_mb, double *mb)
{
    char *end;
    double number = strtod(text, &end);
    *mb = number * in_mb;
    return !*end && isfinite(number) && number >= 0;
}

static bool read_status(const char *text, enum accuracy_outcome *outcome)
{
    enum sweep_outcome read;
    if (!sweep_outcome_parse(text, &read)) {
        /* The heatmap's words for what is not known, and for what was only predicted. */
        *outcome = ACCURACY_NOT_KNOWN;
        return strcmp(text, "none") == 0 || strcmp(text, "too large") == 0;
    }
    *outcome = read == SWEEP_SUCCESS ? ACCURACY_RAN
               : read == SWEEP_OOM   ? ACCURACY_OOM
                                     : ACCURACY_NOT_KNOWN;
    return true;
}

/* A line's point, and what it says of it. */
struct row {
    struct accuracy_point point;
    const char *name; /* NULL: none is given */
    bool has_status;
};

static bool read_field(const struct column *column, const char *text, struct row *row)
{
    struct accuracy_point *point = &row->point;
    if (!*text)
        return true;
    switch (column->kind) {
    case COLUMN_PASSED_OVER:
        return true;
    case COLUMN_NAME:
        row->name = text;
        return true;
    case COLUMN_STATUS:
        row->has_status = true;
        return read_status(text, &point->outcome);
    case COLUMN_MEASURES:
        return trace_measure_named(text, strlen(text), &point->measure);
    case COLUMN_DIMENSION:
        point->has_configuration = true;
        return configuration_set_text(&point->configuration, column->place, text, strlen(text),
                                      NULL);
    case COLUMN_MEASURED:
        return read_number(text, column->in_mb, &point->measured_mb);
    case COLUMN_PREDICTED:
        return read_number(text, column->in_mb, &point->predicted_mb[column->place]);
    }
    return true;
}

/* The point that a row of predictions is of, among those that were there. */
static bool find_point(const struct table *table, const struct row *row,
                       struct accuracy_point **found, struct fault *fault)
{
    const struct accuracy_point *wanted = &row->point;
    struct accuracy *accuracy = table->accuracy;
    char names[256];
    dimension_set differing = 0;
    *found = NULL;
    for (size_t i = 0; i < table->known; i++) {
        struct accuracy_point *point = &accuracy->points[i];
        bool same = wanted->has_configuration
                        ? point->has_configuration && point->rank == wanted->rank &&
                              configuration_compatible(&point->configuration,
                                                       &wanted->configuration, false, NULL)
                        : row->name && strcmp(point->name, row->name) == 0;
        if (same && *found)
            differing |= configuration_differences(&(*found)->configuration, &point->configuration);
        if (same && !*found)
            *found = point;
    }
    return !differing || fault_set(fault, "the row fits several configurations, which differ in %s",
                                   dimension_set_text(names, sizeof names, differing));
}

static bool join_row(const struct table *table, const struct row *row, size_t line,
                     struct fault *fault)
{
    struct accuracy_point *point;
    struct fault why = {0};
    if (!find_point(table, row, &point, &why))
        return fault_set(fault, "%s: line %zu: %s", table->path, line, why.text);
    for (size_t i = 0; point && i < ACCURACY_PREDICTORS; i++)
        if (!isnan(row->point.predicted_mb[i]))
            point->predicted_mb[i] = row->point.predicted_mb[i];
    struct accuracy *accuracy = table->accuracy;
    return point ||
           warnings_add(&accuracy->warnings, &accuracy->warning_count,
                        "%s: line %zu: nothing that was measured is of its configuration or name; "
                        "left out",
                        table->path, line) ||
           fault_set_errno(fault, ENOMEM, "%s", table->path);
}

static bool add_row(const struct table *table, const struct row *row, size_t line,
                    struct fault *fault)
{
    const struct configuration *configuration = &row->point.configuration;
    char text[CONFIGURATION_TEXT], numbered[32];
    configuration_text(text, sizeof text, configuration, configuration->written);
    snprintf(numbered, sizeof numbered, "line %zu", line);
    struct accuracy_point *point = accuracy_add(table->accuracy, row->name ? row->name
                                                                 : *text   ? text
                                                                           : numbered);
    if (!point)
        return fault_set_errno(fault, ENOMEM, "%s", table->path);
    char *kept = point->name;
    *point = row->point;
    point->name = kept;
    if (!row->has_status && !isnan(point->measured_mb))
        point->outcome = ACCURACY_RAN;
    if (point->outcome != ACCURACY_RAN)
        point->measured_mb = NAN; /* what it had reached when it failed is no peak */
    return true;
}

static bool read_row(const struct table *table, char *line, size_t number, struct fault *fault)
{
    char *fields[MOST_COLUMNS];
    size_t count = csv_split(line, fields, MOST_COLUMNS);
    struct row row = {.point = {.outcome = ACCURACY_NOT_KNOWN, .measured_mb = NAN, .rank = -1}};
    for (size_t i = 0; i < ACCURACY_PREDICTORS; i++)
        row.point.predicted_mb[i] = NAN;
    if (count == 1 && !*fields[0])
        return true;
    for (size_t i = 0; i < count && i < table->count; i++)
        if (!read_field(&table->columns[i], fields[i], &row))
            return fault_set(fault, "%s: line %zu: '%s' is no value for %s", table->path, number,
                             fields[i], table->names[i]);
    return table->measures ? add_row(table, &row, number, fault)
                           : join_row(table, &row, number, fault);
}

/* ---- the whole ---- */

static bool read_lines(struct table *table, struct input_lines *lines, bool heading_alone,
                       struct fault *fault)
{
    char *heading = NULL;
    bool read = true;
    while (read && input_lines_next(lines)) {
        if (lines->number > 1) {
            read = read_row(table, lines->line, lines->number, fault);
            continue;
        }
        heading = strdup(lines->line);
        if (!heading)
            read = fault_set_errno(fault, ENOMEM, "%s", table->path);
        else
            read_heading(table, heading);
        if (!read || heading_alone)
            break;
        read = add_predictors(table, fault);
    }
    if (read && !heading && !lines->error)
        read = fault_set(fault, "%s: it is empty", table->path);
    free(heading); /* the columns' names are no longer wanted */
    return read;
}

static bool read_table(struct table *table, bool heading_alone, struct fault *fault)
{
    struct input_lines lines;
    struct fault of_reading = {0};
    if (!input_lines_open(&lines, table->path, "a table of predictions", fault))
        return false;
    bool read = read_lines(table, &lines, heading_alone, fault);
    bool closed = input_lines_close(&lines, &of_reading);
    return read && (closed || fault_set(fault, "%s", of_reading.text));
}

bool accuracy_table_measures(const char *path, bool *measures, struct fault *fault)
{
    struct table table = {.path = path};
    bool read = read_table(&table, true, fault);
    *measures = table.measures;
    return read;
}

bool accuracy_add_table(struct accuracy *accuracy, const char *path, struct fault *fault)
{
    struct table table = {.accuracy = accuracy, .path = path, .known = accuracy->count};
    return read_table(&table, false, fault);
}
