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
