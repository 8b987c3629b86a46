#include "visualize/runs/runs.h"

#include "schemas/support/text.h"
#include "schemas/support/units.h"
#include "tracer/estimator/model/model_file.h"
#include "visualize/figure/log_folder.h"
#include "visualize/heatmap/metric.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- reading ---- */

static void show_progress(void *context, size_t done)
{
    progress_update(context, done);
}

bool runs_read_traces(const struct runs_options *options, struct trace_set *set, runs_warn_fn warn,
                      struct fault *fault)
{
    struct progress progress;
    set->iterations = options->iterations;
    progress_start(&progress, "reading traces", set->count, options->quiet);
    bool read =
        trace_set_read(set, TRACE_SUMMARY, options->jobs, NULL, show_progress, &progress, fault);
    progress_end(&progress);
    for (size_t i = 0; read && i < set->count; i++)
        if (!set->summaries[i].read)
            warn("%s; left out", set->faults[i].text);
    if (!read || !trace_set_check_iterations(set, fault))
        return false;
    if (*fault->text)
        warn("%s", fault->text);
    if (set->count > 0 && set->unreadable == set->count)
        return fault_set(fault, "%s: none of the traces could be read", set->folders[0].path);
    return true;
}

/* The table that is named, else the one beside the logs, where there is one. */
static bool read_metrics(const struct runs_options *options, struct runs *runs, struct fault *fault)
{
    char *beside = NULL;
    const char *path = options->metrics;
    if (!path && options->log_dir) {
        if (asprintf(&beside, "%s/" METRICS_FILE, options->log_dir) < 0)
            return fault_set_errno(fault, ENOMEM, "%s", options->log_dir);
        path = access(beside, F_OK) == 0 ? beside : NULL;
    }
    bool read = !path || metrics_read(path, &runs->metrics, fault);
    runs->has_metrics = read && path;
    free(beside);
    return read;
}

static bool list_inputs(struct runs_options *options, struct runs *runs, struct fault *fault)
{
    char *paths[] = {options->memory_dir};
    if (options->memory_dir && (!log_folder_find(&options->log_dir, paths, 1, fault) ||
                                !trace_set_list(&runs->set, paths, 1, &options->filter, fault)))
        return false;
    if (options->log_dir && !sweep_log_read(options->log_dir, &runs->log, fault))
        return false;
    runs->has_log = options->log_dir != NULL;
    runs->has_model = options->model != NULL;
    return (!options->model || model_load(options->model, &runs->model, fault)) &&
           read_metrics(options, runs, fault);
}

/* A key of --where that nothing here has is a mistake on the command line. */
static const struct configuration *listed_at(const void *context, size_t index)
{
    const struct runs *runs = context;
    return index < runs->set.configuration_count
               ? runs->set.configurations[index]
               : &runs->log.entries[index - runs->set.configuration_count].configuration;
}

static bool check_where(const struct runs_options *options, const struct runs *runs,
                        struct fault *fault)
{
    struct fault why = {0};
    return filter_check_keys(&options->filter, runs->set.configuration_count + runs->log.count,
                             listed_at, runs, &why) ||
           fault_set(fault, "--where: %s", why.text);
}

static void warn_of_listing(const struct runs *runs, runs_warn_fn warn)
{
    for (size_t i = 0; i < runs->set.folder_count; i++)
        for (size_t k = 0; k < runs->set.folders[i].warning_count; k++)
            warn("%s", runs->set.folders[i].warnings[k]);
    for (size_t i = 0; i < runs->log.warning_count; i++)
        warn("%s", runs->log.warnings[i]);
}

/* By their dimensions: in tables and along axes TP 2 comes before TP 4, however each ended. */
static int compare_known(const void *a, const void *b)
{
    return configuration_compare(&((const struct candidate *)a)->cell.configuration,
                                 &((const struct candidate *)b)->cell.configuration);
}

static bool find_known(const struct runs_options *options, struct runs *runs, runs_warn_fn warn,
                       struct fault *fault)
{
    const struct heatmap_input input = {
        .set = options->memory_dir ? &runs->set : NULL,
        .log = runs->has_log ? &runs->log : NULL,
        .filter = &options->filter,
        .axes = heatmap_usual_axes(),
        .reduce = options->reduce,
        .limit_mb = runs->gpu_mb > 0 ? runs->gpu_mb : NAN,
        .metric = heatmap_metric_find("memory", "GB"),
        .metrics = runs->has_metrics ? &runs->metrics : NULL,
        .model = runs->has_model ? &runs->model : NULL,
        .peak_tflops = options->peak_tflops,
    };
    bool made = candidates_make(&input, &runs->told, &runs->known, fault);
    if (made && runs->known.count > 1)
        qsort(runs->known.list, runs->known.count, sizeof *runs->known.list, compare_known);
    for (size_t i = 0; i < runs->told.warning_count; i++)
        warn("%s", runs->told.warnings[i]);
    return made;
}

enum exit_code runs_read(struct runs_options *options, struct runs *runs, runs_warn_fn warn,
                         struct fault *fault)
{
    char text[TRACE_SET_GPU];
    *runs = (struct runs){.peak_tflops = options->peak_tflops};
    if (!list_inputs(options, runs, fault))
        return EXIT_FAILED;
    if (!check_where(options, runs, fault))
        return EXIT_USAGE;
    warn_of_listing(runs, warn);
    if (!runs_read_traces(options, &runs->set, warn, fault))
        return EXIT_FAILED;
    runs->gpu_mb = trace_set_gpu_mb(&runs->set, mb_from_gb(options->gpu_gb), text);
    if (*text)
        warn("%s", text);
    if (!find_known(options, runs, warn, fault))
        return EXIT_FAILED;
    if (runs->known.count > 0 || (!options->memory_dir && !options->log_dir))
        return EXIT_DONE;
    fault_set(fault, TRACE_SET_EMPTY ", and no configurations in logs",
              options->memory_dir ? options->memory_dir : options->log_dir,
              options->filter.count ? TRACE_SET_CHOSEN : "");
    return EXIT_FAILED;
}

void runs_free(struct runs *runs)
{
    candidates_free(&runs->known);
    heatmap_grid_free(&runs->told);
    metrics_free(&runs->metrics);
    sweep_log_free(&runs->log);
    trace_set_free(&runs->set);
}

/* ---- naming ---- */

static const struct configuration *known_at(const void *context, size_t index)
{
    return &((const struct candidates *)context)->list[index].cell.configuration;
}

dimension_set runs_naming(const struct runs *runs)
{
    dimension_set differing =
        configuration_known_differences(runs->known.count, known_at, &runs->known);
    dimension_set usual = DIMENSION_BIT(DIMENSION_TP) | DIMENSION_BIT(DIMENSION_PP);
    return usual | (differing & ~(CONFIGURATION_FOLLOWING & ~usual));
}

/* A dimension that has a long name goes by its tag, in capitals. */
static void add_name(struct text *text, const struct configuration *configuration, size_t dimension)
{
    enum { SHORT = 4 };
    const char *name = DIMENSIONS[dimension].name;
    char tag[DIMENSION_WORD_SIZE], value_text[DIMENSION_WORD_SIZE];
    struct dimension_value value = configuration_value(configuration, dimension);
    if (!value.known)
        return;
    if (strlen(name) > SHORT) {
        snprintf(tag, sizeof tag, "%s", DIMENSIONS[dimension].tag);
        for (char *at = tag; *at; at++)
            *at = (char)toupper((unsigned char)*at);
        name = tag;
    }
    text_add_item(text, ", ", "%s %s", name, dimension_value_text(dimension, &value, value_text));
}

char *runs_name(char *buffer, size_t size, const struct configuration *configuration,
                dimension_set naming)
{
    struct text text = text_begin(buffer, size);
    for (size_t i = 0; i < DIMENSION_COUNT; i++)
        if (naming & DIMENSION_BIT(i))
            add_name(&text, configuration, i);
    if ((naming & DIMENSION_OTHER_TAGS) && *configuration->tags)
        text_add_item(&text, ", ", "%s", configuration->tags);
    return buffer;
}
