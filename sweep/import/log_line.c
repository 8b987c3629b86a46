#include "sweep/import/log_line.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 2048 };

/* Without colours (ESC [ ... letter) and control characters. */
static void strip(const char *text, char plain[LONGEST])
{
    size_t used = 0;
    for (; *text && used + 1 < LONGEST; text++) {
        if (*text == '\033' && text[1] == '[') {
            text += 2;
            while (*text && !isalpha((unsigned char)*text))
                text++;
            if (!*text)
                break;
        } else if ((unsigned char)*text >= 0x20) {
            plain[used++] = *text;
        }
    }
    plain[used] = '\0';
}

/* The number behind the words, which must be there; NAN else. */
static double number_behind(const char *text, const char *words)
{
    const char *at = strstr(text, words);
    char *end;
    if (!at)
        return NAN;
    at += strlen(words);
    double number = strtod(at, &end);
    return end == at || !isfinite(number) || number < 0 ? NAN : number;
}

static bool whole_number(const char *text, const char **behind, int64_t *value)
{
    char *end;
    text += strspn(text, " ");
    if (!isdigit((unsigned char)*text))
        return false;
    errno = 0;
    *value = strtoll(text, &end, 10);
    *behind = end;
    return errno == 0;
}

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
            !whole_number(text + before, behind, iteration) ||
            strncmp(*behind, moments[i].after, after) != 0)
            continue;
        *behind += after;
        return true;
    }
    return false;
}

/* Every release prints it with two digits, so that one that was cut off is known. */
static double device_mb(const char *figures)
{
    static const char words[] = "| total device memory used: ";
    const char *at = strstr(figures, words), *point = at ? strchr(at, '.') : NULL;
    bool whole = point && isdigit((unsigned char)point[1]) && isdigit((unsigned char)point[2]) &&
                 !isdigit((unsigned char)point[3]);
    return whole ? number_behind(figures, words) : NAN;
}

/* "[Rank 3] (after 10 iterations) memory (MB) | allocated: 1.5 | max allocated: ...". All releases
 * print four figures; where the last is missing another rank's line has cut this one off, and the
 * last that is there may be half a number. */
static bool read_memory(const char *text, struct import_line *line)
{
    const char *rank = strstr(text, IMPORT_RANK), *behind;
    if (!rank || !whole_number(rank + strlen(IMPORT_RANK), &behind, &line->rank) ||
        strncmp(behind, "] ", 2) != 0 || !read_moment(behind + 2, &behind, &line->iteration) ||
        strncmp(behind, " memory (", 9) != 0)
        return false;
    const char *figures = behind + 9;
    double mb = strncmp(figures, "MB)", 3) == 0 ? 1 : strncmp(figures, "GB)", 3) == 0 ? 1024 : NAN;
    line->allocated_mb = number_behind(figures, "| allocated: ") * mb;
    line->max_allocated_mb = number_behind(figures, "| max allocated: ") * mb;
    line->reserved_mb = number_behind(figures, "| reserved: ") * mb;
    line->device_mb = device_mb(figures) * mb;
    line->kind = IMPORT_MEMORY;
    return !isnan(line->allocated_mb) && !isnan(line->max_allocated_mb) &&
           !isnan(number_behind(figures, "| max reserved: ") * mb);
}

const char *import_line_glued(const char *text)
{
    const char *at = strstr(text, IMPORT_RANK);
    return at && at == text ? strstr(at + 1, IMPORT_RANK) : at;
}

/* "Theoretical memory footprints: weight and optimizer=1.00 MB, activation=2.00 MB, total=3.00 MB";
 * without sequence parallelism there is the first figure alone, which is no total. */
static bool read_theory(const char *text, struct import_line *line)
{
    const char *at = strstr(text, "Theoretical memory footprints: weight and optimizer=");
    if (!at)
        return false;
    line->theory_mb = number_behind(at, " total=");
    line->kind = IMPORT_THEORY;
    return true;
}

/* " [2024-08-01 09:44:55] iteration        1/       5 | consumed samples: ... | elapsed time per
 * iteration (ms): 3902.7 | throughput per GPU (TFLOP/s/GPU): 0.2 | ..." */
static bool read_iteration(const char *text, struct import_line *line)
{
    const char *at = strstr(text, "iteration "), *behind;
    int64_t of;
    if (!at || !whole_number(at + strlen("iteration "), &behind, &line->iteration) ||
        *behind != '/' || !whole_number(behind + 1, &behind, &of))
        return false;
    behind += strspn(behind, " ");
    if (*behind != '|')
        return false;
    line->step_ms = number_behind(behind, "elapsed time per iteration (ms): ");
    line->tflops = number_behind(behind, "throughput per GPU (TFLOP/s/GPU): ");
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
    if (strstr(text, "- end of arguments -"))
        line->kind = IMPORT_ARGUMENTS_END;
    else if (strstr(text, "- arguments -"))
        line->kind = IMPORT_ARGUMENTS_BEGIN;
    else if (strstr(text, "[after training is done]"))
        line->kind = IMPORT_FINISHED;
    else if (strstr(text, "Traceback (most recent call last)") ||
             strstr(text, "ChildFailedError") || strstr(text, "failed (exitcode: "))
        line->kind = IMPORT_FAILURE;
    return line->kind != IMPORT_NOTHING;
}

void import_line_read(const char *text, bool in_arguments, struct import_line *line)
{
    char plain[LONGEST];
    *line = (struct import_line){.rank = -1,
                                 .iteration = -1,
                                 .allocated_mb = NAN,
                                 .max_allocated_mb = NAN,
                                 .reserved_mb = NAN,
                                 .device_mb = NAN,
                                 .theory_mb = NAN,
                                 .step_ms = NAN,
                                 .tflops = NAN};
    strip(text, plain);
    bool known = read_border(plain, line) || read_memory(plain, line) || read_theory(plain, line) ||
                 read_iteration(plain, line) || (in_arguments && read_argument(plain, line));
    if (!known)
        line->kind = IMPORT_NOTHING;
}
