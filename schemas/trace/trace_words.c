#include "schemas/trace/trace_words.h"

#include <string.h>

/* The word's place in a list that may have gaps; -1 where it is not there. */
static int find(const char *const *words, int count, const char *word, size_t length)
{
    for (int i = 0; i < count; i++)
        if (words[i] && strlen(words[i]) == length && memcmp(words[i], word, length) == 0)
            return i;
    return -1;
}

static const char *const ENDINGS[] = {
    [TRACE_ENDED_CLEAN] = "stopped",
    [TRACE_ENDED_KILLED] = "killed",
    [TRACE_ENDED_NOT_YET] = "running",
    [TRACE_ENDED_NOT_SAID] = NULL,
};
enum { ENDING_COUNT = sizeof ENDINGS / sizeof *ENDINGS };

const char *trace_ending_word(enum trace_ending ending)
{
    return ENDINGS[ending];
}

bool trace_ending_named(const char *word, size_t length, enum trace_ending *ending)
{
    int found = find(ENDINGS, ENDING_COUNT, word, length);
    if (found >= 0)
        *ending = (enum trace_ending)found;
    return found >= 0;
}

static const char *const MEASURES[TRACE_MEASURES] = {
    [TRACE_MEASURE_ALLOCATOR] = "allocator", [TRACE_MEASURE_DRIVER] = "driver",
    [TRACE_MEASURE_DEVICE] = "device",       [TRACE_MEASURE_PROCESS] = "process",
    [TRACE_MEASURE_MIXED] = "mixed",
};

const char *trace_measure_word(enum trace_measure measure)
{
    return MEASURES[measure];
}

bool trace_measure_named(const char *word, size_t length, enum trace_measure *measure)
{
    int found = find(MEASURES, TRACE_MEASURES, word, length);
    if (found >= 0)
        *measure = (enum trace_measure)found;
    return found >= 0;
}

const char *trace_measure_text(enum trace_measure measure)
{
    static const char *const texts[TRACE_MEASURES] = {
        [TRACE_MEASURE_NOT_SAID] = "what is not said",
        [TRACE_MEASURE_ALLOCATOR] = "the framework's allocator",
        [TRACE_MEASURE_DRIVER] = "CUDA's allocation calls",
        [TRACE_MEASURE_DEVICE] = "all that is in use on the device",
        [TRACE_MEASURE_PROCESS] = "the process's resident memory",
        [TRACE_MEASURE_MIXED] = "different things in one iteration",
    };
    return texts[measure];
}

const char *trace_peak_word(bool sampled)
{
    return sampled ? "sampled" : "logged";
}

const struct trace_figure_row TRACE_FIGURE_ROWS[TRACE_FIGURES] = {
#define TRACE_FIGURE_ROW(name, key, is_memory) {key, is_memory},
    TRACE_FIGURE_LIST(TRACE_FIGURE_ROW)
#undef TRACE_FIGURE_ROW
};
