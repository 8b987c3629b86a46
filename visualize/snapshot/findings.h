/* What a snapshot's figures mean, in sentences. */
#ifndef VISUALIZE_SNAPSHOT_FINDINGS_H
#define VISUALIZE_SNAPSHOT_FINDINGS_H

#include "visualize/snapshot/analysis.h"

struct snapshot_finding {
    const char *kind; /* "out of memory", "fragmentation", "history", "inconsistency" */
    char text[512];
    const char *advice; /* or NULL */
};

enum { SNAPSHOT_MOST_FINDINGS = 4 + REPLAY_INCONSISTENCIES };

/* Of one device, what matters most first; returns how many. */
size_t snapshot_findings(const struct device_analysis *device,
                         struct snapshot_finding findings[SNAPSHOT_MOST_FINDINGS]);

/* Free memory within segments that are in use, of all the device's segments. */
uint64_t snapshot_inactive_split(const struct device_analysis *device);

#endif
