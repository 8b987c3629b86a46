#include "sweep/import/gpu_table.h"

#include "schemas/support/csv.h"
#include "schemas/support/input_file.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MOST_COLUMNS = 128 };

enum column { COLUMN_TIME, COLUMN_INDEX, COLUMN_NAME, COLUMN_TOTAL, COLUMN_USED, COLUMNS };

static const char *const COLUMN_NAMES[COLUMNS] = {"timestamp", "index", "name",
                                                  "memory.total [MiB]", "memory.used [MiB]"};

struct table {
    struct import_run *run;
    const char *path;
    size_t columns[COLUMNS]; /* MOST_COLUMNS: not there */
    double began_s;          /* since 1970; NAN: no time yet */
};

bool gpu_table_is(const char *bytes, size_t length)
{
    const char *end = memchr(bytes, '\n', length), *used = COLUMN_NAMES[COLUMN_USED];
    return end && memmem(bytes, (size_t)(end - bytes), used, strlen(used));
}

/* ---- fields ---- */

static char *without_blanks(char *text)
{
    text += strspn(text, " ");
    size_t length = strlen(text);
    while (length > 0 && text[length - 1] == ' ')
        text[--length] = '\0';
    return text;
}

/* "1234 MiB", or "1234" with nounits; "[N/A]" is not known. */
static double mebibytes(const char *text)
{
    char *end;
    if (!isdigit((unsigned char)*text))
        return NAN;
    double number = strtod(text, &end);
    return (!*end || strcmp(end, " MiB") == 0) && isfinite(number) ? number : NAN;
}

/* "2026/08/01 09:44:55.123", in the machine's time; NAN where it is none. */
static double seconds(const char *text)
{
    struct tm parts = {0};
    const char *behind = strptime(text, "%Y/%m/%d %H:%M:%S", &parts);
    char *end;
    if (!behind || (*behind && *behind != '.'))
        return NAN;
    double fraction = *behind ? strtod(behind, &end) : 0;
    return (double)timegm(&parts) + fraction;
}

/* ---- lines ---- */

/* The heading, which a run that was begun anew repeats. */
static bool take_heading(struct table *table, char **fields, size_t count)
{
    size_t columns[COLUMNS];
    for (size_t i = 0; i < COLUMNS; i++) {
        columns[i] = MOST_COLUMNS;
        for (size_t k = 0; k < count; k++)
            if (strcmp(fields[k], COLUMN_NAMES[i]) == 0)
                columns[i] = k;
    }
    bool heading = columns[COLUMN_USED] < MOST_COLUMNS;
    if (heading)
        memcpy(table->columns, columns, sizeof columns);
    return heading;
}

static const char *field_of(const struct table *table, char **fields, size_t count,
                            enum column column)
{
    return table->columns[column] < count ? fields[table->columns[column]] : "";
}

static bool take_row(struct table *table, char **fields, size_t count, struct fault *fault)
{
    struct import_run *run = table->run;
    const char *index = field_of(table, fields, count, COLUMN_INDEX);
    double used = mebibytes(field_of(table, fields, count, COLUMN_USED));
    double time_s = seconds(field_of(table, fields, count, COLUMN_TIME));
    if (!isdigit((unsigned char)*index) || strlen(index) > 6)
        return true; /* a line that is none of the table's */
    if (isnan(table->began_s))
        table->began_s = time_s;
    double total = mebibytes(field_of(table, fields, count, COLUMN_TOTAL));
    if (isnan(run->capacity_mb) && total > 0)
        run->capacity_mb = total;
    if (!*run->device)
        snprintf(run->device, sizeof run->device, "%s",
                 field_of(table, fields, count, COLUMN_NAME));
    struct import_report report = {.rank = strtol(index, NULL, 10),
                                   .time_s = time_s - table->began_s,
                                   .allocated_mb = used,
                                   .peak_mb = NAN,
                                   .reserved_mb = NAN,
                                   .device_mb = NAN,
                                   .measure = TRACE_MEASURE_DEVICE};
    return isnan(used) || import_run_add_report(run, report) ||
           fault_set_errno(fault, ENOMEM, "%s", table->path);
}

static bool take_line(struct table *table, char *line, struct fault *fault)
{
    char *fields[MOST_COLUMNS];
    size_t count = csv_split(line, fields, MOST_COLUMNS);
    for (size_t i = 0; i < count; i++)
        fields[i] = without_blanks(fields[i]);
    if (!take_heading(table, fields, count))
        return take_row(table, fields, count, fault);
    return table->columns[COLUMN_INDEX] < MOST_COLUMNS ||
           fault_set(fault,
                     "%s: has no column 'index', so that nothing tells the GPUs apart; record it "
                     "with nvidia-smi --query-gpu=timestamp,index,name,memory.total,memory.used "
                     "--format=csv -l 1",
                     table->path);
}

/* A last line without its end was cut off: its figure may be half a number. */
static bool last_is_whole(const char *path)
{
    char last = '\n';
    size_t length;
    int fd = input_file_open(path, "a table", &length, NULL);
    if (fd < 0)
        return false;
    if (length > 0 && pread(fd, &last, 1, (off_t)length - 1) != 1)
        last = ' ';
    close(fd);
    return last == '\n';
}

bool gpu_table_read(struct import_run *run, const char *path, struct fault *fault)
{
    struct table table = {.run = run, .path = path, .began_s = NAN};
    struct input_lines lines;
    char *held = NULL; /* the line before */
    bool well = true, whole = last_is_whole(path);
    if (!input_lines_open(&lines, path, "a table of nvidia-smi's", fault))
        return false;
    run->writer = IMPORT_WRITER_GPUS;
    while (well && input_lines_next(&lines)) {
        well = !held || take_line(&table, held, fault);
        free(held);
        held = strdup(lines.line);
        if (well && !held)
            well = fault_set_errno(fault, ENOMEM, "%s", path);
    }
    if (well && held && whole)
        well = take_line(&table, held, fault);
    free(held);
    return input_lines_close(&lines, well ? fault : NULL) && well;
}
