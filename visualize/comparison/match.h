/* Which trace is compared with which: the ranks of a real run beside those of its simulation. Reads
 * no trace. */
#ifndef VISUALIZE_COMPARISON_MATCH_H
#define VISUALIZE_COMPARISON_MATCH_H

#include "schemas/support/fault.h"
#include "schemas/trace_folder/trace_set.h"
#include "visualize/comparison/pair.h"

/* A rank's files, which the trace sets own; NULL where a side has none. */
struct matched_rank {
    int64_t rank;
    const struct trace_file *files[COMPARISON_SIDES];
};

struct matched_ranks {
    size_t count;
    struct matched_rank *ranks; /* ascending */
};

/* Pairs the ranks of two runs by number. Each set is of one folder and one configuration, so that a
 * rank has one file. `chosen`: a list as value_list.h has it, or NULL: all of them. Fails where no
 * rank is chosen. */
bool matched_ranks_make(struct matched_ranks *matched,
                        const struct trace_set runs[COMPARISON_SIDES], const char *chosen,
                        struct fault *fault);
void matched_ranks_free(struct matched_ranks *matched);

#endif
