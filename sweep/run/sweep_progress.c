#include "sweep/run/sweep_progress.h"

#include "schemas/support/clock.h"
#include "schemas/support/standard_output.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { MOST_ROWS = 16, NAME_TEXT = 96 };

static const double REDRAWN_EVERY_S = 0.2;

void sweep_progress_time(double seconds, char text[SWEEP_PROGRESS_TIME_TEXT])
{
    if (seconds < 60) {
        snprintf(text, SWEEP_PROGRESS_TIME_TEXT, "%.1f s", seconds);
        return;
    }
    long whole = (long)(seconds + 0.5);
    if (whole < 3600)
        snprintf(text, SWEEP_PROGRESS_TIME_TEXT, "%ld:%02ld", whole / 60, whole % 60);
    else
        snprintf(text, SWEEP_PROGRESS_TIME_TEXT, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60,
                 whole % 60);
}

static void name_of(const struct sweep_entry *entry, char text[NAME_TEXT])
{
    static const dimension_set batches =
        DIMENSION_BIT(DIMENSION_MICRO_BATCHES) | DIMENSION_BIT(DIMENSION_GLOBAL_BATCH_SIZE);
    configuration_text(text, NAME_TEXT, &entry->configuration,
                       entry->configuration.written & ~batches);
}

/* ---- the part that is redrawn ---- */

void sweep_progress_wipe(struct sweep_progress *progress)
{
    char up_and_clear[40];
    snprintf(up_and_clear, sizeof up_and_clear, "\033[%zuA\r\033[J", progress->drawn_lines);
    if (progress->drawn_lines > 0)
        standard_output_control(up_and_clear);
    progress->drawn_lines = 0;
    progress->drawn_s = 0;
}

static size_t terminal_rows(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row < 4)
        return MOST_ROWS;
    size_t rows = (size_t)size.ws_row - 3U;
    return rows < MOST_ROWS ? rows : MOST_ROWS;
}

static void draw_running(struct sweep_progress *progress, double now)
{
    size_t rows = terminal_rows(), hidden = 0;
    for (size_t i = 0; i < progress->session->count; i++) {
        const struct session_item *item = &progress->session->items[i];
        if (item->state != SESSION_RUNNING)
            continue;
        if (progress->drawn_lines >= rows) {
            hidden++;
            continue;
        }
        char name[NAME_TEXT], time_text[SWEEP_PROGRESS_TIME_TEXT];
        name_of(&item->entry, name);
        sweep_progress_time(now - item->running_since_s, time_text);
        fprintf(progress->stream, "  %-28s %s %8s\n", name, progress->where, time_text);
        progress->drawn_lines++;
    }
    if (hidden > 0) {
        fprintf(progress->stream, "  and %zu more\n", hidden);
        progress->drawn_lines++;
    }
}

struct tally {
    size_t success, oom, failed, left, running;
};

static struct tally tally_of(const struct session *session)
{
    struct tally tally = {0};
    for (size_t i = 0; i < session->count; i++) {
        const struct session_item *item = &session->items[i];
        tally.running += item->state == SESSION_RUNNING;
        tally.left += item->state == SESSION_RUNNING || item->state == SESSION_TO_DO;
        if (item->state != SESSION_SETTLED)
            continue;
        tally.success += item->entry.outcome == SWEEP_SUCCESS;
        tally.oom += item->entry.outcome == SWEEP_OOM;
        tally.failed += item->entry.outcome == SWEEP_FAILED;
    }
    return tally;
}

static void draw_progress(struct sweep_progress *progress, double now)
{
    struct tally tally = tally_of(progress->session);
    char elapsed[SWEEP_PROGRESS_TIME_TEXT], rest[SWEEP_PROGRESS_TIME_TEXT] = "";
    sweep_progress_time(now - progress->session->started_s, elapsed);
    if (progress->settled > 0) {
        double at_once = tally.running > 1 ? (double)tally.running : 1;
        sweep_progress_time(
            progress->run_s / (double)progress->settled * (double)tally.left / at_once, rest);
    }
    fprintf(progress->stream,
            "%zu of %zu done: %zu success, %zu OOM, %zu failed; %s so far%s%s%s\n",
            progress->session->count - tally.left, progress->session->count, tally.success,
            tally.oom, tally.failed, elapsed, *rest ? ", about " : "", rest, *rest ? " left" : "");
    progress->drawn_lines++;
}

void sweep_progress_tick(struct sweep_progress *progress)
{
    double now = clock_monotonic_s();
    if (!progress->live || (progress->drawn_lines > 0 && now - progress->drawn_s < REDRAWN_EVERY_S))
        return;
    sweep_progress_wipe(progress);
    draw_running(progress, now);
    draw_progress(progress, now);
    progress->drawn_s = now;
    fflush(progress->stream);
}

/* ---- a line a configuration ---- */

static void print_outcome(struct sweep_progress *progress, size_t index,
                          const struct result *result, const char *note)
{
    const struct session_item *item = &progress->session->items[index];
    struct tally tally = tally_of(progress->session);
    char name[NAME_TEXT], time_text[SWEEP_PROGRESS_TIME_TEXT] = "";
    name_of(&item->entry, name);
    if (!isnan(result->seconds))
        sweep_progress_time(result->seconds, time_text);
    sweep_progress_wipe(progress);
    fprintf(progress->stream, "[%zu/%zu] %s: %s", progress->session->count - tally.left,
            progress->session->count, name, sweep_outcome_word(result->outcome));
    if (result->outcome == SWEEP_FAILED && result->status >= 0)
        fprintf(progress->stream, " (status: %" PRId64 ", %s)", result->status, result->cause);
    else if (result->outcome == SWEEP_FAILED)
        fprintf(progress->stream, " (%s)", result->cause);
    fprintf(progress->stream, "%s%s%s\n", *time_text ? ", " : "", time_text, note);
    if (result->warning[0])
        fprintf(progress->stream, "  %s\n", result->warning);
    fflush(progress->stream);
}

static void on_settled(void *context, size_t index, const struct result *result)
{
    struct sweep_progress *progress = context;
    progress->settled++;
    if (!isnan(result->seconds))
        progress->run_s += result->seconds;
    if (!progress->quiet)
        print_outcome(progress, index, result, "");
}

static void on_tried(void *context, size_t index, const struct result *result)
{
    struct sweep_progress *progress = context;
    if (!progress->quiet)
        print_outcome(progress, index, result, "; it is tried again");
}

void sweep_progress_begin(struct sweep_progress *progress, struct session *session, FILE *stream,
                          const char *where)
{
    bool quiet = session->options->quiet;
    *progress = (struct sweep_progress){
        .session = session,
        .stream = stream,
        .quiet = quiet,
        .live = !quiet && stream == stdout && isatty(STDOUT_FILENO),
        .where = where,
    };
    session->listener = (struct session_listener){progress, on_settled, on_tried};
}
