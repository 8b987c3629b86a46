/* What the user sees while a sweep runs: a line a configuration; on a terminal also what is
 * running, how far it is and how long it may take, redrawn in place. */
#ifndef SWEEP_SHOW_H
#define SWEEP_SHOW_H

#include "sweep/session.h"

struct show {
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
void show_begin(struct show *show, struct session *session, FILE *stream, const char *where);

/* Redraws what is redrawn; a few times a second is enough. */
void show_tick(struct show *show);

/* Wipes what is redrawn, so that other lines can follow. */
void show_wipe(struct show *show);

/* "1:02:03", "4:05", "3.2 s". */
enum { SHOW_TIME_TEXT = 32 };
void show_time(double seconds, char text[SHOW_TIME_TEXT]);

#endif
