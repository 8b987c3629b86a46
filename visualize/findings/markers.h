/* Which events (gmt_mark) coincide with a rise of the baseline. */
#ifndef VISUALIZE_FINDINGS_MARKERS_H
#define VISUALIZE_FINDINGS_MARKERS_H

#include "visualize/findings/rank.h"

/* `settled` are the baselines from iteration index `from` on. Fills the facts' mark and counts. */
void markers_find(const struct trace *trace, const double *settled, size_t from,
                  struct rank_facts *facts);

#endif
