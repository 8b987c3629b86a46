/* Sweep logs: which configurations were tried and how each ended. See sweep_log.md. */
#ifndef SCHEMAS_SWEEP_LOG_SWEEP_LOG_H
#define SCHEMAS_SWEEP_LOG_SWEEP_LOG_H

#include "schemas/configuration/configuration.h"
#include "schemas/support/fault.h"

#include <stddef.h>
#include <stdint.h>

#define SWEEP_LOG_COMBINATIONS "config_combinations.log"
#define SWEEP_LOG_SUCCESSFUL   "successful_configs.log"
#define SWEEP_LOG_FAILED       "failed_configs.log"
#define SWEEP_LOG_SUMMARY      "summary.log"

enum sweep_outcome {
    SWEEP_PLANNED, /* listed, not run to an end */
    SWEEP_SUCCESS,
    SWEEP_OOM,
    SWEEP_FAILED,  /* otherwise: by a signal, a time-out, or a status that we know is not OOM */
    SWEEP_SKIPPED, /* left out on purpose */
};

/* "SUCCESS", "OOM", "FAILED", "SKIPPED", "PLANNED": the one table of these words. For people, and
 * in tables, they are written in small letters: sweep_outcome_text. */
const char *sweep_outcome_word(enum sweep_outcome outcome);
const char *sweep_outcome_text(enum sweep_outcome outcome);

/* From either; false where it is none of them. */
bool sweep_outcome_parse(const char *text, enum sweep_outcome *outcome);

/* One configuration's line. */
struct sweep_entry {
    int64_t number; /* "Config 12" */
    struct configuration configuration;
    enum sweep_outcome outcome;
    int64_t status; /* the exit status of a failure, or -1 */
    int64_t signal; /* the signal of a failure, or -1 */
    /* As written, without the status: "oom", "timeout", "oom, signal: 9", or why it was skipped; ""
     * where the line gave none. Too long a one ends in "...". */
    char cause[64];
};

struct sweep_log {
    size_t count;
    struct sweep_entry *entries; /* each configuration once, in their order */
    size_t warning_count;
    char **warnings; /* "FILE:LINE: ..." for lines that could not be read or contradict their file:
                        the first of a file, and how many more there are */
};

/* One line; false where it is no configuration's line (a heading, say) or is malformed, in which
 * case the fault is set. */
bool sweep_log_parse_line(const char *line, struct sweep_entry *entry, struct fault *fault);

/* The line for an entry, without a newline, as snprintf returns it. */
int sweep_log_format_line(char *buffer, size_t size, const struct sweep_entry *entry);

/* Has the folder any of the logs? */
bool sweep_log_is_there(const char *folder);

/* Reads the logs of a folder, whichever of them are there. Of several lines for one configuration
 * in a file the last one stands; success stands over failure (a retry), and both over "planned".
 * Fails where the folder cannot be read or has none of the logs, naming what was looked for. */
bool sweep_log_read(const char *folder, struct sweep_log *log, struct fault *fault);
void sweep_log_free(struct sweep_log *log);

#endif
