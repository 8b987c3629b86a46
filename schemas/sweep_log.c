#include "schemas/sweep_log.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- one line ---- */

/* A line's "KEY=value" figures, in the order in which we write them. */
static const struct {
    const char *key;
    size_t offset;
} FIGURES[] = {
    {"TP", offsetof(struct sweep_entry, tp)},
    {"PP", offsetof(struct sweep_entry, pp)},
    {"DP", offsetof(struct sweep_entry, dp)},
    {"NUM_MICBATCH", offsetof(struct sweep_entry, micro_batches)},
    {"GLOBAL_BATCH_SIZE", offsetof(struct sweep_entry, global_batch_size)},
};
enum { FIGURE_COUNT = sizeof FIGURES / sizeof *FIGURES };

static int64_t *figure_of(struct sweep_entry *entry, int which)
{
    return (int64_t *)(void *)((char *)entry + FIGURES[which].offset);
}

static const char BLANKS[] = " \t\r";

static const char *skip_space(const char *at)
{
    return at + strspn(at, BLANKS);
}

static bool is_blank(char c)
{
    return c != '\0' && strchr(BLANKS, c) != NULL;
}

/* A whole number that is not negative; returns behind it or NULL. */
static const char *take_number(const char *at, int64_t *value)
{
    if (!isdigit((unsigned char)*at))
        return NULL;
    char *end;
    errno = 0;
    long long number = strtoll(at, &end, 10);
    if (errno != 0)
        return NULL;
    *value = number;
    return end;
}

/* "KEY=value"; unknown keys are passed over. Returns behind it, or NULL with the fault set. */
static const char *take_figure(const char *at, struct sweep_entry *entry, struct fault *fault)
{
    size_t length = strcspn(at, "=,");
    if (at[length] != '=') {
        fault_set(fault, "expected KEY=value, found '%.40s'", at);
        return NULL;
    }
    const char *value = skip_space(at + length + 1);
    while (length > 0 && is_blank(at[length - 1]))
        length--;
    for (int i = 0; i < FIGURE_COUNT; i++) {
        if (strlen(FIGURES[i].key) != length || strncmp(at, FIGURES[i].key, length) != 0)
            continue;
        const char *behind = take_number(value, figure_of(entry, i));
        if (!behind)
            fault_set(fault, "expected a whole number after '%s=', found '%.40s'", FIGURES[i].key,
                      value);
        return behind;
    }
    /* An unknown value ends at the comma or the outcome's dash. */
    while (*value && *value != ',' && strncmp(value, " - ", 3) != 0)
        value++;
    return value;
}

/* A cause that is too long ends in "...", so that what is left of it says nothing else. */
static void keep_cause(struct sweep_entry *entry, const char *text, size_t length)
{
    static const char cut[] = "...";
    size_t room = sizeof entry->cause - 1;
    bool fits = length <= room;
    size_t kept = fits ? length : room - strlen(cut);
    snprintf(entry->cause, sizeof entry->cause, "%.*s%s", (int)kept, text, fits ? "" : cut);
}

/* "WORD: number", all of the part; false where it is not that. */
static bool take_named_number(const char *part, size_t length, const char *word, int64_t *value)
{
    size_t word_length = strlen(word);
    if (length <= word_length || strncmp(part, word, word_length) != 0)
        return false;
    const char *colon = skip_space(part + word_length);
    const char *behind = *colon == ':' ? take_number(skip_space(colon + 1), value) : NULL;
    return behind == part + length;
}

/* "status: 1", "signal: 9", "oom": one part of a failure's brackets. */
static void take_cause(const char *part, size_t length, struct sweep_entry *entry)
{
    int64_t number;
    if (take_named_number(part, length, "status", &number)) {
        entry->status = number;
        return;
    }
    if (take_named_number(part, length, "signal", &number))
        entry->signal = number;
    keep_cause(entry, part, length);
}

/* "(status: 1, oom)" or nothing. */
static void take_causes(const char *at, struct sweep_entry *entry)
{
    at = skip_space(at);
    if (*at != '(')
        return;
    const char *end = at + strcspn(at, ")");
    for (at = skip_space(at + 1); at < end;) {
        size_t length = strcspn(at, ",)"), kept = length;
        while (kept > 0 && is_blank(at[kept - 1]))
            kept--;
        if (kept > 0)
            take_cause(at, kept, entry);
        at = skip_space(at + length + (at[length] == ','));
    }
}

/* "(theory is 300 GB, the GPU has 80)": why one was left out, as it stands. */
static void take_reason(const char *at, struct sweep_entry *entry)
{
    at = skip_space(at);
    if (*at == '(')
        keep_cause(entry, at + 1, strcspn(at + 1, ")"));
}

/* Old logs end a failure bare or with its status alone, and their users read out of memory. */
static enum sweep_outcome failure_of(const struct sweep_entry *entry)
{
    bool says_nothing = entry->cause[0] == '\0';
    return says_nothing || strcasecmp(entry->cause, "oom") == 0 ? SWEEP_OOM : SWEEP_FAILED;
}

/* " - SUCCESS", " - FAILED (...)", " - SKIPPED (...)", or nothing. */
static bool take_outcome(const char *at, struct sweep_entry *entry, struct fault *fault)
{
    at = skip_space(at);
    if (*at == '\0')
        return true;
    if (*at != '-')
        return fault_set(fault, "expected ' - SUCCESS' or ' - FAILED', found '%.40s'", at);
    at = skip_space(at + 1);
    if (strncasecmp(at, "SUCCESS", 7) == 0) {
        entry->outcome = SWEEP_SUCCESS;
        return true;
    }
    bool failed = strncasecmp(at, "FAILED", 6) == 0;
    if (!failed && strncasecmp(at, "SKIPPED", 7) != 0)
        return fault_set(fault, "expected SUCCESS, FAILED or SKIPPED, found '%.40s'", at);
    if (failed) {
        take_causes(at + 6, entry);
        entry->outcome = failure_of(entry);
    } else {
        take_reason(at + 7, entry);
        entry->outcome = SWEEP_SKIPPED;
    }
    return true;
}

bool sweep_log_parse_line(const char *line, struct sweep_entry *entry, struct fault *fault)
{
    *entry = (struct sweep_entry){.tp = -1,
                                  .pp = -1,
                                  .dp = -1,
                                  .micro_batches = -1,
                                  .global_batch_size = -1,
                                  .status = -1,
                                  .signal = -1};
    fault->text[0] = '\0';
    const char *at = skip_space(line);
    if (strncasecmp(at, "Config", 6) != 0 || !is_blank(at[6]))
        return false;
    at = take_number(skip_space(at + 6), &entry->number);
    if (!at)
        return false; /* "Config list", say */
    at = skip_space(at);
    if (*at != ':')
        return fault_set(fault, "expected ':' after the configuration's number, found '%.40s'", at);
    do {
        at = take_figure(skip_space(at + 1), entry, fault);
        if (!at)
            return false;
        at = skip_space(at);
    } while (*at == ',');
    if (entry->tp < 1 || entry->pp < 1)
        return fault_set(fault, "expected TP and PP of at least 1");
    return take_outcome(at, entry, fault);
}

/* Like snprintf, behind what is there already. */
__attribute__((format(printf, 4, 5))) static void append(char *buffer, size_t size, int *used,
                                                         const char *format, ...)
{
    size_t at = (size_t)*used < size ? (size_t)*used : size;
    va_list arguments;
    va_start(arguments, format);
    *used += vsnprintf(size ? buffer + at : NULL, size - at, format, arguments);
    va_end(arguments);
}

static void append_failure(char *buffer, size_t size, int *used, const struct sweep_entry *entry)
{
    /* A bare status is what old logs say of an OOM, so that what is not one needs a word. */
    const char *cause = entry->cause[0]               ? entry->cause
                        : entry->outcome == SWEEP_OOM ? "oom"
                                                      : "error";
    append(buffer, size, used, " - FAILED (");
    if (entry->status >= 0)
        append(buffer, size, used, "status: %" PRId64 ", ", entry->status);
    append(buffer, size, used, "%s)", cause);
}

int sweep_log_format_line(char *buffer, size_t size, const struct sweep_entry *entry)
{
    int used = 0;
    append(buffer, size, &used, "Config %" PRId64 ":", entry->number);
    struct sweep_entry copy = *entry;
    const char *before = " ";
    for (int i = 0; i < FIGURE_COUNT; i++) {
        if (*figure_of(&copy, i) < 0)
            continue;
        append(buffer, size, &used, "%s%s=%" PRId64, before, FIGURES[i].key, *figure_of(&copy, i));
        before = ", ";
    }
    switch (entry->outcome) {
    case SWEEP_PLANNED:
        break;
    case SWEEP_SUCCESS:
        append(buffer, size, &used, " - SUCCESS");
        break;
    case SWEEP_SKIPPED:
        append(buffer, size, &used, " - SKIPPED");
        if (entry->cause[0])
            append(buffer, size, &used, " (%s)", entry->cause);
        break;
    case SWEEP_OOM:
    case SWEEP_FAILED:
        append_failure(buffer, size, &used, entry);
        break;
    }
    return used;
}

/* ---- a folder's logs ---- */

/* An entry with its place, so that of equal ones the last, and of files the stronger, stands. */
struct sighting {
    struct sweep_entry entry;
    size_t order;
};

struct gathering {
    struct sweep_log *log;
    size_t count, capacity;
    struct sighting *sightings;
};

__attribute__((format(printf, 2, 3))) static void warn_of(struct sweep_log *log, const char *format,
                                                          ...)
{
    char **more = realloc(log->warnings, (log->warning_count + 1) * sizeof *more);
    if (!more)
        return;
    log->warnings = more;
    struct fault text;
    char raw[sizeof text.text];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(raw, sizeof raw, format, arguments);
    va_end(arguments);
    fault_set(&text, "%s", raw);
    more[log->warning_count] = strdup(text.text);
    if (more[log->warning_count])
        log->warning_count++;
}

static bool keep(struct gathering *gathering, const struct sweep_entry *entry)
{
    if (gathering->count == gathering->capacity) {
        size_t capacity = gathering->capacity ? 2 * gathering->capacity : 64;
        struct sighting *more = reallocarray(gathering->sightings, capacity, sizeof *more);
        if (!more)
            return false;
        gathering->sightings = more;
        gathering->capacity = capacity;
    }
    gathering->sightings[gathering->count] = (struct sighting){*entry, gathering->count};
    gathering->count++;
    return true;
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
                      size_t number, const char *line)
{
    struct sweep_entry entry;
    struct fault fault;
    if (!sweep_log_parse_line(line, &entry, &fault)) {
        if (fault.text[0])
            warn_of(gathering->log, "%s:%zu: %s", path, number, fault.text);
        return true;
    }
    bool in_outcome_file = strcmp(file, SWEEP_LOG_COMBINATIONS) != 0;
    if (in_outcome_file && entry.outcome == SWEEP_PLANNED)
        entry.outcome = strcmp(file, SWEEP_LOG_FAILED) == 0 ? SWEEP_OOM : SWEEP_SUCCESS;
    if (!belongs(entry.outcome, file))
        warn_of(gathering->log,
                "%s:%zu: the outcome is not what this file is for; it counts as "
                "the line says",
                path, number);
    return keep(gathering, &entry);
}

/* True also where the file is not there (*found stays). */
static bool read_file(struct gathering *gathering, const char *folder, const char *file,
                      bool *found, struct fault *fault)
{
    char *path = NULL, *line = NULL;
    FILE *stream = NULL;
    bool read = false;
    if (asprintf(&path, "%s/%s", folder, file) < 0)
        return fault_set(fault, "%s: out of memory", folder);
    stream = fopen(path, "re");
    if (!stream) {
        read = errno == ENOENT || fault_set_errno(fault, errno, "%s: cannot be read", path);
        goto done;
    }
    *found = true;
    size_t size = 0, number = 0;
    ssize_t length;
    while ((length = getline(&line, &size, stream)) >= 0) {
        while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
            line[--length] = '\0';
        if (!read_line(gathering, path, file, ++number, line)) {
            fault_set(fault, "%s: out of memory", path);
            goto done;
        }
    }
    read = !ferror(stream) || fault_set_errno(fault, errno, "%s: cannot be read", path);
done:
    if (stream)
        fclose(stream);
    free(line);
    free(path);
    return read;
}

/* ---- one entry a configuration ---- */

static int compare_figures(const struct sweep_entry *a, const struct sweep_entry *b)
{
    struct sweep_entry first = *a, second = *b;
    for (int i = 0; i < FIGURE_COUNT; i++) {
        int64_t left = *figure_of(&first, i), right = *figure_of(&second, i);
        if (left != right)
            return left < right ? -1 : 1;
    }
    return 0;
}

static int compare_sightings(const void *a, const void *b)
{
    const struct sighting *first = a, *second = b;
    int order = compare_figures(&first->entry, &second->entry);
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
        if (!last || compare_figures(last, entry) != 0)
            log->entries[log->count++] = *entry;
        else if (strength(entry->outcome) >= strength(last->outcome))
            *last = *entry;
    }
    return true;
}

bool sweep_log_read(const char *folder, struct sweep_log *log, struct fault *fault)
{
    static const char *const files[] = {SWEEP_LOG_COMBINATIONS, SWEEP_LOG_FAILED,
                                        SWEEP_LOG_SUCCESSFUL};
    *log = (struct sweep_log){0};
    struct gathering gathering = {.log = log};
    bool found = false, read = true;
    for (size_t i = 0; read && i < sizeof files / sizeof *files; i++)
        read = read_file(&gathering, folder, files[i], &found, fault);
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
    for (size_t i = 0; i < log->warning_count; i++)
        free(log->warnings[i]);
    free(log->warnings);
    free(log->entries);
    *log = (struct sweep_log){0};
}
