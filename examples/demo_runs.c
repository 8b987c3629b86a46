/* demo_runs DIR: makes what a sweep of Llama 3 70B over 512 GPUs of 80 GB might leave behind:
 * traces of a rank of each stage in DIR/memory_traces, a simulation of the same in DIR/simulated,
 * the logs and metrics.csv in DIR.
 *
 * TP {2,4,8} x PP {1,2,4,8,16} x micro-batch {1,2}. Nothing of it was measured: peaks are the
 * estimator's, off by some percent as real ones are, and step times follow from the model's
 * arithmetic, a GPU that does the less of it the more it is divided, and the pipeline's bubble. */
#include "schemas/metrics/metrics.h"
#include "schemas/support/options.h"
#include "schemas/support/output_file.h"
#include "schemas/support/units.h"
#include "schemas/sweep_log/sweep_log.h"
#include "schemas/trace/json/trace_json.h"
#include "schemas/trace/trace_name.h"
#include "tracer/estimator/model/configuration_settings.h"
#include "tracer/estimator/model/model_file.h"
#include "tracer/estimator/model/throughput.h"

#include <err.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { WORLD_SIZE = 512, BATCH = 1024, SAMPLES = 24, MOST_RUNS = 32 };

static const int64_t TP[] = {2, 4, 8}, PP[] = {1, 2, 4, 8, 16}, MICRO_BATCH[] = {1, 2};
enum { TP_COUNT = 3, PP_COUNT = 5, MICRO_BATCH_COUNT = 2 };

static const double GPU_GB = 80, PEAK_TFLOPS = 989;

/* The same on every machine; -1 to 1. */
static double noise(uint32_t *state)
{
    *state = *state * 1664525U + 1013904223U;
    return (double)(*state >> 8) / 8388608.0 - 1;
}

struct run {
    struct configuration configuration;
    gmt_model model;
    gmt_parallel parallel;
    bool fits;
};

static bool make_run(const struct model_settings *model, int64_t tp, int64_t pp,
                     int64_t micro_batch, struct model_settings *settings, struct run *run,
                     struct fault *fault)
{
    char text[256];
    snprintf(text, sizeof text,
             "wd=%d,tp=%lld,pp=%lld,dp=%lld,mbs=%lld,gbs=%d,s=8192,sp=1,zero=1,prec=bf16",
             WORLD_SIZE, (long long)tp, (long long)pp, (long long)(WORLD_SIZE / (tp * pp)),
             (long long)micro_batch, BATCH);
    *run = (struct run){.fits = true};
    *settings = *model;
    return configuration_add_given(&run->configuration, text, fault) &&
           settings_take_configuration(settings, &run->configuration, fault) &&
           settings_resolve(settings, &run->model, &run->parallel, fault);
}

/* A stage's peak and static memory, MB, off by up to so many percent. */
static bool peak_of(const struct run *run, int64_t stage, double percent, uint32_t *state,
                    double *peak_mb, double *static_mb)
{
    gmt_expected_memory expected;
    if (gmt_expect_memory(&run->model, &run->parallel, stage, &expected) != GMT_OK)
        return false;
    double factor = 1 + percent / 100 * noise(state);
    *peak_mb = expected.peak_bytes / UNITS_BYTES_PER_MB * factor;
    *static_mb = expected.static_bytes / UNITS_BYTES_PER_MB * factor;
    return true;
}

/* ---- traces ---- */

static bool write_trace(const char *folder, const struct run *run, int64_t stage, double peak_mb,
                        double static_mb, struct fault *fault)
{
    double times[SAMPLES], allocated[SAMPLES], reserved[SAMPLES];
    char tags[256], name[300], path[400];
    for (int i = 0; i < SAMPLES; i++) {
        double share = sin(M_PI * i / (SAMPLES - 1));
        times[i] = 0.25 * i;
        allocated[i] = round((static_mb + (peak_mb - static_mb) * share) * 64) / 64;
        reserved[i] = ceil(peak_mb * 1.04 / 2) * 2;
    }
    struct trace_iteration iteration = {
        .number = 5,
        .peak_mb = round(peak_mb * 100) / 100,
        .figures = TRACE_FIGURES_NONE,
        .theoretical_mb = NAN,
        .static_mb = round(static_mb * 100) / 100,
        .reserved_of = TRACE_MEASURE_ALLOCATOR,
        .samples = {
            .count = SAMPLES, .time_s = times, .reserved_mb = reserved, .allocated_mb = allocated}};
    const struct trace trace = {.count = 1, .iterations = &iteration, .device_capacity_mb = NAN};
    configuration_tags(tags, sizeof tags, &run->configuration);
    trace_name_format(name, sizeof name, stage * (WORLD_SIZE / run->parallel.pp), tags,
                      TRACE_FORMAT_JSON);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return trace_json_write(path, &trace, fault);
}

/* The first stage decides what fits; the run's traces are there where it does. */
static bool trace_run(struct run *run, uint32_t *state, struct fault *fault)
{
    double peak_mb, static_mb;
    if (!peak_of(run, 0, 4, state, &peak_mb, &static_mb))
        return fault_set(fault, "the model cannot be divided so");
    run->fits = gb_from_mb(peak_mb) < GPU_GB;
    for (int64_t stage = 0; stage < run->parallel.pp; stage++) {
        double simulated_mb = peak_mb * (1 + 0.012 * noise(state));
        if (!write_trace("simulated", run, stage, simulated_mb, static_mb, fault) ||
            (run->fits && !write_trace("memory_traces", run, stage, peak_mb, static_mb, fault)))
            return false;
        if (stage + 1 < run->parallel.pp &&
            !peak_of(run, stage + 1, 4, state, &peak_mb, &static_mb))
            return fault_set(fault, "the model cannot be divided so");
    }
    return true;
}

/* ---- step times ---- */

static struct metrics_row speed_of(const struct run *run, const struct model_settings *model,
                                   uint32_t *state)
{
    const gmt_parallel *p = &run->parallel;
    double stages = (double)p->pp, in_all = (double)p->micro_batches;
    double bubble = (stages - 1) / in_all;
    double busy = 0.56 - 0.045 * log2((double)p->tp) + 0.03 * (double)(p->micro_batch_size - 1) -
                  (p->pp == 1 ? 0.05 : 0) + 0.01 * noise(state);
    double tflops = PEAK_TFLOPS * busy / (1 + bubble);
    double flops = model_flops_a_token(&run->model) * throughput_tokens(model, &run->configuration);
    return (struct metrics_row){.configuration = run->configuration,
                                .step_ms = round(flops / WORLD_SIZE / tflops / 1e9 * 10) / 10,
                                .tflops = round(tflops * 10) / 10};
}

/* ---- logs ---- */

static bool write_log(const char *name, const struct run *runs, size_t count,
                      enum sweep_outcome outcome, struct fault *fault)
{
    struct output_file file;
    if (!output_file_open(&file, name, fault))
        return false;
    for (size_t i = 0; i < count; i++) {
        char line[CONFIGURATION_TEXT];
        struct sweep_entry entry = {.number = (int64_t)i + 1,
                                    .configuration = runs[i].configuration,
                                    .outcome = outcome,
                                    .status = outcome == SWEEP_OOM ? 1 : -1,
                                    .signal = -1};
        if (outcome == SWEEP_OOM)
            snprintf(entry.cause, sizeof entry.cause, "oom");
        if (outcome != SWEEP_PLANNED && runs[i].fits != (outcome == SWEEP_SUCCESS))
            continue;
        sweep_log_format_line(line, sizeof line, &entry);
        fprintf(file.stream, "%s\n", line);
    }
    return output_file_commit(&file, fault);
}

/* ---- the sweep ---- */

/* `settings`: room for each run's, into which its model points. */
static bool make_runs(const struct model_settings *model, struct model_settings *settings,
                      struct run *runs, size_t *count, struct metrics *metrics, struct fault *fault)
{
    uint32_t state = 70;
    for (int i = 0; i < TP_COUNT * PP_COUNT * MICRO_BATCH_COUNT; i++) {
        struct run *run = &runs[*count];
        if (!make_run(model, TP[i / PP_COUNT / MICRO_BATCH_COUNT],
                      PP[i / MICRO_BATCH_COUNT % PP_COUNT], MICRO_BATCH[i % MICRO_BATCH_COUNT],
                      &settings[*count], run, fault) ||
            !trace_run(run, &state, fault))
            return false;
        if (run->fits)
            metrics->rows[metrics->count++] = speed_of(run, model, &state);
        ++*count;
    }
    return true;
}

static bool make_sweep(const char *folder, struct fault *fault)
{
    struct run runs[MOST_RUNS];
    struct metrics_row rows[MOST_RUNS];
    struct metrics metrics = {.rows = rows};
    struct model_settings model = {0};
    size_t count = 0;
    if (!model_load("llama3-70b", &model, fault) || !make_folders(folder, fault))
        return false;
    if (chdir(folder) != 0)
        return fault_set_errno(fault, errno, "%s", folder);
    struct model_settings *settings = calloc(MOST_RUNS, sizeof *settings);
    if (!settings)
        return fault_set_errno(fault, ENOMEM, "%s", folder);
    bool made = make_folders("memory_traces", fault) && make_folders("simulated", fault) &&
                make_runs(&model, settings, runs, &count, &metrics, fault);
    free(settings);
    return made && write_log(SWEEP_LOG_COMBINATIONS, runs, count, SWEEP_PLANNED, fault) &&
           write_log(SWEEP_LOG_SUCCESSFUL, runs, count, SWEEP_SUCCESS, fault) &&
           write_log(SWEEP_LOG_FAILED, runs, count, SWEEP_OOM, fault) &&
           metrics_write(METRICS_FILE, &metrics, fault);
}

static const struct option_command COMMAND = {
    .arguments = "DIR",
    .about = "Makes a sweep of Llama 3 70B over 512 GPUs, its simulation and its step times, none "
             "of which was measured.",
    .notes = "Example:\n  demo_runs build/demo/70b\n",
};

int main(int argc, char **argv)
{
    command_setup("demo_runs");
    const struct option_table tables[] = {{0}};
    struct fault fault = {0};
    size_t count;
    char **arguments = options_parse(&COMMAND, tables, argc, argv, &count);
    if (count != 1)
        options_error("give the folder to write into");
    if (!make_sweep(arguments[0], &fault))
        errx(EXIT_FAILED, "%s", fault.text);
    return EXIT_DONE;
}
