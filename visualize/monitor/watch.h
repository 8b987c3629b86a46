/* A job under watch: looks at its recordings, and says what has changed. */
#ifndef VISUALIZE_MONITOR_WATCH_H
#define VISUALIZE_MONITOR_WATCH_H

#include "visualize/monitor/ranks.h"

enum news {
    NEWS_LEVEL, /* a rank has reached a level, or left it */
    NEWS_STATE, /* it began, ended or died */
    NEWS_FILE,  /* a recording that cannot be read */
};

struct watch {
    const char *folder; /* NULL: GPUs alone */
    struct alert_limits limits;
    const char *command; /* run by the shell when a level is reached; or NULL */
    /* A line about what has changed, without a newline. */
    void (*say)(void *context, enum news news, enum alert_level level, const char *line);
    void *context;
    struct ranks recordings, gpus;
    bool folder_missing;
};

/* Looks, and says. False where there is nothing to look at, and never will be. */
bool watch_look(struct watch *watch, struct fault *fault);

/* What there is to see: the recordings, or without them the GPUs of this machine. */
const struct ranks *watch_rows(const struct watch *watch);
bool watch_shows_gpus(const struct watch *watch);

void watch_free(struct watch *watch);

#endif
