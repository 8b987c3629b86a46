/* What one rank's trace says by itself: all that stays of it once its samples are gone, so that
 * thousands of ranks take little memory. */
#ifndef VISUALIZE_FINDINGS_RANK_H
#define VISUALIZE_FINDINGS_RANK_H

#include "schemas/trace/trace_summary.h"
#include "visualize/findings/statistics.h"

enum { RANK_MARK_TEXT = 80 };

/* MB; NAN where not known. Iterations are numbers of the trace. */
struct rank_facts {
    struct trace_summary summary;
    int64_t settled_from, last; /* iterations: the first after the warm-up, and the last */
    double last_peak_mb;

    struct trend baseline;   /* after the warm-up, MB per iteration */
    double grown_mb;         /* the slope over all settled iterations */
    double rising_share;     /* of the steps from one baseline to the next */
    double risen_mb;         /* from the first settled baseline to the last */
    double first_mb, end_mb; /* medians of the first and the last settled baselines */
    size_t steps;

    size_t spikes;
    double fence_mb, spike_mb; /* the highest spike */
    int64_t spike_iteration;

    double
        fragmentation; /* mean of (reserved - allocated)/reserved, where both are the allocator's */
    double retries, out_of_memory; /* of the allocator, over all iterations */
    size_t retried;                /* iterations with retries */
    double hidden_mb;              /* the least of the device's use beside the allocator's */
    struct trend hidden;           /* of each iteration's least, after the warm-up */

    /* An event that lies in iterations before a rise, and hardly in others. */
    char mark[RANK_MARK_TEXT];
    size_t mark_rises, rises, mark_others, others;
};

/* Of a trace that was read in full, and of its summary. What compares iterations looks at all of
 * them, whichever were chosen. False when out of memory: then nothing is known of the rank. */
bool rank_facts_make(const struct trace *trace, const struct trace_summary *summary,
                     struct rank_facts *facts);

#endif
