/* demo_sweep DIR: makes what a sweep of a 485-billion-parameter model over 8,192 GPUs leaves
 * behind, from its published figures: traces in DIR/memory_traces, and the logs in DIR.
 *
 * 24 configurations, TP {1,2,4,8} x PP {2,4,8,16,32,64}; six fit into 80 GB, all others run out of
 * memory. The peaks are the published ones; the curves between are plausible, no more: a pipeline's
 * stages under the 1F1B schedule. */
#include "schemas/support/options.h"
#include "schemas/support/output_file.h"
#include "schemas/support/units.h"
#include "schemas/sweep_log/sweep_log.h"
#include "schemas/trace/json/trace_json.h"
#include "schemas/trace/trace_name.h"
#include "tracer/estimator/model/presets.h"

#include <err.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    WORLD_SIZE = 8192,
    LAYERS = 96,
    MICRO_BATCHES_PER_STAGE = 6,
    ITERATIONS = 3,
    SAMPLES = 400, /* an iteration */
    TRACED_STAGES = 4,
    /* As long as the traces of ten real iterations, one sample a line: about 370 KB. */
    LARGE_ITERATIONS = 9,
};

#define TRACES "memory_traces"

static const int64_t TP[] = {1, 2, 4, 8}, PP[] = {2, 4, 8, 16, 32, 64};
enum { TP_COUNT = 4, PP_COUNT = 6 };

/* What was published of the six that fit, MB. */
static const struct success {
    int64_t tp, pp;
    double peak_mb;
} SUCCESSES[] = {
    {2, 64, 58716.72},    {4, 32, 76.0 * 1024}, {4, 64, 29.1 * 1024},
    {8, 16, 73.6 * 1024}, {8, 32, 38.4 * 1024}, {8, 64, 15.0 * 1024},
};

static const struct success *success_of(int64_t tp, int64_t pp)
{
    for (size_t i = 0; i < sizeof SUCCESSES / sizeof *SUCCESSES; i++)
        if (SUCCESSES[i].tp == tp && SUCCESSES[i].pp == pp)
            return &SUCCESSES[i];
    return NULL;
}

static struct sweep_entry entry_of(int64_t number, int64_t tp, int64_t pp)
{
    int64_t dp = WORLD_SIZE / (tp * pp), micro_batches = MICRO_BATCHES_PER_STAGE * pp;
    struct sweep_entry entry = {.number = number, .status = -1, .signal = -1};
    configuration_set_number(&entry.configuration, DIMENSION_TP, tp);
    configuration_set_number(&entry.configuration, DIMENSION_PP, pp);
    configuration_set_number(&entry.configuration, DIMENSION_DP, dp);
    configuration_set_number(&entry.configuration, DIMENSION_MICRO_BATCHES, micro_batches);
    configuration_set_number(&entry.configuration, DIMENSION_GLOBAL_BATCH_SIZE, micro_batches * dp);
    return entry;
}

static int64_t size_of(const struct sweep_entry *entry, size_t dimension)
{
    return configuration_number(&entry->configuration, dimension);
}

/* What Megatron-LM reported of a configuration when the sweep was run, MB. */
static double theory_mb(const struct sweep_entry *entry)
{
    const struct preset *preset = preset_find("gpt-485b");
    const gmt_parallel parallel = {.tp = size_of(entry, DIMENSION_TP),
                                   .pp = size_of(entry, DIMENSION_PP),
                                   .dp = size_of(entry, DIMENSION_DP),
                                   .micro_batches = size_of(entry, DIMENSION_MICRO_BATCHES),
                                   .megatron_minor = 17,
                                   .sequence_parallel = true,
                                   .recompute = GMT_RECOMPUTE_SELECTIVE};
    return preset ? mb_from_bytes(gmt_theoretical_bytes(&preset->model, &parallel)) : NAN;
}

/* ---- traces ---- */

/* Allocated memory of a stage at a share of its iteration: weights and optimizer below, and on top
 * the activations of the micro-batches in flight, which a stage holds the more of the earlier it
 * stands in the pipeline. 1 is the stage's peak. */
static double curve(double share, double static_share)
{
    const double warm_up = 0.22, cool_down = 0.82;
    double in_flight = share < warm_up     ? floor(share / warm_up * 8) / 8
                       : share > cool_down ? ceil((1 - share) / (1 - cool_down) * 8) / 8
                                           : 1;
    double busy = share >= warm_up && share <= cool_down;
    double within = busy ? 0.94 + 0.06 * (fmod(share * 48, 1) < 0.5) : 0.94;
    return static_share + (1 - static_share) * in_flight * within;
}

static void make_samples(struct trace_samples *samples, double peak_mb, double static_share)
{
    samples->count = SAMPLES;
    for (int i = 0; i < SAMPLES; i++) {
        double share = (double)i / (SAMPLES - 1);
        samples->time_s[i] = round(share * 41.5 * 1e4) / 1e4;
        samples->allocated_mb[i] = round(peak_mb * curve(share, static_share) * 2048) / 2048;
        samples->reserved_mb[i] = ceil(peak_mb * 1.02 / 2) * 2;
    }
}

/* The figures of one rank's trace: the first stage (share 0) holds most, and has the published
 * peak. */
static bool write_trace(const struct sweep_entry *entry, const struct success *success,
                        double stage_share, int64_t rank, int iteration_count, struct fault *fault)
{
    double times[SAMPLES], reserved[SAMPLES], allocated[SAMPLES];
    struct trace_iteration iterations[LARGE_ITERATIONS];
    double static_share = 0.30, peak = success->peak_mb * (1 - 0.38 * stage_share);
    for (int i = 0; i < iteration_count; i++) {
        iterations[i] = (struct trace_iteration){
            .number = i,
            .peak_mb = round(peak * 100) / 100,
            .figures = TRACE_FIGURES_NONE,
            .theoretical_mb = round(theory_mb(entry) * 100) / 100,
            .static_mb = round(success->peak_mb * static_share * 100) / 100,
            .samples = {.time_s = times, .reserved_mb = reserved, .allocated_mb = allocated},
        };
        make_samples(&iterations[i].samples, peak, static_share);
    }
    const struct trace trace = {.count = (size_t)iteration_count,
                                .iterations = iterations,
                                .device_capacity_mb = mb_from_gb(80)};

    char tags[128], name[256], path[sizeof name + sizeof TRACES];
    struct configuration configuration = entry->configuration;
    configuration_set_number(&configuration, DIMENSION_WORLD_SIZE, WORLD_SIZE);
    configuration_set_number(&configuration, DIMENSION_EP, 1);
    configuration_set_number(&configuration, DIMENSION_EXPERTS, 0);
    configuration_set_number(&configuration, DIMENSION_LAYERS, LAYERS);
    configuration_set_number(&configuration, DIMENSION_MICRO_BATCH_SIZE, 1);
    configuration_tags(tags, sizeof tags, &configuration);
    trace_name_format(name, sizeof name, rank, tags, TRACE_FORMAT_JSON);
    snprintf(path, sizeof path, TRACES "/%s", name);
    return trace_json_write(path, &trace, fault);
}

/* ---- logs ---- */

static bool write_log(const char *file_name, const char *heading, const struct sweep_entry *entries,
                      size_t count, struct fault *fault)
{
    struct output_file file;
    if (!output_file_open(&file, file_name, fault))
        return false;
    fprintf(file.stream, "%s\n", heading);
    for (size_t i = 0; i < count; i++) {
        char line[256];
        sweep_log_format_line(line, sizeof line, &entries[i]);
        fprintf(file.stream, "%s\n", line);
    }
    return output_file_commit(&file, fault);
}

static bool write_summary(size_t planned, size_t successes, struct fault *fault)
{
    struct output_file file;
    if (!output_file_open(&file, SWEEP_LOG_SUMMARY, fault))
        return false;
    fprintf(file.stream, "World size: %d\nConfigurations: %zu\nSuccessful: %zu\nFailed: %zu\n",
            WORLD_SIZE, planned, successes, planned - successes);
    return output_file_commit(&file, fault);
}

struct sweep {
    struct sweep_entry planned[TP_COUNT * PP_COUNT], successes[TP_COUNT * PP_COUNT],
        failures[TP_COUNT * PP_COUNT];
    size_t planned_count, success_count, failure_count;
};

static bool run_configuration(struct sweep *sweep, struct sweep_entry entry, struct fault *fault)
{
    const struct success *success =
        success_of(size_of(&entry, DIMENSION_TP), size_of(&entry, DIMENSION_PP));
    sweep->planned[sweep->planned_count++] = entry;
    if (!success) {
        entry.outcome = SWEEP_OOM;
        entry.status = 1;
        snprintf(entry.cause, sizeof entry.cause, "oom");
        sweep->failures[sweep->failure_count++] = entry;
        return true;
    }
    entry.outcome = SWEEP_SUCCESS;
    sweep->successes[sweep->success_count++] = entry;
    int64_t stages = size_of(&entry, DIMENSION_PP);
    for (int i = 0; i < TRACED_STAGES; i++) {
        int64_t stage = i * stages / TRACED_STAGES, ranks_of_a_stage = WORLD_SIZE / stages;
        if (!write_trace(&entry, success, (double)stage / (double)stages, stage * ranks_of_a_stage,
                         ITERATIONS, fault))
            return false;
    }
    return true;
}

/* The traces alone of that many ranks of one configuration: something to measure readers by. */
static bool make_ranks(int64_t ranks, struct fault *fault)
{
    const struct success *success = &SUCCESSES[0];
    struct sweep_entry entry = entry_of(1, success->tp, success->pp);
    for (int64_t rank = 0; rank < ranks; rank++)
        if (!write_trace(&entry, success, (double)rank / (double)ranks, rank, LARGE_ITERATIONS,
                         fault))
            return false;
    return true;
}

static bool enter(const char *folder, struct fault *fault)
{
    if (!make_folders(folder, fault))
        return false;
    if (chdir(folder) != 0)
        return fault_set_errno(fault, errno, "%s: cannot be entered", folder);
    return make_folders(TRACES, fault);
}

static bool make_sweep(struct fault *fault)
{
    struct sweep sweep = {0};
    for (int i = 0; i < TP_COUNT * PP_COUNT; i++) {
        struct sweep_entry entry = entry_of(i + 1, TP[i / PP_COUNT], PP[i % PP_COUNT]);
        if (!run_configuration(&sweep, entry, fault))
            return false;
    }
    return write_log(SWEEP_LOG_COMBINATIONS, "All configurations:", sweep.planned,
                     sweep.planned_count, fault) &&
           write_log(SWEEP_LOG_SUCCESSFUL, "Successful configurations:", sweep.successes,
                     sweep.success_count, fault) &&
           write_log(SWEEP_LOG_FAILED, "Failed configurations:", sweep.failures,
                     sweep.failure_count, fault) &&
           write_summary(sweep.planned_count, sweep.success_count, fault);
}

struct options {
    int64_t ranks; /* 0: the sweep */
};

static const struct option_row OPTIONS[] = {
    {.name = "ranks",
     .letter = 'r',
     .kind = OPTION_INTEGER,
     .target = offsetof(struct options, ranks),
     .least = 1,
     .most = WORLD_SIZE,
     .argument = "N",
     .help = "instead, only the traces of N ranks of one configuration, of a real one's size"},
    {0},
};

static const struct option_command COMMAND = {
    .arguments = "DIR",
    .about = "Makes the traces and logs of a sweep of a 485B model over 8,192 GPUs, from its "
             "published figures.",
    .notes = "Example:\n  demo_sweep build/demo/485b\n",
};

int main(int argc, char **argv)
{
    command_setup("demo_sweep");
    struct options options = {0};
    const struct option_table tables[] = {{OPTIONS, &options}, {0}};
    size_t count;
    char **folders = options_parse(&COMMAND, tables, argc, argv, &count);
    if (count != 1)
        options_error("expected one folder to write to, found %zu", count);
    struct fault fault = {0};
    if (!enter(folders[0], &fault) ||
        !(options.ranks ? make_ranks(options.ranks, &fault) : make_sweep(&fault)))
        errx(EXIT_FAILED, "%s", fault.text);
    return EXIT_DONE;
}
