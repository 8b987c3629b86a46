/* Expected memory against measured runs: a row a configuration, and how well it does by family. */
#ifndef VISUALIZE_ESTIMATE_MEASURED_H
#define VISUALIZE_ESTIMATE_MEASURED_H

#include "schemas/measured_runs/measured_runs.h"
#include "schemas/support/options.h"
#include "schemas/trace_folder/trace_set.h"
#include "tracer/estimator/model/settings.h"
#include "tracer/gmtrace.h"

#include <cjson/cJSON.h>
#include <stdio.h>

/* A configuration: runs alike, by their median; or a trace. */
struct compared_run {
    const char *name, *gpu, *software;
    size_t runs;
    const char *family;
    bool complete;        /* all that matters is modelled */
    char impossible[256]; /* why it cannot be estimated, or "" */
    bool scattered;       /* its own runs differ by over 10%; then it is not compared_run */
    double static_mb, first_mb, peak_mb;                            /* measured; NAN: not known */
    double expected_static_mb, expected_first_mb, expected_peak_mb; /* NAN where impossible */
    gmt_expected_memory expected;
};

struct validation {
    size_t count;
    struct compared_run *items;
    size_t bad_lines;
    struct fault first_bad;
    size_t figures; /* runs or traces in all */
    struct measured_runs runs;
    struct trace_set traces;
};

/* Reads the runs and estimates each. `own`: the command's own flags, as pasted_sort has them. */
bool validation_make(const char *path, const struct option_table *own,
                     struct validation *validation, struct fault *fault);

/* The same of a folder of traces of a model, each rank for itself: what a trace's name says of its
 * configuration rules over the settings. */
bool validation_make_of_traces(char *folder, const struct model_settings *settings,
                               struct validation *validation, struct fault *fault);
void validation_free(struct validation *validation);

/* Which family of jobs it is of, by what is least like a plain dense model. */
const char *validation_family(const gmt_model *model, const gmt_parallel *parallel);

void validation_print(const struct validation *validation, FILE *stream);

/* NULL when out of memory. */
cJSON *validation_to_json(const struct validation *validation);

#endif
