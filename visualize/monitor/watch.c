#include "visualize/monitor/watch.h"

#include "schemas/support/process.h"
#include "schemas/support/units.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINE = 512 };

/* ---- the command ---- */

static void put_bytes(const char *name, uint64_t bytes)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRIu64, bytes);
    if (bytes == RECORDING_NOT_KNOWN || setenv(name, text, 1) != 0)
        unsetenv(name);
}

/* What it is about stands in its environment. It is not waited for. */
static void run_command(const struct watch *watch, const struct rank_row *row, const char *line)
{
    char rank[32], percent[32];
    const char *const arguments[] = {"/bin/sh", "-c", watch->command, NULL};
    snprintf(rank, sizeof rank, "%" PRId64, row->rank);
    snprintf(percent, sizeof percent, "%.1f", row->percent);
    setenv("GMT_LEVEL", alert_word(row->level), 1);
    setenv("GMT_RANK", rank, 1);
    setenv("GMT_TRACE", row->name, 1);
    setenv("GMT_PERCENT", percent, 1);
    setenv("GMT_MESSAGE", line, 1);
    put_bytes("GMT_USED_BYTES", row->used);
    put_bytes("GMT_TOTAL_BYTES", row->total);
    pid_t pid;
    int error = process_spawn(arguments, -1, -1, &pid);
    if (error) {
        char text[LINE];
        snprintf(text, sizeof text, "--exec: cannot be run: %s", strerror(error));
        watch->say(watch->context, NEWS_LEVEL, ALERT_CRITICAL, text);
    }
}

static void reap_commands(void)
{
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
}

/* ---- what has changed ---- */

static void announce_level(const struct watch *watch, const struct rank_row *row, bool rises)
{
    char line[LINE];
    snprintf(line, sizeof line, "%s %" PRId64 ": %s: %.1f of %.1f GB in use (%.0f%%)",
             watch_shows_gpus(watch) ? "GPU" : "rank", row->rank, alert_word(row->level),
             gb_from_mb(mb_from_bytes(row->used)), gb_from_mb(mb_from_bytes(row->total)),
             row->percent);
    watch->say(watch->context, NEWS_LEVEL, row->level, line);
    if (rises && watch->command)
        run_command(watch, row, line);
}

static void announce_state(const struct watch *watch, const struct rank_row *row)
{
    static const char *const words[] = {[RANK_NEW] = "begins",
                                        [RANK_LIVE] = "recording",
                                        [RANK_KILLED] = "killed: its process is gone",
                                        [RANK_ENDED] = "ended"};
    char line[LINE];
    int used = snprintf(line, sizeof line, "rank %" PRId64 ": %s", row->rank, words[row->state]);
    if (row->has_iteration && row->state >= RANK_KILLED)
        snprintf(line + used, sizeof line - (size_t)used, ", in iteration %" PRId64,
                 row->iteration);
    watch->say(watch->context, NEWS_STATE, row->state == RANK_KILLED ? ALERT_CRITICAL : ALERT_NONE,
               line);
}

static void compare(const struct watch *watch, struct rank_row *row)
{
    enum alert_level level =
        row->state == RANK_LIVE ? alert_next(row->level, row->percent, &watch->limits) : ALERT_NONE;
    enum alert_level before = row->level;
    row->level = level;
    if (level != before && row->state == RANK_LIVE)
        announce_level(watch, row, level > before);
    /* Of those that were there at the first look nothing is news. */
    if (row->told && row->told_state != row->state)
        announce_state(watch, row);
    row->told = true;
    row->told_state = row->state;
}

static void print_unreadable(void *context, const struct fault *fault)
{
    const struct watch *watch = context;
    watch->say(watch->context, NEWS_FILE, ALERT_WARNING, fault->text);
}

static bool look_at_recordings(struct watch *watch, struct fault *fault)
{
    watch->recordings.folder = watch->folder;
    watch->folder_missing = access(watch->folder, F_OK) != 0 && errno == ENOENT;
    if (watch->folder_missing) {
        ranks_free(&watch->recordings);
        return true; /* the job may make it yet */
    }
    return ranks_look(&watch->recordings, print_unreadable, watch, fault);
}

bool watch_look(struct watch *watch, struct fault *fault)
{
    reap_commands();
    if (watch->folder && !look_at_recordings(watch, fault))
        return false;
    if (watch->recordings.count == 0 && !gpus_look(&watch->gpus, fault))
        return false;
    struct ranks *rows = watch->recordings.count > 0 ? &watch->recordings : &watch->gpus;
    for (size_t i = 0; i < rows->count; i++)
        compare(watch, &rows->rows[i]);
    return true;
}

bool watch_shows_gpus(const struct watch *watch)
{
    return watch->recordings.count == 0;
}

const struct ranks *watch_rows(const struct watch *watch)
{
    return watch_shows_gpus(watch) ? &watch->gpus : &watch->recordings;
}

void watch_free(struct watch *watch)
{
    ranks_free(&watch->recordings);
    ranks_free(&watch->gpus);
}
