#include "visualize/monitor/alert.h"

#include <math.h>
#include <stdbool.h>

static const double FALL = 0.95;

static bool holds(double percent, double limit, bool held)
{
    return percent >= (held ? limit * FALL : limit);
}

enum alert_level alert_next(enum alert_level before, double percent,
                            const struct alert_limits *limits)
{
    if (isnan(percent))
        return before;
    if (holds(percent, limits->critical, before == ALERT_CRITICAL))
        return ALERT_CRITICAL;
    return holds(percent, limits->warning, before != ALERT_NONE) ? ALERT_WARNING : ALERT_NONE;
}

const char *alert_word(enum alert_level level)
{
    static const char *const words[] = {"ok", "warning", "critical"};
    return words[level];
}
