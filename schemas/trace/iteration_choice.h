/* Which iterations of a trace stand for it: their peaks differ. The first ones allocate what stays
 * (optimizer state, workspaces), evaluation and checkpoints allocate besides, and an iteration that
 * a killed job left unfinished may have no peak of its own. */
#ifndef SCHEMAS_TRACE_ITERATION_CHOICE_H
#define SCHEMAS_TRACE_ITERATION_CHOICE_H

#include "schemas/trace/trace.h"

/* Of all zero bytes: all of them. */
struct iteration_choice {
    enum { ITERATIONS_ALL, ITERATIONS_STEADY, ITERATIONS_NUMBER } which;
    int64_t number;
};

/* "all", "steady" or an iteration's number. */
bool iteration_choice_parse(const char *text, struct iteration_choice *choice);

/* "all iterations", "steady iterations", "iteration 7". */
enum { ITERATION_CHOICE_TEXT = 48 };
const char *iteration_choice_text(const struct iteration_choice *choice,
                                  char text[ITERATION_CHOICE_TEXT]);

/* The option of every command that has it, with the documentation of its words. */
#define ITERATIONS_OPTION "iterations"
#define ITERATIONS_VALUES "all|steady|N"
#define ITERATIONS_HELP                                                                            \
    "whose peaks count (default: all); steady leaves out the warm-up and what stands out of the "  \
    "others (evaluation, checkpoints)"

/* How many iterations at a run's beginning are its warm-up: a twentieth, one at least, ten at most.
 */
size_t iteration_warm_up(size_t iterations);

/* The figure above which a peak stands out of so many: the third quartile and 1.5 times the
 * distance of the quartiles, and at least 1% above the third quartile. NAN of fewer than eight.
 * Sorts the peaks, none of which may be NAN. */
double iteration_peaks_fence(double *peaks, size_t count);

#endif
