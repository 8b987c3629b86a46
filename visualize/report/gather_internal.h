/* What the files that gather a report share. */
#ifndef VISUALIZE_REPORT_GATHER_INTERNAL_H
#define VISUALIZE_REPORT_GATHER_INTERNAL_H

#include "visualize/report/report.h"

struct report_data {
    struct trace_set sets[REPORT_ROLES];
    /* The set that the findings and the heatmap are of: the simulated one only where nothing is
     * real. */
    enum report_role analyzed;
    struct rank_facts *facts; /* of the analyzed set's files */
    /* Of each file: the row of its configuration; SIZE_MAX: it has none. */
    size_t *configuration_of[REPORT_ROLES];
    struct sweep_log log;
};

/* Fills the rows, from traces, logs and the model. */
bool report_take_configurations(struct report *report, struct fault *fault);

/* What the row's run said at its end: its line in the sweep's log, and of its own log, where the
 * sweep's folder has one. False when out of memory. */
bool report_take_last_output(struct report_configuration *row, const struct sweep_entry *entry,
                             const char *log_dir);

/* The report in a sentence or two, in new memory; NULL when out of memory. */
char *report_make_answer(const struct report *report);
char *report_make_conclusion(const struct comparison_overall *overall);

/* Compares each real run with its simulation, where there is one. */
bool report_take_comparisons(struct report *report, struct fault *fault);

/* Reads and analyses PyTorch's snapshots; what cannot be read is left out, by name. */
bool report_take_snapshots(struct report *report, struct fault *fault);

/* Chooses the ranks whose timelines are shown, and reads them. */
bool report_take_timelines(struct report *report, struct fault *fault);

#endif
