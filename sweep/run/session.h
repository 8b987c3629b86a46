/* A sweep at work: its plan, what of it is done, and the one place where an outcome is settled. The
 * launchers take configurations from it and give results back. */
#ifndef SWEEP_RUN_SESSION_H
#define SWEEP_RUN_SESSION_H

#include "schemas/support/fault.h"
#include "sweep/outcome/result.h"
#include "sweep/plan/plan.h"
#include "sweep/run/journal.h"
#include "sweep/run/run_options.h"

#include <stdbool.h>
#include <stddef.h>

enum session_state {
    SESSION_TO_DO,
    SESSION_RUNNING,
    SESSION_SETTLED,  /* its line is in a log, now or from earlier */
    SESSION_GIVEN_UP, /* it was not run to an end, and is not tried again by this session */
};

struct session_item {
    struct sweep_entry entry; /* with its outcome, once it is settled */
    enum session_state state;
    unsigned attempts; /* by this session */
    bool earlier;      /* settled before this session */
    double running_since_s;
};

/* Told of whatever happens; see show.h. Either may be NULL. */
struct session_listener {
    void *context;
    void (*settled)(void *context, size_t index, const struct result *result);
    void (*tried)(void *context, size_t index, const struct result *result); /* will be again */
};

struct session {
    const struct run_options *options;
    struct journal journal;
    size_t count;
    struct session_item *items; /* by number of the plan, not of the log */
    size_t warning_count;       /* of the logs' lines that could not be read */
    char **warnings;
    double started_s;
    struct session_listener listener;
};

/* Opens the folder and takes up what is done there. */
bool session_open(struct session *session, const struct run_options *options,
                  const struct plan *plan, struct fault *fault);
void session_close(struct session *session);

/* The next configuration to run; false where there is none now. It counts as running. */
bool session_next(struct session *session, size_t *index);

/* How many are to do or running. */
size_t session_left(const struct session *session);

/* A run has ended. An outcome is logged (and is on disk when this returns) or, where it is a
 * failure that may be tried again, forgotten. */
bool session_settle(struct session *session, size_t index, struct result *result,
                    struct fault *fault);

/* A run that was stopped or never begun: nothing is logged. */
void session_give_up(struct session *session, size_t index);

#endif
