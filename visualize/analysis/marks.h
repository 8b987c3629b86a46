/* Which events (gmt_mark) coincide with a rise of the baseline. */
#ifndef VISUALIZE_ANALYSIS_MARKS_H
#define VISUALIZE_ANALYSIS_MARKS_H

#include "visualize/analysis/rank.h"

/* `settled` are the baselines from iteration index `from` on. Fills the facts' mark and counts. */
void marks_find(const struct trace *trace, const double *settled, size_t from,
                struct rank_facts *facts);

#endif
