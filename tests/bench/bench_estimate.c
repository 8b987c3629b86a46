/* Estimates of a sweep: 262,144 configurations of a dense model and of one with experts. */
#include "tracer/gmtrace.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { TENSOR_SIZES = 4, STAGE_COUNTS = 7, BATCHES = 9363 };

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

typedef uint64_t (*estimate_fn)(const gmt_model *model, const gmt_parallel *parallel);

/* TP 1 to 8, PP 1 to 64, and micro-batches of 9,363 sizes. */
static void measure(const char *what, const gmt_model *model, estimate_fn estimate)
{
    double began = now_s();
    int count = 0;
    uint64_t sum = 0;
    for (int tp = 0; tp < TENSOR_SIZES; tp++)
        for (int pp = 0; pp < STAGE_COUNTS; pp++)
            for (int i = 1; i <= BATCHES; i++, count++) {
                const gmt_parallel parallel = {.tp = 1 << tp,
                                               .pp = 1 << pp,
                                               .dp = 64,
                                               .micro_batch_size = i,
                                               .sharding = GMT_SHARD_OPTIMIZER,
                                               .precision = GMT_BF16};
                uint64_t bytes = estimate(model, &parallel);
                if (bytes == GMT_UNKNOWN)
                    exit(EXIT_FAILURE);
                sum += bytes >> 20;
            }
    double took = now_s() - began;
    printf("  %-28s %d configurations  %.2f s (goal under 1)  %s\n", what, count, took,
           took < 1 && sum > 0 ? "met" : "MISSED");
}

int main(void)
{
    const gmt_model dense = {.layers = 96,
                             .hidden_size = 20480,
                             .attention_heads = 160,
                             .sequence_length = 2048,
                             .padded_vocabulary = 51200};
    gmt_model experts = dense;
    experts.experts = 64;
    experts.moe_ffn_hidden_size = 2048;
    experts.moe_layer_frequency = 2;
    puts("Estimates of a sweep, one thread");
    measure("theory, dense", &dense, gmt_theoretical_bytes);
    measure("expected peak, dense", &dense, gmt_expected_peak_bytes);
    measure("expected peak, experts", &experts, gmt_expected_peak_bytes);
    return 0;
}
