/* What runs were seen to use, one JSON object a line: runs.jsonl. See measured_runs.md. */
#ifndef SCHEMAS_MEASURED_RUNS_MEASURED_RUNS_H
#define SCHEMAS_MEASURED_RUNS_MEASURED_RUNS_H

#include "schemas/support/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct measured_run {
    char *name;           /* "case" */
    char *gpu, *software; /* "" where they are not said */
    int64_t world_size, rank;
    size_t flag_count;
    char **flags; /* as they were given */
    size_t variable_count;
    char **variables;                    /* "NAME=value" */
    double static_mb, first_mb, peak_mb; /* NAN: not recorded */
};

struct measured_runs {
    size_t count;
    struct measured_run *runs;
    size_t bad_count;       /* lines that are none */
    struct fault first_bad; /* the first of them, by its number */
};

/* A line that is no run is counted and left out; fails where the file cannot be read, where it has
 * no run at all, and when out of memory. */
bool measured_runs_read(const char *path, struct measured_runs *runs, struct fault *fault);
void measured_runs_free(struct measured_runs *runs);

/* Are both of the same flags, environment, GPU, software and ranks? */
bool measured_runs_alike(const struct measured_run *a, const struct measured_run *b);

#endif
