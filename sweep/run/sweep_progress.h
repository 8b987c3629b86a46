/* What the user sees while a sweep runs: one line for each configuration; on a terminal also what
 * is running, how far it is and how long it may take, redrawn in place. */
#ifndef SWEEP_RUN_SWEEP_PROGRESS_H
#define SWEEP_RUN_SWEEP_PROGRESS_H

#include "sweep/run/session.h"

struct sweep_progress {
    struct session *session;
    FILE *stream;
    bool quiet, live;
    size_t drawn_lines; /* of the part that is redrawn */
    double drawn_s;
    size_t settled;    /* in this session */
    double run_s;      /* that these took, all together */
    const char *where; /* of those running: "running", "submitted" */
};

/* Sets the session's listener. */
void sweep_progress_begin(struct sweep_progress *progress, struct session *session, FILE *stream,
                          const char *where);

/* Redraws what is redrawn; a few times a second is enough. */
void sweep_progress_tick(struct sweep_progress *progress);

/* Wipes what is redrawn, so that other lines can follow. */
void sweep_progress_wipe(struct sweep_progress *progress);

/* "1:02:03", "4:05", "3.2 s". */
enum { SWEEP_PROGRESS_TIME_TEXT = 32 };
void sweep_progress_time(double seconds, char text[SWEEP_PROGRESS_TIME_TEXT]);

#endif
