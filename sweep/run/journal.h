/* A sweep's folder: its lock, and its logs, in which a configuration's outcome stands once.
 *
 * A line is appended whole by one write and is on disk before journal_append returns: from then on
 * the configuration is done, before it was not tried. A runner killed in between leaves at most a
 * torn last line, which is cut off when the folder is opened again. */
#ifndef SWEEP_RUN_JOURNAL_H
#define SWEEP_RUN_JOURNAL_H

#include "schemas/support/fault.h"
#include "schemas/sweep_log/sweep_log.h"

struct journal {
    char *folder;
    int lock_fd; /* whoever inherits it holds the folder, too */
    int success_fd, failure_fd;
};

/* Makes the folder where it is missing, takes the lock, mends the logs. Fails where another runner
 * is at work there, naming its process. A runner that was killed may have left processes that are
 * just being ended: they are waited for. */
bool journal_open(struct journal *journal, const char *folder, struct fault *fault);
void journal_close(struct journal *journal);

/* What the logs say; empty where there are none yet. */
bool journal_read(const struct journal *journal, struct sweep_log *log, struct fault *fault);

/* The configurations that are to be tried, and those that are skipped. */
bool journal_write_combinations(const struct journal *journal, const struct sweep_entry *entries,
                                size_t count, struct fault *fault);

/* Does the configuration's line stay? */
typedef bool (*journal_keep_fn)(void *context, const struct sweep_entry *entry);

/* Takes lines out of both logs (those that are to be tried again). Each log is replaced whole. */
bool journal_drop(struct journal *journal, journal_keep_fn keep, void *context,
                  struct fault *fault);

/* Success goes to the one log, OOM and failure to the other. */
bool journal_append(const struct journal *journal, const struct sweep_entry *entry,
                    struct fault *fault);

/* "FOLDER/NAME"; NULL when out of memory. */
char *journal_path(const struct journal *journal, const char *name);

#endif
