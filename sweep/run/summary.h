/* A sweep's end: summary.log for people, summary.json for programs. */
#ifndef SWEEP_RUN_SUMMARY_H
#define SWEEP_RUN_SUMMARY_H

#include "sweep/run/session.h"

#define SUMMARY_JSON "summary.json"

struct summary_counts {
    size_t total, success, oom, failed, skipped, not_run;
};
struct summary_counts summary_count(const struct session *session);

/* Writes both into the sweep's folder, and the second one to where --json asks for it. */
bool summary_write(const struct session *session, struct fault *fault);

#endif
