/* demo_comparison DIR: makes a real-like run in DIR/real and its simulation in DIR/simulated, 8
 * ranks, TP 2 x PP 4.
 *
 * The curves follow the 1F1B schedule of a GPT-like model: a stage's memory rises with the
 * micro-batches that it holds, and its last step adds the gradients' buffers. The real run has ten
 * iterations, waits for communication, and is sampled unevenly, as a busy sampler does; the
 * simulated one has one iteration without waiting. */
#include "schemas/support/options.h"
#include "schemas/support/output_file.h"
#include "schemas/trace/json/trace_json.h"
#include "schemas/trace/trace_name.h"

#include <err.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { RANKS = 8, TP = 2, PP = 4, REAL_ITERATIONS = 10, MOST_SAMPLES = 120, MICRO_BATCHES = 8 };

/* MB. The first stage also holds the embeddings, the last one the output layer. */
static const double STATIC_MB[PP] = {52100, 49300, 49300, 51800};
static const double ACTIVATION_MB = 1450, OPTIMIZER_MB = 9800,
                    THEORY_MB[PP] = {74500, 69900, 68300, 70100};

/* The same on every machine; 0 to 1. */
static double noise(uint32_t *state)
{
    *state = *state * 1664525U + 1013904223U;
    return (double)(*state >> 8) / 16777216.0;
}

/* Allocated memory of a stage at a share of its iteration. */
static double allocated_at(int stage, double share, double error)
{
    const double optimizer_from = 0.86;
    if (share >= optimizer_from)
        return STATIC_MB[stage] + OPTIMIZER_MB + error;
    int in_flight = PP - stage;
    double step = share / optimizer_from * (MICRO_BATCHES + in_flight);
    double held = fmin(fmin(floor(step), in_flight), floor(MICRO_BATCHES + in_flight - step));
    double swing = fmod(step, 1) < 0.5 ? 0 : -0.35;
    return STATIC_MB[stage] + ACTIVATION_MB * fmax(0, held + (held > 0 ? swing : 0)) + error;
}

struct run {
    const char *folder, *tags;
    int iterations;
    double length_s, interval_s, jitter; /* jitter: of the interval, as a share of it */
    double error_mb;                     /* how far the figures are off */
};

static size_t take_samples(const struct run *run, int stage, double start_s, uint32_t *state,
                           struct trace_samples *samples, double *peak_mb)
{
    size_t count = 0;
    *peak_mb = 0;
    for (double at = 0; at < run->length_s && count < MOST_SAMPLES; count++) {
        double mb = round(allocated_at(stage, at / run->length_s, run->error_mb) * 2048) / 2048;
        samples->time_s[count] = round((start_s + at) * 1e4) / 1e4;
        samples->allocated_mb[count] = mb;
        samples->reserved_mb[count] = ceil(STATIC_MB[stage] + 1.4 * OPTIMIZER_MB);
        *peak_mb = fmax(*peak_mb, mb);
        at += run->interval_s * (1 + run->jitter * noise(state) * noise(state));
    }
    samples->count = count;
    return count;
}

static bool write_rank(const struct run *run, int rank, struct fault *fault)
{
    static double columns[REAL_ITERATIONS][3][MOST_SAMPLES];
    struct trace_iteration iterations[REAL_ITERATIONS];
    uint32_t state = (uint32_t)rank * 97U + 1U;
    int stage = rank / (RANKS / PP);
    for (int i = 0; i < run->iterations; i++) {
        iterations[i] = (struct trace_iteration){
            .number = i,
            .figures = TRACE_FIGURES_NONE,
            .theoretical_mb = THEORY_MB[stage],
            .static_mb = STATIC_MB[stage] + run->error_mb,
            .samples = {.time_s = columns[i][0],
                        .reserved_mb = columns[i][1],
                        .allocated_mb = columns[i][2]},
        };
        take_samples(run, stage, i * run->length_s * 1.02, &state, &iterations[i].samples,
                     &iterations[i].peak_mb);
    }
    const struct trace trace = {.count = (size_t)run->iterations, .iterations = iterations};
    char name[256], path[512];
    trace_name_format(name, sizeof name, rank, run->tags, TRACE_FORMAT_JSON);
    snprintf(path, sizeof path, "%s/%s", run->folder, name);
    return trace_json_write(path, &trace, fault);
}

static bool make_comparison(const char *folder, struct fault *fault)
{
    const struct run runs[] = {
        {"real", "wd8_tp2_pp4_l40_bs1", REAL_ITERATIONS, 0.66, 0.0057, 3.0, 0},
        {"simulated", "wd8_tp2_pp4_exp1_expNumNone_l40_bs1", 1, 0.41, 0.0057, 0.2, 38},
    };
    if (!make_folders(folder, fault))
        return false;
    if (chdir(folder) != 0)
        return fault_set_errno(fault, errno, "%s: cannot be entered", folder);
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        if (!make_folders(runs[i].folder, fault))
            return false;
        for (int rank = 0; rank < RANKS; rank++)
            if (!write_rank(&runs[i], rank, fault))
                return false;
    }
    return true;
}

static const struct option_row OPTIONS[] = {{0}};

static const struct option_command COMMAND = {
    .arguments = "DIR",
    .about = "Makes the traces of a real-like run of 8 ranks and of its simulation.",
    .notes = "Example:\n  demo_comparison build/demo/comparison\n",
};

int main(int argc, char **argv)
{
    command_setup("demo_comparison");
    const struct option_table tables[] = {{OPTIONS, NULL}, {0}};
    size_t count;
    char **folders = options_parse(&COMMAND, tables, argc, argv, &count);
    if (count != 1)
        options_error("expected one folder to write to, found %zu", count);
    struct fault fault = {0};
    if (!make_comparison(folders[0], &fault))
        errx(EXIT_FAILED, "%s", fault.text);
    return EXIT_DONE;
}
