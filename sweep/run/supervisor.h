/* One run of a command, contained: its output captured and read while it flows, its time bounded,
 * and no process of it left when it is over.
 *
 * The calling process must have one thread and no children of its own. */
#ifndef SWEEP_RUN_SUPERVISOR_H
#define SWEEP_RUN_SUPERVISOR_H

#include "schemas/support/fault.h"
#include "sweep/outcome/result.h"

#include <stdint.h>

struct run_request {
    char **arguments, **environment;
    const char *log_path;
    uint64_t log_limit; /* bytes */
    double timeout_s;   /* 0: none */
    double grace_s;     /* between SIGTERM and SIGKILL */
};

/* What comes through `stop_fd` ends the run: STOP_GENTLY by SIGTERM and, after the grace, SIGKILL;
 * STOP_NOW, or the end of the pipe (whoever ordered the run is dead), by SIGKILL at once. */
enum { STOP_GENTLY = 't', STOP_NOW = 'k' };

enum run_end {
    RUN_ENDED,       /* the result is its outcome */
    RUN_STOPPED,     /* it was ended on request and has no outcome */
    RUN_NOT_STARTED, /* the fault says why: the command is not there, say */
};

enum run_end supervise(const struct run_request *request, int stop_fd, struct result *result,
                       struct fault *fault);

#endif
