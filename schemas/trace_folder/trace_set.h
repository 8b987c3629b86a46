/* The traces of one or more folders, by configuration, read by several threads and reduced to a
 * summary each: what every command that reads folders begins with. */
#ifndef SCHEMAS_TRACE_FOLDER_TRACE_SET_H
#define SCHEMAS_TRACE_FOLDER_TRACE_SET_H

#include "schemas/trace/trace_summary.h"
#include "schemas/trace_folder/trace_folder.h"

struct trace_set {
    size_t folder_count;
    struct trace_folder *folders;
    size_t count;
    const struct trace_file **files; /* of all folders, in their order */
    size_t *folder_of;               /* of each file */
    size_t *configuration_of;        /* of each file: its place below */
    size_t configuration_count;
    const struct configuration **configurations; /* each once, in their order */

    struct iteration_choice iterations; /* whose figures count: set it before trace_set_read */

    /* Filled by trace_set_read. */
    struct trace_summary *summaries; /* of each file */
    struct fault *faults;            /* of each file: why it could not be read */
    size_t unreadable;
};

/* Lists the folders. One without traces in which there is a folder memory_traces (a sweep's) stands
 * for that. Fails where one cannot be read. Free with trace_set_free in any case. */
bool trace_set_list(struct trace_set *set, char *const *paths, size_t count,
                    const struct filter *filter, struct fault *fault);

/* What to say of a folder without traces, or without any that is chosen. */
#define TRACE_SET_EMPTY  "%s: no memory_trace_rank*.json or .gmtrace there%s"
#define TRACE_SET_CHOSEN " that --where chooses"

/* Adds a warning for each such folder: for commands that have something else to show. False when
 * out of memory. */
bool trace_set_warn_of_empty(struct trace_set *set, const struct filter *filter);

/* False where a key of the filter is neither a dimension's nor that of a tag of any trace in the
 * folders, chosen or not; the fault names it. */
bool trace_set_check_keys(char *const *paths, size_t count, const struct filter *filter,
                          struct fault *fault);

/* Finds the configurations of the files that are there; trace_set_list does it. False when out of
 * memory. */
bool trace_set_group(struct trace_set *set);

/* Called once a file, from several threads at a time, in any order: keep what you need under
 * `index`, the file's place in the set. The trace is only lent. False when out of memory. */
typedef bool (*trace_visit_fn)(void *context, size_t index, const struct trace *trace);

/* Called now and then with the number of files done, from the thread that called trace_set_read
 * (for progress). */
typedef void (*trace_done_fn)(void *context, size_t done);

/* Reads every file; memory is bounded by the largest file times the jobs (0: one per processor).
 * `visit` and `done` may be NULL. False when out of memory. */
bool trace_set_read(struct trace_set *set, enum trace_depth depth, unsigned jobs,
                    trace_visit_fn visit, trace_done_fn done, void *context, struct fault *fault);

/* The GPU's memory: what the user gave, else (0) what the traces say; 0: not known. Of devices that
 * differ the smallest counts, and the text says so; "" else. */
enum { TRACE_SET_GPU = 128 };
double trace_set_gpu_mb(const struct trace_set *set, double given_mb, char text[TRACE_SET_GPU]);

/* False where no trace that was read has an iteration that was chosen: the fault says so. True with
 * a text in the fault, for a warning, where some have none. */
bool trace_set_check_iterations(const struct trace_set *set, struct fault *fault);

/* In words, for a warning: that some iterations' peaks are left out, for measuring something else
 * than those that stand. "" where none are. */
enum { TRACE_SET_LEFT_OUT = 256 };
const char *trace_set_left_out(const struct trace_set *set, char text[TRACE_SET_LEFT_OUT]);

void trace_set_free(struct trace_set *set);

/* In which dimensions any two of the configurations differ. */
dimension_set trace_set_differences(const struct trace_set *set);

/* Sets the fault where the set holds several configurations: which dimensions differ, how many
 * files each has, and a --where for each; false then. `allowed`: differences that are none. */
bool trace_set_is_one(const struct trace_set *set, dimension_set allowed, struct fault *fault);

#endif
