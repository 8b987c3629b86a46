/* All that is known of each configuration: from traces, a sweep's logs, a table of step times, and
 * a model. Draws nothing. */
#ifndef VISUALIZE_RUNS_RUNS_H
#define VISUALIZE_RUNS_RUNS_H

#include "schemas/support/options.h"
#include "tracer/estimator/model/settings.h"
#include "visualize/heatmap/candidates.h"

struct runs_options {
    char *memory_dir;                      /* NULL: no traces */
    const char *log_dir, *metrics, *model; /* NULL: none is given */
    const char *json;                      /* FILE, or "-"; NULL: not asked for */
    struct filter filter;                  /* --where */
    struct iteration_choice iterations;
    enum heatmap_reduce reduce;
    double gpu_gb; /* 0: not given */
    double peak_tflops;
    unsigned jobs;
    bool quiet;
};

/* The rows of these options, under headings; their target is a struct runs_options. */
extern const struct option_row RUNS_OPTIONS[];

/* The same without step times and their --peak-tflops, for commands that know none. */
extern const struct option_row RUNS_MEMORY_OPTIONS[];

/* Once all is read: a sweep's folder may be the one argument. Ends the command where the line makes
 * no sense. */
void runs_options_complete(struct runs_options *options, char *const *arguments);

struct runs {
    struct trace_set set; /* read; empty without --memory-dir */
    struct sweep_log log; /* empty without logs */
    struct metrics metrics;
    bool has_log, has_metrics, has_model;
    struct model_settings model;
    double gpu_mb;            /* as it was given, else as the traces say; 0: not known */
    double peak_tflops;       /* of the GPU; 0: not given */
    struct candidates known;  /* a configuration each */
    struct heatmap_grid told; /* its warnings alone */
};

/* Reads what the options name, and finds the logs beside the traces and the step times beside the
 * logs where they name none. Tells by `warn`, a function like warnx, what was left out and what
 * should not be compared. Free with runs_free in any case. */
typedef void (*runs_warn_fn)(const char *format, ...);
enum exit_code runs_read(struct runs_options *options, struct runs *runs, runs_warn_fn warn,
                         struct fault *fault);
void runs_free(struct runs *runs);

/* Reads a set that was listed, with progress; names those that cannot be read. */
bool runs_read_traces(const struct runs_options *options, struct trace_set *set, runs_warn_fn warn,
                      struct fault *fault);

/* In which dimensions configurations are to be named, so that no two have the same name: TP and PP
 * where they are known, and all in which they differ. */
dimension_set runs_naming(const struct runs *runs);

/* Such a name, short enough for a figure: "TP 2, PP 64, MBS 1". Writes like snprintf, and returns
 * the buffer. */
char *runs_name(char *buffer, size_t size, const struct configuration *configuration,
                dimension_set naming);

#endif
