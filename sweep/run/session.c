#include "sweep/run/session.h"

#include "schemas/support/clock.h"
#include "schemas/support/warnings.h"
#include "sweep/run/job.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- taking up what is there ---- */

static bool same_configuration(const struct sweep_entry *a, const struct sweep_entry *b)
{
    return configuration_compare(&a->configuration, &b->configuration) == 0;
}

/* Lines of another world size are another sweep. */
static bool check_world_size(const struct session *session, const struct sweep_log *log,
                             struct fault *fault)
{
    int64_t world_size = session->options->rules.world_size;
    for (size_t i = 0; i < log->count; i++) {
        const struct configuration *configuration = &log->entries[i].configuration;
        int64_t logged = configuration_number(configuration, DIMENSION_WORLD_SIZE);
        char text[CONFIGURATION_TEXT];
        if (logged > 0 && logged != world_size)
            return fault_set(
                fault,
                "%s: holds a sweep of another world size (%s); choose another "
                "--output",
                session->journal.folder,
                configuration_text(text, sizeof text, configuration, configuration->written));
    }
    return true;
}

static bool is_final(enum sweep_outcome outcome)
{
    return outcome == SWEEP_SUCCESS || outcome == SWEEP_OOM || outcome == SWEEP_FAILED;
}

/* Known configurations keep their number and outcome; new ones get the next numbers. */
static void take_up(struct session *session, const struct sweep_log *log)
{
    int64_t last = 0;
    for (size_t k = 0; k < log->count; k++)
        if (log->entries[k].number > last)
            last = log->entries[k].number;
    for (size_t i = 0; i < session->count; i++) {
        struct session_item *item = &session->items[i];
        const struct sweep_entry *known = NULL;
        for (size_t k = 0; k < log->count && !known; k++)
            if (same_configuration(&log->entries[k], &item->entry))
                known = &log->entries[k];
        item->entry.number = known ? known->number : ++last;
        if (known && is_final(known->outcome)) {
            item->entry = *known;
            item->earlier = true;
        }
        if (item->entry.outcome != SWEEP_PLANNED)
            item->state = SESSION_SETTLED; /* done, or skipped by this plan */
    }
}

static bool is_kept(void *context, const struct sweep_entry *entry)
{
    const struct session *session = context;
    for (size_t i = 0; i < session->count; i++)
        if (same_configuration(&session->items[i].entry, entry))
            return session->items[i].state == SESSION_SETTLED;
    return true;
}

/* Takes the lines of what is to be tried again out of the logs. */
static bool choose_again(struct session *session, struct fault *fault)
{
    const struct run_options *options = session->options;
    bool any = false;
    for (size_t i = 0; i < session->count; i++) {
        struct session_item *item = &session->items[i];
        bool again =
            options->force || (options->retry_failed && item->entry.outcome == SWEEP_FAILED);
        if (!item->earlier || !again)
            continue;
        item->state = SESSION_TO_DO;
        item->earlier = false;
        item->entry.outcome = SWEEP_PLANNED;
        item->entry.status = item->entry.signal = -1;
        item->entry.cause[0] = '\0';
        any = true;
    }
    return !any || journal_drop(&session->journal, is_kept, session, fault);
}

static int compare_numbers(const void *a, const void *b)
{
    int64_t first = ((const struct sweep_entry *)a)->number;
    int64_t second = ((const struct sweep_entry *)b)->number;
    return (first > second) - (first < second);
}

/* The list of all configurations: those of earlier plans stay in it. */
static bool write_combinations(const struct session *session, const struct sweep_log *log,
                               struct fault *fault)
{
    struct sweep_entry *all = calloc(log->count + session->count + 1, sizeof *all);
    if (!all)
        return fault_set_errno(fault, ENOMEM, "%s", session->journal.folder);
    size_t count = 0;
    for (size_t i = 0; i < session->count; i++)
        all[count++] = session->items[i].entry;
    for (size_t k = 0; k < log->count; k++) {
        bool planned = false;
        for (size_t i = 0; i < session->count && !planned; i++)
            planned = same_configuration(&session->items[i].entry, &log->entries[k]);
        if (!planned)
            all[count++] = log->entries[k];
    }
    qsort(all, count, sizeof *all, compare_numbers);
    for (size_t i = 0; i < count; i++)
        if (all[i].outcome != SWEEP_SKIPPED)
            all[i].outcome = SWEEP_PLANNED;
    bool written = journal_write_combinations(&session->journal, all, count, fault);
    free(all);
    return written;
}

static bool resume(struct session *session, struct fault *fault)
{
    struct sweep_log log;
    if (!journal_read(&session->journal, &log, fault))
        return false;
    bool resumed = check_world_size(session, &log, fault);
    if (resumed) {
        take_up(session, &log);
        resumed = choose_again(session, fault) && write_combinations(session, &log, fault);
    }
    session->warnings = log.warnings;
    session->warning_count = log.warning_count;
    log.warnings = NULL;
    log.warning_count = 0;
    sweep_log_free(&log);
    return resumed;
}

bool session_open(struct session *session, const struct run_options *options,
                  const struct plan *plan, struct fault *fault)
{
    *session = (struct session){.options = options, .started_s = clock_monotonic_s()};
    session->items = calloc(plan->kept + 1, sizeof *session->items);
    if (!session->items)
        return fault_set_errno(fault, ENOMEM, "%s", options->output);
    for (size_t i = 0; i < plan->count; i++)
        if (!plan->items[i].left_out[0])
            session->items[session->count++].entry = plan->items[i].entry;
    if (journal_open(&session->journal, options->output, fault) && resume(session, fault))
        return true;
    session_close(session);
    return false;
}

void session_close(struct session *session)
{
    if (session->journal.folder)
        journal_close(&session->journal);
    warnings_free(session->warnings, session->warning_count);
    free(session->items);
    *session = (struct session){0};
}

/* ---- at work ---- */

bool session_next(struct session *session, size_t *index)
{
    for (size_t i = 0; i < session->count; i++) {
        struct session_item *item = &session->items[i];
        if (item->state != SESSION_TO_DO)
            continue;
        item->state = SESSION_RUNNING;
        item->attempts++;
        item->running_since_s = clock_monotonic_s();
        *index = i;
        return true;
    }
    return false;
}

size_t session_left(const struct session *session)
{
    size_t left = 0;
    for (size_t i = 0; i < session->count; i++)
        left +=
            session->items[i].state == SESSION_TO_DO || session->items[i].state == SESSION_RUNNING;
    return left;
}

static bool keep_result(const struct session *session, const struct sweep_entry *entry,
                        const struct result *result, struct fault *fault)
{
    char *folder = job_folder(session->journal.folder, entry), *path = NULL;
    bool kept = folder && asprintf(&path, "%s/" JOB_RESULT, folder) >= 0;
    kept = kept ? result_write(path, result, fault)
                : fault_set_errno(fault, ENOMEM, "%s", session->journal.folder);
    free(path);
    free(folder);
    return kept;
}

bool session_settle(struct session *session, size_t index, struct result *result,
                    struct fault *fault)
{
    struct session_item *item = &session->items[index];
    result->attempts = item->attempts;
    if (result->outcome == SWEEP_FAILED && item->attempts <= session->options->retries) {
        item->state = SESSION_TO_DO;
        if (session->listener.tried)
            session->listener.tried(session->listener.context, index, result);
        return true;
    }
    /* The details first: once the line is there, nobody comes back to write them. */
    struct sweep_entry entry = item->entry;
    result_to_entry(result, &entry);
    if (!keep_result(session, &entry, result, fault) ||
        !journal_append(&session->journal, &entry, fault))
        return false;
    item->entry = entry;
    item->state = SESSION_SETTLED;
    if (session->listener.settled)
        session->listener.settled(session->listener.context, index, result);
    return true;
}

void session_give_up(struct session *session, size_t index)
{
    session->items[index].state = SESSION_GIVEN_UP;
}
