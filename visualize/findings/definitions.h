/* The thresholds of all findings, in one place; findings.md explains them. */
#ifndef VISUALIZE_FINDINGS_DEFINITIONS_H
#define VISUALIZE_FINDINGS_DEFINITIONS_H

/* Trends leave out the warm-up (iteration_choice.h). */
#define SETTLED_LEAST 8 /* iterations that a trend needs */

#define GROWTH_P_VALUE       0.01
#define GROWTH_LEAST_MB      100.0
#define GROWTH_CRITICAL_MB   1024.0
#define GROWTH_CRITICAL_RUNS 10.0 /* the limit comes within so many times what was recorded */

#define RISE_SHARE   0.8
#define RISE_LEAST   10  /* steps */
#define CLEANUP      1.1 /* last baseline over the first settled one */
#define CLEANUP_PART 10  /* both are medians of a tenth of the iterations, from 5 to 50 */

#define SPIKE_WARNING 1.1 /* of the fence, which is iteration_choice.h's */

#define FRAGMENTATION_WARNING  0.3
#define FRAGMENTATION_CRITICAL 0.5

#define IMBALANCE_WARNING  0.10
#define IMBALANCE_CRITICAL 0.25

#define HEADROOM_WARNING  0.75
#define HEADROOM_CRITICAL 0.90

#define HIDDEN_SHARE  0.05
#define THEORY_AGREES 0.05 /* theory and measurement are the same but for this part */

#define SCORE_BEST     10.0
#define SCORE_WARNING  1.0
#define SCORE_CRITICAL 3.0

#endif
