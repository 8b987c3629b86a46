#include "sweep/run/sweep_progress.h"

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
    snprintf(text, NAME_TEXT, "TP %" PRId64 ", PP %" PRId64 ", DP %" PRId64, entry->tp, entry->pp,
             entry->dp);
}

/* ---- the part that is redrawn ---- */

void sweep_progress_wipe(struct sweep_progress *show)
{
    if (show->drawn_lines > 0)
        fprintf(show->stream, "\033[%zuA\r\033[J", show->drawn_lines);
    show->drawn_lines = 0;
    show->drawn_s = 0;
}

static size_t terminal_rows(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row < 4)
        return MOST_ROWS;
    size_t rows = (size_t)size.ws_row - 3U;
    return rows < MOST_ROWS ? rows : MOST_ROWS;
}

static void draw_running(struct sweep_progress *show, double now)
{
    size_t rows = terminal_rows(), hidden = 0;
    for (size_t i = 0; i < show->session->count; i++) {
        const struct session_item *item = &show->session->items[i];
        if (item->state != SESSION_RUNNING)
            continue;
        if (show->drawn_lines >= rows) {
            hidden++;
            continue;
        }
        char name[NAME_TEXT], time_text[SWEEP_PROGRESS_TIME_TEXT];
        name_of(&item->entry, name);
        sweep_progress_time(now - item->running_since_s, time_text);
        fprintf(show->stream, "  %-28s %s %8s\n", name, show->where, time_text);
        show->drawn_lines++;
    }
    if (hidden > 0) {
        fprintf(show->stream, "  and %zu more\n", hidden);
        show->drawn_lines++;
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

static void draw_progress(struct sweep_progress *show, double now)
{
    struct tally tally = tally_of(show->session);
    char elapsed[SWEEP_PROGRESS_TIME_TEXT], rest[SWEEP_PROGRESS_TIME_TEXT] = "";
    sweep_progress_time(now - show->session->started_s, elapsed);
    if (show->settled > 0) {
        double at_once = tally.running > 1 ? (double)tally.running : 1;
        sweep_progress_time(show->run_s / (double)show->settled * (double)tally.left / at_once,
                            rest);
    }
    fprintf(show->stream, "%zu of %zu done: %zu success, %zu OOM, %zu failed; %s so far%s%s%s\n",
            show->session->count - tally.left, show->session->count, tally.success, tally.oom,
            tally.failed, elapsed, *rest ? ", about " : "", rest, *rest ? " left" : "");
    show->drawn_lines++;
}

void sweep_progress_tick(struct sweep_progress *show)
{
    double now = session_now_s();
    if (!show->live || (show->drawn_lines > 0 && now - show->drawn_s < REDRAWN_EVERY_S))
        return;
    sweep_progress_wipe(show);
    draw_running(show, now);
    draw_progress(show, now);
    show->drawn_s = now;
    fflush(show->stream);
}

/* ---- a line a configuration ---- */

static void print_outcome(struct sweep_progress *show, size_t index, const struct result *result,
                          const char *note)
{
    const struct session_item *item = &show->session->items[index];
    struct tally tally = tally_of(show->session);
    char name[NAME_TEXT], time_text[SWEEP_PROGRESS_TIME_TEXT] = "";
    name_of(&item->entry, name);
    if (!isnan(result->seconds))
        sweep_progress_time(result->seconds, time_text);
    sweep_progress_wipe(show);
    fprintf(show->stream, "[%zu/%zu] %s: %s", show->session->count - tally.left,
            show->session->count, name, result_word(result->outcome));
    if (result->outcome == SWEEP_FAILED && result->status >= 0)
        fprintf(show->stream, " (status: %" PRId64 ", %s)", result->status, result->cause);
    else if (result->outcome == SWEEP_FAILED)
        fprintf(show->stream, " (%s)", result->cause);
    fprintf(show->stream, "%s%s%s\n", *time_text ? ", " : "", time_text, note);
    if (result->warning[0])
        fprintf(show->stream, "  %s\n", result->warning);
    fflush(show->stream);
}

static void on_settled(void *context, size_t index, const struct result *result)
{
    struct sweep_progress *show = context;
    show->settled++;
    show->run_s += isnan(result->seconds) ? 0 : result->seconds;
    if (!show->quiet)
        print_outcome(show, index, result, "");
}

static void on_tried(void *context, size_t index, const struct result *result)
{
    struct sweep_progress *show = context;
    if (!show->quiet)
        print_outcome(show, index, result, "; it is tried again");
}

void sweep_progress_begin(struct sweep_progress *show, struct session *session, FILE *stream,
                          const char *where)
{
    bool quiet = session->options->quiet;
    *show = (struct sweep_progress){
        .session = session,
        .stream = stream,
        .quiet = quiet,
        .live = !quiet && isatty(fileno(stream)),
        .where = where,
    };
    session->listener = (struct session_listener){show, on_settled, on_tried};
}
