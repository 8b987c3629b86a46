/* When is it tight? Levels with hysteresis, so that a figure at the edge does not alarm at every
 * look. */
#ifndef VISUALIZE_MONITOR_ALERT_H
#define VISUALIZE_MONITOR_ALERT_H

enum alert_level { ALERT_NONE, ALERT_WARNING, ALERT_CRITICAL };

struct alert_limits {
    double warning, critical; /* percent of the device's memory; warning is the lower one */
};

/* The level that follows on `before`: at a limit it rises, and it falls when the figure is a
 * twentieth below. A figure that is not known (NAN) changes nothing. */
enum alert_level alert_next(enum alert_level before, double percent,
                            const struct alert_limits *limits);

/* "warning", "critical", "ok". */
const char *alert_word(enum alert_level level);

#endif
