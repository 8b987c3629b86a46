/* For tests of expected memory: what a job is expected to use, and a small model. */
#ifndef TESTS_UNIT_EXPECTING_H
#define TESTS_UNIT_EXPECTING_H

#include "tests/unit/unit.h"
#include "tracer/gmtrace.h"

#include <math.h>

static inline gmt_expected_memory expected(const gmt_model *model, const gmt_parallel *parallel,
                                           int64_t stage)
{
    gmt_expected_memory e;
    if (gmt_expect_memory(model, parallel, stage, &e) != GMT_OK)
        fail_msg("%s: expected %s", e.invalid_field, e.expected);
    return e;
}

static inline void check_near(const char *what, double is, double be)
{
    if (fabs(is - be) > 1e-9 * fabs(be) + 1e-3)
        fail_msg("%s is %.3f, not %.3f", what, is, be);
}
#define assert_near(a, b) check_near(#a, a, b)

/* 8 layers of a width of 1024, 16 heads of 64, sequences of 512 tokens. */
static const gmt_model SMALL = {.layers = 8,
                                .hidden_size = 1024,
                                .attention_heads = 16,
                                .sequence_length = 512,
                                .padded_vocabulary = 8192,
                                .no_linear_bias = true,
                                .rms_norm = true};

#endif
