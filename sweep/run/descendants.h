/* All processes that descend from this one, wherever they went: into groups or sessions of their
 * own, or to this process as their parents died (it is their subreaper). */
#ifndef SWEEP_RUN_DESCENDANTS_H
#define SWEEP_RUN_DESCENDANTS_H

#include <stdbool.h>
#include <sys/types.h>

/* From now on orphans among the descendants become children of this process. */
bool descendants_adopt(void);

/* Sends the signal (0: none) to every descendant that is not a zombie; returns how many there are.
 */
unsigned descendants_signal(int signal);

#endif
