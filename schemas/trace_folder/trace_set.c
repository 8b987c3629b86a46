#include "schemas/trace_folder/trace_set.h"

#include "schemas/support/units.h"
#include "schemas/support/warnings.h"
#include "schemas/support/workers.h"

#include <errno.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- listing ---- */

static bool list_folder(struct trace_folder *folder, const char *path, const struct filter *filter,
                        struct fault *fault)
{
    char *meant = trace_folder_meant(path);
    if (!meant)
        return fault_set_errno(fault, ENOMEM, "%s", path);
    bool listed = trace_folder_list(meant, filter, folder, fault);
    free(meant);
    return listed &&
           (trace_folder_keep_latest(folder) || fault_set_errno(fault, ENOMEM, "%s", path));
}

static int compare_configurations(const void *a, const void *b)
{
    return configuration_compare(*(const struct configuration *const *)a,
                                 *(const struct configuration *const *)b);
}

bool trace_set_group(struct trace_set *set)
{
    set->configuration_of = calloc(set->count + 1, sizeof *set->configuration_of);
    set->configurations = calloc(set->count + 1, sizeof(void *));
    if (!set->configuration_of || !set->configurations)
        return false;
    for (size_t i = 0; i < set->count; i++)
        set->configurations[i] = &set->files[i]->name.configuration;
    if (set->count > 1)
        qsort((void *)set->configurations, set->count, sizeof(void *), compare_configurations);
    for (size_t i = 0; i < set->count; i++) {
        size_t last = set->configuration_count;
        if (last == 0 ||
            configuration_compare(set->configurations[last - 1], set->configurations[i]) != 0)
            set->configurations[set->configuration_count++] = set->configurations[i];
    }
    for (size_t i = 0; i < set->count; i++) {
        const struct configuration *wanted = &set->files[i]->name.configuration;
        const struct configuration **found =
            bsearch((const void *)&wanted, (const void *)set->configurations,
                    set->configuration_count, sizeof(void *), compare_configurations);
        set->configuration_of[i] = (size_t)(found - set->configurations);
    }
    return true;
}

static bool join(struct trace_set *set)
{
    size_t count = 0;
    for (size_t i = 0; i < set->folder_count; i++)
        count += set->folders[i].count;
    set->files = calloc(count + 1, sizeof(void *));
    set->folder_of = calloc(count + 1, sizeof *set->folder_of);
    if (!set->files || !set->folder_of)
        return false;
    for (size_t i = 0; i < set->folder_count; i++)
        for (size_t k = 0; k < set->folders[i].count; k++) {
            set->folder_of[set->count] = i;
            set->files[set->count++] = &set->folders[i].files[k];
        }
    return trace_set_group(set);
}

bool trace_set_list(struct trace_set *set, char *const *paths, size_t count,
                    const struct filter *filter, struct fault *fault)
{
    *set = (struct trace_set){.folders = calloc(count + 1, sizeof *set->folders)};
    if (!set->folders)
        return fault_set_errno(fault, ENOMEM, "%zu folders", count);
    for (size_t i = 0; i < count; i++) {
        set->folder_count++; /* what is listed of it is freed in any case */
        if (!list_folder(&set->folders[i], paths[i], filter, fault))
            return false;
    }
    return join(set) || fault_set_errno(fault, ENOMEM, "the list of traces");
}

bool trace_set_warn_of_empty(struct trace_set *set, const struct filter *filter)
{
    for (size_t i = 0; i < set->folder_count; i++) {
        struct trace_folder *folder = &set->folders[i];
        if (folder->count == 0 &&
            !warnings_add(&folder->warnings, &folder->warning_count, TRACE_SET_EMPTY, folder->path,
                          filter && filter->count ? TRACE_SET_CHOSEN : ""))
            return false;
    }
    return true;
}

static const struct configuration *configuration_at(const void *context, size_t index)
{
    return ((const struct trace_set *)context)->configurations[index];
}

bool trace_set_check_keys(char *const *paths, size_t count, const struct filter *filter,
                          struct fault *fault)
{
    struct trace_set all;
    struct fault why;
    if (filter_check_keys(filter, 0, NULL, NULL, NULL))
        return true;
    bool known = trace_set_list(&all, paths, count, NULL, &why) &&
                 filter_check_keys(filter, all.configuration_count, configuration_at, &all, &why);
    trace_set_free(&all);
    return known || fault_set(fault, "--where: %s", why.text);
}

/* ---- reading ---- */

struct reading {
    struct trace_set *set;
    enum trace_depth depth;
    trace_visit_fn visit;
    trace_done_fn done;
    void *context;
    struct trace *traces; /* one per worker */
    atomic_size_t read;
};

static void read_one(void *context, size_t index, unsigned worker)
{
    struct reading *reading = context;
    struct trace_set *set = reading->set;
    struct trace *trace = &reading->traces[worker];
    if (trace_read(set->files[index], reading->depth, trace, &set->faults[index])) {
        bool room = trace_summary_make(trace, &set->iterations, &set->summaries[index]) &&
                    (!reading->visit || reading->visit(reading->context, index, trace));
        if (!room)
            fault_set_errno(&set->faults[index], ENOMEM, "%s", set->files[index]->path);
    }
    size_t done = atomic_fetch_add_explicit(&reading->read, 1, memory_order_relaxed) + 1;
    if (worker == 0 && reading->done)
        reading->done(reading->context, done);
}

bool trace_set_read(struct trace_set *set, enum trace_depth depth, unsigned jobs,
                    trace_visit_fn visit, trace_done_fn done, void *context, struct fault *fault)
{
    unsigned workers = workers_count(set->count, jobs);
    struct reading reading = {.set = set,
                              .depth = depth,
                              .visit = visit,
                              .done = done,
                              .context = context,
                              .traces = calloc(workers, sizeof *reading.traces)};
    set->summaries = calloc(set->count + 1, sizeof *set->summaries);
    set->faults = calloc(set->count + 1, sizeof *set->faults);
    bool room = reading.traces && set->summaries && set->faults;
    if (room)
        workers_run(set->count, workers, read_one, &reading);
    for (unsigned i = 0; reading.traces && i < workers; i++)
        trace_free(&reading.traces[i]);
    free(reading.traces);
    for (size_t i = 0; room && i < set->count; i++) {
        set->unreadable += !set->summaries[i].read;
        room = set->faults[i].error != ENOMEM; /* no fault of the file's: it is not left out */
    }
    return room || fault_set_errno(fault, ENOMEM, "%zu traces", set->count);
}

double trace_set_gpu_mb(const struct trace_set *set, double given_mb, char text[TRACE_SET_GPU])
{
    double least = 0, most = 0;
    for (size_t i = 0; i < set->count && set->summaries; i++) {
        double capacity = set->summaries[i].read ? set->summaries[i].device_capacity_mb : 0;
        if (capacity > 0 && (least <= 0 || capacity < least))
            least = capacity;
        most = fmax(most, capacity);
    }
    text[0] = '\0';
    if (given_mb > 0)
        return given_mb;
    if (most > least)
        snprintf(text, TRACE_SET_GPU,
                 "the traces are of GPUs with %.1f to %.1f GB: the smallest counts",
                 gb_from_mb(least), gb_from_mb(most));
    return least;
}

bool trace_set_check_iterations(const struct trace_set *set, struct fault *fault)
{
    size_t read = 0, without = 0;
    char text[ITERATION_CHOICE_TEXT];
    for (size_t i = 0; i < set->count; i++) {
        read += set->summaries[i].read;
        without += set->summaries[i].read && set->summaries[i].chosen == 0;
    }
    fault->text[0] = '\0';
    if (without == 0 || set->iterations.which == ITERATIONS_ALL)
        return true;
    fault_set(fault, "--" ITERATIONS_OPTION ": %zu of %zu traces have no %s%s", without, read,
              iteration_choice_text(&set->iterations, text),
              set->iterations.which == ITERATIONS_STEADY ? ", only their warm-up" : "");
    return without < read;
}

const char *trace_set_left_out(const struct trace_set *set, char text[TRACE_SET_LEFT_OUT])
{
    size_t traces = 0, iterations = 0;
    for (size_t i = 0; i < set->count; i++)
        if (set->summaries[i].read) {
            traces += set->summaries[i].left_out > 0;
            iterations += set->summaries[i].left_out;
        }
    text[0] = '\0';
    if (iterations > 0)
        snprintf(text, TRACE_SET_LEFT_OUT,
                 "%zu iterations of %zu traces have no peak but that of their samples, which "
                 "measure something else than the peaks that were logged: left out of the largest",
                 iterations, traces);
    return text;
}

void trace_set_free(struct trace_set *set)
{
    for (size_t i = 0; i < set->folder_count; i++)
        trace_folder_free(&set->folders[i]);
    free(set->folders);
    free((void *)set->files);
    free(set->folder_of);
    free(set->configuration_of);
    free((void *)set->configurations);
    free(set->summaries);
    free(set->faults);
    *set = (struct trace_set){0};
}

/* ---- one configuration, or several ---- */

dimension_set trace_set_differences(const struct trace_set *set)
{
    dimension_set differing = 0;
    for (size_t i = 1; i < set->configuration_count; i++)
        differing |= configuration_differences(set->configurations[i - 1], set->configurations[i]);
    return differing;
}

static size_t files_of(const struct trace_set *set, size_t configuration)
{
    size_t count = 0;
    for (size_t i = 0; i < set->count; i++)
        count += set->configuration_of[i] == configuration;
    return count;
}

bool trace_set_is_one(const struct trace_set *set, dimension_set allowed, struct fault *fault)
{
    enum { MOST = 8 };
    dimension_set differing = trace_set_differences(set) & ~allowed;
    char names[256], where[CONFIGURATION_TEXT], list[800] = "";
    size_t used = 0;
    if (!differing)
        return true;
    for (size_t i = 0; i < set->configuration_count && i < MOST && used < sizeof list; i++)
        used += (size_t)snprintf(
            list + used, sizeof list - used, "%s--where '%s' (%zu)", i ? "; " : "",
            configuration_where(where, sizeof where, set->configurations[i], differing),
            files_of(set, i));
    return fault_set(fault,
                     "%zu configurations are mixed; they differ in %s. Choose one, with: %s%s",
                     set->configuration_count, dimension_set_text(names, sizeof names, differing),
                     list, set->configuration_count > MOST ? "; ..." : "");
}
