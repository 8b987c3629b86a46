/* The words that stand on figures, each with the key by which an author replaces it. */
#ifndef VISUALIZE_FIGURE_WORDS_H
#define VISUALIZE_FIGURE_WORDS_H

#include "schemas/support/fault.h"

#include <stdbool.h>
#include <stddef.h>

/*    name          key             what it stands for, for the help */
#define WORDS_TABLE(WORD)                                                                          \
    WORD(ACTUAL, "actual", "the measured figure")                                                  \
    WORD(THEORY, "theory", "theoretical memory")                                                   \
    WORD(EXPECTED, "expected", "the expected peak")                                                \
    WORD(REAL, "real", "the real run")                                                             \
    WORD(SIMULATED, "simulated", "the simulated run")                                              \
    WORD(STATIC, "static", "static memory")                                                        \
    WORD(OOM, "oom", "out of memory")                                                              \
    WORD(FAILED, "failed", "failed otherwise")                                                     \
    WORD(TOO_LARGE, "too-large", "does not fit")                                                   \
    WORD(OVERFLOW, "overflow", "ran, though theory says it does not fit")                          \
    WORD(RAN, "ran", "ran, without a figure")                                                      \
    WORD(EMPTY, "no-data", "no data")                                                              \
    WORD(BAR, "bar", "the colour bar's title")                                                     \
    WORD(X, "x", "the title of the axis to the right")                                             \
    WORD(Y, "y", "the title of the axis upwards")                                                  \
    WORD(TIME, "time", "the title of a time axis")                                                 \
    WORD(MEMORY, "memory", "the title of a memory axis")                                           \
    WORD(PEAK, "peak", "peak memory")                                                              \
    WORD(RANK, "rank", "a rank")                                                                   \
    WORD(RESERVED, "reserved", "reserved memory")                                                  \
    WORD(PARAMETERS, "parameters", "memory of parameters")                                         \
    WORD(GRADIENTS, "gradients", "memory of gradients")                                            \
    WORD(OPTIMIZER, "optimizer", "memory of the optimizer's state")                                \
    WORD(ACTIVATIONS, "activations", "memory of activations")                                      \
    WORD(TEMPORARY, "temporary", "temporary memory")                                               \
    WORD(COMMUNICATION, "communication", "memory of communication")                                \
    WORD(WORKSPACE, "workspace", "memory of workspaces")                                           \
    WORD(OTHER, "other", "other memory")                                                           \
    WORD(MEASURED, "measured", "what was measured")                                                \
    WORD(PREDICTED, "predicted", "what was predicted")                                             \
    WORD(LIMIT, "limit", "the GPU's memory")                                                       \
    WORD(FREE, "free", "what of the GPU's memory stays free")                                      \
    WORD(THROUGHPUT, "throughput", "throughput")                                                   \
    WORD(UPPER, "upper", "before what the upper figure of a cell is")                              \
    WORD(LOWER, "lower", "before what the lower one is")                                           \
    WORD(BEST, "best", "before the sizes whose best is shown")                                     \
    WORD(WORST, "worst", "before those whose worst is shown")                                      \
    WORD(ABOVE_STATIC, "above-static", "what a peak has above static memory")                      \
    WORD(WITHIN, "within", "before the errors of a band")                                          \
    WORD(BEYOND, "beyond", "beyond the scale")                                                     \
    WORD(ERROR, "error", "the title of an axis of errors")                                         \
    WORD(SHARE, "share", "the title of the axis of a distribution")                                \
    WORD(FRONT, "front", "the Pareto front")                                                       \
    WORD(DOMINATED, "dominated", "what is not on it")                                              \
    WORD(FIRST, "first", "the first rank")                                                         \
    WORD(LAST, "last", "the last rank, or the first of the last stage")                            \
    WORD(LARGEST_ERROR, "largest-error", "the rank that is predicted worst")

#define WORDS_NAME(name, key, meaning) WORD_##name,
enum word { WORDS_TABLE(WORDS_NAME) WORDS };

struct words {
    const char *texts[WORDS]; /* NULL: the figure's own */
};

/* "actual=Measured,theory=Megatron", which is cut up: the words keep pointing into it. A comma in a
 * text is written \,. Adds to what is there. */
bool words_parse(char *text, struct words *words, struct fault *fault);

/* Are the words of such a text among `known` (ended by WORDS)? The fault lists these. What is not
 * KEY=TEXT is left to words_parse. */
bool words_check(const char *text, const enum word *known, struct fault *fault);

/* "actual, theory, ...": the keys, for help and messages. */
const char *words_keys(void);

/* The key of a word. */
const char *words_key(enum word word);

#endif
