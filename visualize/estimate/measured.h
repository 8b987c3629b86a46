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
struct judged {
    const char *name, *gpu, *software;
    size_t runs;
    const char *family;
    bool complete;        /* all that matters is modelled */
    char impossible[256]; /* why it cannot be estimated, or "" */
    bool scattered;       /* its own runs differ by over 10%; then it is not judged */
    double static_mb, first_mb, peak_mb;                            /* measured; NAN: not known */
    double expected_static_mb, expected_first_mb, expected_peak_mb; /* NAN where impossible */
    gmt_expected_memory expected;
};

struct judgement {
    size_t count;
    struct judged *items;
    size_t bad_lines;
    struct fault first_bad;
    size_t figures; /* runs or traces in all */
    struct measured_runs runs;
    struct trace_set traces;
};

/* Reads the runs and estimates each. `own`: the command's own flags, as pasted_sort has them. */
bool judgement_make(const char *path, const struct option_table *own, struct judgement *judgement,
                    struct fault *fault);

/* The same of a folder of traces of a model, each rank for itself: what a trace's name says of its
 * configuration rules over the settings. */
bool judgement_make_of_traces(char *folder, const struct model_settings *settings,
                              struct judgement *judgement, struct fault *fault);
void judgement_free(struct judgement *judgement);

/* Which family of jobs it is of, by what is least like a plain dense model. */
const char *judgement_family(const gmt_model *model, const gmt_parallel *parallel);

void judgement_print(const struct judgement *judgement, FILE *stream);

/* NULL when out of memory. */
cJSON *judgement_to_json(const struct judgement *judgement);

#endif
