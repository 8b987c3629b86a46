/* What gather.c and timelines.c share. */
#ifndef VISUALIZE_REPORT_GATHER_INTERNAL_H
#define VISUALIZE_REPORT_GATHER_INTERNAL_H

#include "visualize/report/report.h"

struct report_data {
    struct trace_set sets[REPORT_ROLES];
    /* The set that the findings and the heatmap are of: the simulated one only where nothing is
     * real. */
    enum report_role analyzed;
    struct rank_facts *facts; /* of the analyzed set's files */
    /* Of each file: the place of its configuration in the findings; SIZE_MAX: it has none. */
    size_t *configuration_of[REPORT_ROLES];
    struct sweep_log log;
};

/* Chooses the ranks whose timelines are shown, and reads them. */
bool report_take_timelines(struct report *report, struct fault *fault);

/* Adds a warning; false when out of memory. */
bool report_warn(struct report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
