/* A rank of a real run beside the same rank of its simulation, in numbers. Draws nothing, reads
 * nothing. */
#ifndef VISUALIZE_COMPARISON_PAIR_H
#define VISUALIZE_COMPARISON_PAIR_H

#include "schemas/trace/trace_summary.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum comparison_alignment {
    COMPARISON_ALIGN_START,   /* both begin at 0 s */
    COMPARISON_ALIGN_STRETCH, /* both run from 0 to 100% of their iteration */
};

/* Which iteration of a trace is compared. */
struct comparison_choice {
    enum { COMPARISON_LAST, COMPARISON_ALL, COMPARISON_NUMBER } which;
    int64_t number;
};

/* What one trace says of the chosen iteration. MB; NAN where not recorded. */
struct comparison_side {
    bool present;
    struct coordinates coordinates; /* of the rank, where the trace has them */
    double peak_mb, static_mb, theory_mb;
    /* What the peak and the curve measure: of several measures the first; figures of the others are
     * left out. */
    enum trace_measure peak_measure, curve_measure;
    enum trace_ending ending;
    size_t count;      /* samples that have a time and an allocated value */
    uint64_t left_out; /* samples that these stand for */
    size_t unusable;   /* samples that lack one, measure something else, or whose time cannot be */
    double *time_s;    /* ascending, from 0; after a stretch: percent */
    double *allocated_mb;
};

enum { COMPARISON_REAL, COMPARISON_SIMULATED, COMPARISON_SIDES };

/* How far the simulation is from the real run. NAN where a side lacks it, and where the sides
 * measure different things. */
struct comparison_errors {
    double peak_mb;       /* simulated - real */
    double peak_percent;  /* of the real one */
    double static_mb;     /* simulated - real */
    double curve_mean_mb; /* mean absolute difference over the time that both have */
    double curve_most_mb; /* the largest */
};

struct comparison_pair {
    int64_t rank;
    struct comparison_side sides[COMPARISON_SIDES];
    struct comparison_errors errors;
};

/* Takes the chosen iteration out of a trace (in new memory). A side stays absent where the trace
 * has no such iteration. Samples are put in the order of their times. False when out of memory. */
bool comparison_side_make(struct comparison_side *side, const struct trace *trace,
                          struct comparison_choice choice);
void comparison_side_free(struct comparison_side *side);

/* Whether both sides have a figure, and they measure the same. */
bool comparison_peaks_agree(const struct comparison_pair *pair);
bool comparison_curves_agree(const struct comparison_pair *pair);

/* Aligns the curves and fills the errors. A sample's value holds until the next sample. */
void comparison_pair_finish(struct comparison_pair *pair, enum comparison_alignment alignment);

/* The value of a curve at a time: the last sample's at or before it, else the first one's. */
double comparison_side_at(const struct comparison_side *side, double time);

#endif
