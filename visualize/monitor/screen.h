/* The live view in a terminal. */
#ifndef VISUALIZE_MONITOR_SCREEN_H
#define VISUALIZE_MONITOR_SCREEN_H

#include "visualize/monitor/table.h"
#include "visualize/monitor/watch.h"

struct screen {
    unsigned order;        /* of TABLE_ORDERS */
    size_t top;            /* rows at most; 0: as many as fit */
    size_t first;          /* the first row that is shown */
    char news[TABLE_LINE]; /* what was said last */
    enum alert_level news_level;
};

/* False: this terminal cannot do it. */
bool screen_begin(void);
void screen_end(void);

void screen_draw(struct screen *screen, const struct watch *watch);

/* Waits for so many seconds, or for a key; then draws anew. False: the user wants to leave. */
bool screen_wait(struct screen *screen, const struct watch *watch, double seconds);

#endif
