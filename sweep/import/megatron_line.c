/* Lines of Megatron-LM. */
#include "sweep/import/log_line_internal.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* "(after 10 iterations)", "(before save_checkpoint for iteration 10)", "(after save_checkpoint
 * ...)"
 */
static bool read_moment(const char *text, const char **behind, int64_t *iteration)
{
    static const struct {
        const char *before, *after;
    } moments[] = {{"(after ", " iterations)"},
                   {"(before save_checkpoint for iteration ", ")"},
                   {"(after save_checkpoint for iteration ", ")"}};
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        size_t before = strlen(moments[i].before), after = strlen(moments[i].after);
        if (strncmp(text, moments[i].before, before) != 0 ||
            !line_whole_number(text + before, behind, iteration) ||
            strncmp(*behind, moments[i].after, after) != 0)
            continue;
        *behind += after;
        return true;
    }
    return false;
}

const char *line_report(const char *text, struct import_line *line)
{
    static const char memory[] = " memory (";
    const char *rank = strstr(text, IMPORT_RANK), *behind;
    if (!rank || !line_whole_number(rank + strlen(IMPORT_RANK), &behind, &line->rank) ||
        strncmp(behind, "] ", 2) != 0 || !read_moment(behind + 2, &behind, &line->iteration) ||
        strncmp(behind, memory, strlen(memory)) != 0)
        return NULL;
    line->kind = IMPORT_MEMORY;
    return behind + strlen(memory);
}

/* Every release prints it with two digits, so that one that was cut off is known. */
static double device_mb(const char *figures)
{
    static const char words[] = "| total device memory used: ";
    const char *at = strstr(figures, words), *point = at ? strchr(at, '.') : NULL;
    bool whole = point && isdigit((unsigned char)point[1]) && isdigit((unsigned char)point[2]) &&
                 !isdigit((unsigned char)point[3]);
    return whole ? line_number(figures, words, NULL) : NAN;
}

/* "[Rank 3] (after 10 iterations) memory (MB) | allocated: 1.5 | max allocated: ...". All releases
 * print four figures; where the last is missing another rank's line has cut this one off, and the
 * last that is there may be half a number. */
static bool read_memory(const char *text, struct import_line *line)
{
    const char *figures = line_report(text, line);
    if (!figures)
        return false;
    double mb = strncmp(figures, "MB)", 3) == 0 ? 1 : strncmp(figures, "GB)", 3) == 0 ? 1024 : NAN;
    line->allocated_mb = line_number(figures, "| allocated: ", NULL) * mb;
    line->max_allocated_mb = line_number(figures, "| max allocated: ", NULL) * mb;
    line->reserved_mb = line_number(figures, "| reserved: ", NULL) * mb;
    line->device_mb = device_mb(figures) * mb;
    return !isnan(line->allocated_mb) && !isnan(line->max_allocated_mb) &&
           !isnan(line_number(figures, "| max reserved: ", NULL) * mb);
}

/* "Theoretical memory footprints: weight and optimizer=1.00 MB, activation=2.00 MB, total=3.00 MB";
 * without sequence parallelism there is the first figure alone, which is no total. */
static bool read_theory(const char *text, struct import_line *line)
{
    const char *at = strstr(text, "Theoretical memory footprints: weight and optimizer=");
    if (!at)
        return false;
    line->theory_mb = line_number(at, " total=", NULL);
    line->kind = IMPORT_THEORY;
    return true;
}

/* " [2024-08-01 09:44:55] iteration        1/       5 | consumed samples: ... | elapsed time per
 * iteration (ms): 3902.7 | throughput per GPU (TFLOP/s/GPU): 0.2 | ..." */
static bool read_iteration(const char *text, struct import_line *line)
{
    const char *at = strstr(text, "iteration "), *behind;
    int64_t of;
    if (!at || !line_whole_number(at + strlen("iteration "), &behind, &line->iteration) ||
        *behind != '/' || !line_whole_number(behind + 1, &behind, &of))
        return false;
    behind += strspn(behind, " ");
    if (*behind != '|')
        return false;
    line->step_ms = line_number(behind, "elapsed time per iteration (ms): ", NULL);
    line->tflops = line_number(behind, "throughput per GPU (TFLOP/s/GPU): ", NULL);
    line->kind = IMPORT_ITERATION;
    return true;
}

/* "  tensor_model_parallel_size ...................... 2" */
static bool read_argument(const char *text, struct import_line *line)
{
    const char *dots = strstr(text, " ...");
    if (!dots)
        return false;
    const char *begin = dots;
    while (begin > text && (isalnum((unsigned char)begin[-1]) || begin[-1] == '_'))
        begin--;
    const char *value = dots + 1 + strspn(dots + 1, ".");
    if (begin == dots || *value != ' ')
        return false;
    value += strspn(value, " ");
    snprintf(line->key, sizeof line->key, "%.*s", (int)(dots - begin), begin);
    snprintf(line->value, sizeof line->value, "%.*s", (int)strcspn(value, " "), value);
    line->kind = IMPORT_ARGUMENT;
    return true;
}

static bool read_border(const char *text, struct import_line *line)
{
    bool ends = strstr(text, "- end of arguments -");
    if (!ends && !strstr(text, "- arguments -"))
        return false;
    line->kind = IMPORT_BLOCK;
    line->block = ends ? IMPORT_BLOCK_NONE : IMPORT_BLOCK_MEGATRON;
    return true;
}

static bool read_end(const char *text, struct import_line *line)
{
    if (!strstr(text, "[after training is done]"))
        return false;
    line->kind = IMPORT_FINISHED;
    return true;
}

bool megatron_line_read(const char *text, enum import_block block, struct import_line *line)
{
    return read_border(text, line) || read_end(text, line) || read_memory(text, line) ||
           read_theory(text, line) || read_iteration(text, line) ||
           (block == IMPORT_BLOCK_MEGATRON && read_argument(text, line));
}
