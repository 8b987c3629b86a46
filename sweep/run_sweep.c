/* run_sweep: tries every TP x PP of a job, on this machine or on Slurm, and logs what becomes of
 * each. Joins the plan, the folder, a launcher and the summary, and prints what came of it. */
#include "schemas/support/clock.h"
#include "schemas/support/command.h"
#include "schemas/support/shell_words.h"
#include "schemas/support/standard_output.h"
#include "schemas/trace_folder/trace_folder.h"
#include "sweep/run/job.h"
#include "sweep/run/launch.h"
#include "sweep/run/run_options.h"
#include "sweep/run/session.h"
#include "sweep/run/summary.h"
#include "sweep/run/sweep_progress.h"
#include "sweep/slurm/task.h"

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void warn_left_out(const struct plan *plan)
{
    size_t left_out = plan->count - plan->kept;
    if (left_out == 0)
        return;
    for (size_t i = 0; i < plan->count; i++)
        if (plan->items[i].left_out[0]) {
            char text[CONFIGURATION_TEXT];
            const struct configuration *first = &plan->items[i].entry.configuration;
            dimension_set axes = first->written & ~DIMENSION_BIT(DIMENSION_DP);
            warnx("%zu of %zu configurations left out (%s: %s; --plan lists them)", left_out,
                  plan->count, configuration_text(text, sizeof text, first, axes),
                  plan->items[i].left_out);
            return;
        }
}

/* What the logs did not say, and what is done already. */
static void print_beginning(const struct session *session)
{
    size_t settled = 0;
    for (size_t i = 0; i < session->warning_count; i++)
        warnx("%s", session->warnings[i]);
    for (size_t i = 0; i < session->count; i++)
        settled += session->items[i].earlier;
    if (settled > 0 && !session->options->quiet)
        printf("%zu of %zu configurations were done before\n", settled, session->count);
}

/* Successes of which no trace is there: they have a place in the heatmap, and no number. */
static bool count_without_traces(const struct session *session, const char *traces, size_t *count,
                                 struct fault *fault)
{
    struct trace_folder folder = {0};
    struct fault why;
    if (!trace_folder_list(traces, NULL, &folder, &why) && why.error != ENOENT)
        return fault_set(fault, "%s", why.text);
    size_t without = 0;
    for (size_t i = 0; i < session->count; i++) {
        const struct sweep_entry *entry = &session->items[i].entry;
        bool found = entry->outcome != SWEEP_SUCCESS;
        for (size_t k = 0; k < folder.count && !found; k++)
            found = configuration_compatible(&folder.files[k].name.configuration,
                                             &entry->configuration, false, NULL);
        without += !found;
    }
    trace_folder_free(&folder);
    *count = without;
    return true;
}

static const struct configuration *configuration_at(const void *context, size_t index)
{
    return &((const struct session *)context)->items[index].entry.configuration;
}

/* What to do next, as a line that can be pasted. */
static bool print_next_command(const struct session *session, const char *traces)
{
    const char *folder = session->options->output;
    char *figure = NULL, options[256];
    if (asprintf(&figure, "%s/heatmap", folder) < 0)
        return false;
    next_command_begin("the heatmap", "visualize_heatmap");
    next_command_add("--memory-dir", traces);
    next_command_add("--log-dir", folder);
    next_command_add("--output", figure);
    puts(dimension_set_figure_options(
        options, sizeof options,
        configuration_known_differences(session->count, configuration_at, session) &
            ~CONFIGURATION_USUAL,
        true));
    free(figure);
    return true;
}

static bool print_end(const struct session *session, const struct summary_counts *counts,
                      struct fault *fault)
{
    if (session->options->quiet)
        return true;
    char time_text[SWEEP_PROGRESS_TIME_TEXT];
    sweep_progress_time(clock_monotonic_s() - session->started_s, time_text);
    printf("%zu configurations: %zu success, %zu OOM, %zu failed, %zu skipped, %zu not run; %s\n",
           counts->total, counts->success, counts->oom, counts->failed, counts->skipped,
           counts->not_run, time_text);
    const char *folder = session->options->output;
    char *traces = NULL;
    if (asprintf(&traces, "%s/" JOB_TRACES, folder) < 0)
        return fault_set_errno(fault, ENOMEM, "%s", folder);
    size_t without = 0;
    bool told = count_without_traces(session, traces, &without, fault);
    if (without > 0)
        printf("%zu of %zu successes left no trace in %s: does the program use the tracer, and is "
               "its folder GMT_DIR or {trace_dir}? trace_command traces a program that does not\n",
               without, counts->success, NAME(traces));
    if (told && !print_next_command(session, traces))
        told = fault_set_errno(fault, ENOMEM, "%s", folder);
    free(traces);
    return told;
}

/* Before anything is touched. */
static bool check_commands(const struct run_options *options, const struct plan *plan,
                           struct fault *fault)
{
    for (size_t i = 0; i < plan->count; i++)
        if (!plan->items[i].left_out[0] && !job_check(options, &plan->items[i].entry, fault))
            return false;
    return true;
}

static enum exit_code run(struct session *session, const char *self)
{
    struct fault fault = {0};
    struct sweep_progress progress;
    const struct run_options *options = session->options;
    bool slurm = options->launcher == LAUNCHER_SLURM;
    print_beginning(session);
    sweep_progress_begin(&progress, session, stdout, slurm ? "submitted" : "running");
    enum launch_end end = slurm ? launch_slurm(session, &progress, self, &fault)
                                : launch_local(session, &progress, &fault);
    if (end == LAUNCH_FAILED)
        warnx("%s", fault.text);
    bool summarized = summary_write(session, &fault);
    if (!summarized)
        warnx("%s", fault.text);
    struct summary_counts counts = summary_count(session);
    if (end != LAUNCH_DONE)
        warnx("stopped; %zu of %zu configurations are not done: the same command goes on with them",
              counts.not_run, counts.total);
    bool told = end == LAUNCH_DONE && print_end(session, &counts, &fault);
    if (end == LAUNCH_DONE && !told)
        warnx("%s", fault.text);
    bool all_told = told && summarized && counts.not_run == 0;
    return all_told && counts.failed == 0 ? EXIT_DONE : EXIT_FAILED;
}

/* This program, for tasks on other machines. */
static char *own_path(void)
{
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0)
        return NULL;
    path[length] = '\0';
    return strdup(path);
}

int main(int argc, char **argv)
{
    command_setup("run_sweep");
    struct run_options options;
    run_options_parse(argc, argv, &options);

    if (options.task_dir) {
        int status = slurm_task_run(&options);
        run_options_free(&options);
        return status;
    }
    struct fault fault = {0};
    struct plan plan = {0};
    struct session session = {0};
    char *self = own_path();
    enum exit_code code = EXIT_FAILED;
    if (!plan_make(&options.rules, &plan, &fault)) {
        warnx("%s", fault.text);
        code = EXIT_USAGE;
    } else if (options.plan_only) {
        if (!options.quiet)
            plan_print(&options.rules, &plan, stdout);
        if (!options.json || plan_write_json(&options.rules, &plan, options.json, &fault))
            code = EXIT_DONE;
        else
            warnx("%s", fault.text);
    } else {
        warn_left_out(&plan);
        if (!check_commands(&options, &plan, &fault) ||
            !session_open(&session, &options, &plan, &fault))
            warnx("%s", fault.text);
        else
            code = run(&session, self);
        session_close(&session);
    }
    plan_free(&plan);
    run_options_free(&options);
    free(self);
    return code;
}
