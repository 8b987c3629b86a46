/* A program as one built with another version's header: test_library compiles it with this one's,
 * with one whose structs have a field less (HEADER=-1), and with one whose structs have a field
 * `later` more (HEADER=1). Its argument is a folder for traces. Prints an estimate's total. */
#include "gmtrace.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                           \
    do                                                                                             \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "line %d: %s\n", __LINE__, #condition);                                \
            exit(1);                                                                               \
        }                                                                                          \
    while (0)

/* What stands behind a struct is not the library's, neither to write nor to read. */
enum { BEHIND = 256, PATTERN = 0xA5 };
struct options {
    gmt_options it;
    unsigned char behind[BEHIND];
};
struct model {
    gmt_model it;
    unsigned char behind[BEHIND];
};
struct parallel {
    gmt_parallel it;
    unsigned char behind[BEHIND];
};
struct estimate {
    gmt_memory_estimate it;
    unsigned char behind[BEHIND];
};

static int is_untouched(const unsigned char *behind)
{
    for (int i = 0; i < BEHIND; i++)
        if (behind[i] != PATTERN)
            return 0;
    return 1;
}

static gmt_status start_and_stop(const gmt_options *options)
{
    gmt_tracer *tracer = NULL;
    gmt_status status = gmt_start(options, &tracer);
    CHECK((status == GMT_OK) == (tracer != NULL));
    if (tracer)
        CHECK(gmt_stop(tracer) == GMT_OK);
    return status;
}

static void try_options(const char *folder)
{
    struct options options;
    memset(&options, PATTERN, sizeof options);
    CHECK(gmt_options_init(&options.it, sizeof options.it) == GMT_OK);
    CHECK(is_untouched(options.behind));
    CHECK(options.it.device == -1 && options.it.rank == -1 && options.it.interval_s == 0.01);
    options.it.directory = folder;
    options.it.interval_s = 0;
    CHECK(start_and_stop(&options.it) == GMT_OK);
#if HEADER > 0
    CHECK(options.it.later == 0);
    options.it.later = 1;
    CHECK(start_and_stop(&options.it) == GMT_INVALID);
#endif
    CHECK(gmt_options_init(NULL, sizeof options.it) == GMT_INVALID);
    CHECK(gmt_options_init(&options.it, 0) == GMT_INVALID);
    CHECK(gmt_start_sized(&options.it, 0, NULL) == GMT_INVALID);
}

static void try_estimate(void)
{
    struct model model;
    struct parallel parallel;
    struct estimate estimate;
    memset(&model, PATTERN, sizeof model);
    memset(&parallel, PATTERN, sizeof parallel);
    memset(&estimate, PATTERN, sizeof estimate);
    memset(&model.it, 0, sizeof model.it);
    memset(&parallel.it, 0, sizeof parallel.it);
    model.it.layers = 96, model.it.hidden_size = 20480, model.it.attention_heads = 160;
    model.it.sequence_length = 2048, model.it.padded_vocabulary = 50304;
    parallel.it.tp = 2, parallel.it.pp = 64, parallel.it.dp = 64, parallel.it.micro_batches = 384;
    CHECK(gmt_estimate_memory(&model.it, &parallel.it, 0, &estimate.it) == GMT_OK);
    CHECK(is_untouched(model.behind) && is_untouched(parallel.behind) &&
          is_untouched(estimate.behind));
    printf("%.0f %" PRIu64 "\n", estimate.it.total_bytes,
           gmt_theoretical_bytes(&model.it, &parallel.it));
#if HEADER > 0
    CHECK(estimate.it.later == 0);
    model.it.later = 1;
    CHECK(gmt_estimate_memory(&model.it, &parallel.it, 0, &estimate.it) == GMT_INVALID);
    CHECK(strcmp(estimate.it.invalid_field, "model") == 0 && strstr(estimate.it.expected, "newer"));
    CHECK(gmt_theoretical_bytes(&model.it, &parallel.it) == GMT_UNKNOWN);
    model.it.later = 0, parallel.it.later = 1;
    CHECK(gmt_estimate_memory(&model.it, &parallel.it, 0, &estimate.it) == GMT_INVALID);
    CHECK(strcmp(estimate.it.invalid_field, "parallel") == 0 && estimate.it.total_bytes == 0);
#endif
}

int main(int count, char **arguments)
{
    CHECK(count == 2);
    try_options(arguments[1]);
    try_estimate();
    return 0;
}
