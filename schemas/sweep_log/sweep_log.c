#include "schemas/sweep_log/sweep_log.h"

#include "schemas/support/array.h"
#include "schemas/support/input_file.h"
#include "schemas/support/warnings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- a folder's logs ---- */

/* An entry with its place, so that of equal ones the last, and of files the stronger, stands. */
struct sighting {
    struct sweep_entry entry;
    size_t order;
};

struct gathering {
    struct sweep_log *log;
    size_t bad; /* lines of the present file that there was something to say of */
    size_t count;
    struct sighting *sightings;
};

static bool keep(struct gathering *gathering, const struct sweep_entry *entry)
{
    struct sighting *sighting = ARRAY_ADD(gathering->sightings, gathering->count);
    if (sighting)
        *sighting = (struct sighting){*entry, gathering->count};
    return sighting != NULL;
}

/* Of a file full of bad lines the first ones are named, and the others counted. */
enum { MOST_NAMED = 10 };

static bool warn_of_line(struct gathering *gathering, const char *path, size_t number,
                         const char *text)
{
    struct sweep_log *log = gathering->log;
    return ++gathering->bad > MOST_NAMED ||
           warnings_add(&log->warnings, &log->warning_count, "%s:%zu: %s", path, number, text);
}

static bool warn_of_others(struct gathering *gathering, const char *path)
{
    struct sweep_log *log = gathering->log;
    size_t bad = gathering->bad;
    gathering->bad = 0;
    return bad <= MOST_NAMED ||
           warnings_add(&log->warnings, &log->warning_count, "%s: and %zu more lines like these",
                        path, bad - MOST_NAMED);
}

/* A line that says FAILED in the list of successes has been put there by mistake. */
static bool belongs(enum sweep_outcome outcome, const char *file)
{
    bool success_file = strcmp(file, SWEEP_LOG_SUCCESSFUL) == 0;
    bool failure_file = strcmp(file, SWEEP_LOG_FAILED) == 0;
    if (success_file)
        return outcome == SWEEP_SUCCESS;
    return !failure_file || outcome == SWEEP_OOM || outcome == SWEEP_FAILED;
}

static bool read_line(struct gathering *gathering, const char *path, const char *file,
                      size_t number, const char *line, size_t length)
{
    struct sweep_entry entry;
    struct fault fault;
    if (strlen(line) != length) /* a crashed machine leaves such lines */
        return warn_of_line(gathering, path, number, "expected a line of text, found a zero byte");
    if (!sweep_log_parse_line(line, &entry, &fault))
        return !fault.text[0] || warn_of_line(gathering, path, number, fault.text);
    bool in_outcome_file = strcmp(file, SWEEP_LOG_COMBINATIONS) != 0;
    if (in_outcome_file && entry.outcome == SWEEP_PLANNED)
        entry.outcome = strcmp(file, SWEEP_LOG_FAILED) == 0 ? SWEEP_OOM : SWEEP_SUCCESS;
    if (!belongs(entry.outcome, file) &&
        !warn_of_line(gathering, path, number,
                      "the outcome is not what this file is for; it counts as the line says"))
        return false;
    return keep(gathering, &entry);
}

/* True also where the file is not there (*found stays). */
static bool read_file(struct gathering *gathering, const char *path, const char *file, bool *found,
                      struct fault *fault)
{
    struct input_lines lines;
    if (!input_lines_open(&lines, path, "a sweep's log", fault))
        return errno == ENOENT;
    *found = true;
    bool read = true;
    while (read && input_lines_next(&lines))
        read = read_line(gathering, path, file, lines.number, lines.line, lines.length);
    read = read && warn_of_others(gathering, path);
    if (!read)
        fault_set(fault, "%s: out of memory", path);
    return input_lines_close(&lines, fault) && read;
}

/* ---- one entry per configuration ---- */

static int compare_sightings(const void *a, const void *b)
{
    const struct sighting *first = a, *second = b;
    int order = configuration_compare(&first->entry.configuration, &second->entry.configuration);
    return order ? order : (first->order > second->order) - (first->order < second->order);
}

/* How much an outcome says: a later success of a failed configuration was a retry. */
static int strength(enum sweep_outcome outcome)
{
    switch (outcome) {
    case SWEEP_SUCCESS:
        return 2;
    case SWEEP_OOM:
    case SWEEP_FAILED:
        return 1;
    case SWEEP_PLANNED:
    case SWEEP_SKIPPED:
        break;
    }
    return 0;
}

static bool keep_one_each(struct gathering *gathering)
{
    struct sweep_log *log = gathering->log;
    if (gathering->count == 0)
        return true;
    qsort(gathering->sightings, gathering->count, sizeof *gathering->sightings, compare_sightings);
    log->entries = calloc(gathering->count, sizeof *log->entries);
    if (!log->entries)
        return false;
    for (size_t i = 0; i < gathering->count; i++) {
        const struct sweep_entry *entry = &gathering->sightings[i].entry;
        struct sweep_entry *last = log->count ? &log->entries[log->count - 1] : NULL;
        if (!last || configuration_compare(&last->configuration, &entry->configuration) != 0)
            log->entries[log->count++] = *entry;
        else if (strength(entry->outcome) >= strength(last->outcome))
            *last = *entry;
    }
    return true;
}

static const char *const FILES[] = {SWEEP_LOG_COMBINATIONS, SWEEP_LOG_FAILED, SWEEP_LOG_SUCCESSFUL};
enum { FILE_COUNT = sizeof FILES / sizeof *FILES };

bool sweep_log_is_there(const char *folder)
{
    int opened = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    bool found = false;
    for (size_t i = 0; opened >= 0 && i < FILE_COUNT; i++)
        found = found || faccessat(opened, FILES[i], F_OK, 0) == 0;
    if (opened >= 0)
        close(opened);
    return found;
}

bool sweep_log_read(const char *folder, struct sweep_log *log, struct fault *fault)
{
    *log = (struct sweep_log){0};
    struct gathering gathering = {.log = log};
    bool found = false, read = true;
    for (size_t i = 0; read && i < FILE_COUNT; i++) {
        char *path;
        if (asprintf(&path, "%s/%s", folder, FILES[i]) < 0) {
            read = fault_set(fault, "%s: out of memory", folder);
            break;
        }
        read = read_file(&gathering, path, FILES[i], &found, fault);
        free(path);
    }
    if (read && !found)
        read = fault_set(fault, "%s: expected %s, %s or %s there, found none of them", folder,
                         SWEEP_LOG_SUCCESSFUL, SWEEP_LOG_FAILED, SWEEP_LOG_COMBINATIONS);
    if (read && !keep_one_each(&gathering))
        read = fault_set(fault, "%s: out of memory", folder);
    free(gathering.sightings);
    if (!read)
        sweep_log_free(log);
    return read;
}

void sweep_log_free(struct sweep_log *log)
{
    warnings_free(log->warnings, log->warning_count);
    free(log->entries);
    *log = (struct sweep_log){0};
}
