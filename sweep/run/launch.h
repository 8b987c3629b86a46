/* The ways to run what a session has to do. Both go on until nothing is left, or until the user
 * stops them. */
#ifndef SWEEP_RUN_LAUNCH_H
#define SWEEP_RUN_LAUNCH_H

#include "sweep/run/session.h"
#include "sweep/run/sweep_progress.h"

enum launch_end {
    LAUNCH_DONE,
    LAUNCH_STOPPED, /* by a signal; nothing was logged of what was running */
    LAUNCH_FAILED,  /* the fault says why; what was running was ended and not logged */
};

/* On this machine, so many at once as the options say. */
enum launch_end launch_local(struct session *session, struct sweep_progress *show,
                             struct fault *fault);

/* As job arrays of Slurm. `self` is this program, which the tasks run. */
enum launch_end launch_slurm(struct session *session, struct sweep_progress *show, const char *self,
                             struct fault *fault);

/* SIGINT, SIGTERM and SIGHUP as something to poll, instead of what they do. -1: errno says why. */
int launch_signals(void);

#endif
