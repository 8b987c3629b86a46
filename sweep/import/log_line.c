#include "sweep/import/log_line_internal.h"

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

double line_number(const char *text, const char *words, const char **behind)
{
    const char *at = strstr(text, words);
    char *end;
    if (!at)
        return NAN;
    at += strlen(words);
    double number = strtod(at, &end);
    if (behind)
        *behind = end;
    return end == at || !isfinite(number) || number < 0 ? NAN : number;
}

double line_value(const char *text, const char *words, const char *unit)
{
    const char *behind = "";
    double number = line_number(text, words, &behind);
    return strncmp(behind, unit, strlen(unit)) == 0 ? number : NAN;
}

bool line_whole_number(const char *text, const char **behind, int64_t *value)
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

const char *import_line_glued(const char *text)
{
    const char *at = strstr(text, IMPORT_RANK);
    return at && at == text ? strstr(at + 1, IMPORT_RANK) : at;
}

/* What any Python program ends with when it fails, and torchrun's words for it. */
static bool failure_line_read(const char *text, enum import_block block, struct import_line *line)
{
    (void)block;
    line->kind = IMPORT_FAILURE;
    return strstr(text, "Traceback (most recent call last)") || strstr(text, "ChildFailedError") ||
           strstr(text, "failed (exitcode: ");
}

/* NeMo's lines before Megatron's, whose iterations look alike. */
static bool (*const READERS[])(const char *text, enum import_block block,
                               struct import_line *line) = {
    failure_line_read, nemo_line_read,  megatron_line_read,
    bridge_line_read,  titan_line_read, deepspeed_line_read,
};

void import_line_read(const char *text, enum import_block block, struct import_line *line)
{
    static const struct import_line nothing = {.rank = -1,
                                               .iteration = -1,
                                               .allocated_mb = NAN,
                                               .max_allocated_mb = NAN,
                                               .reserved_mb = NAN,
                                               .device_mb = NAN,
                                               .capacity_mb = NAN,
                                               .theory_mb = NAN,
                                               .step_ms = NAN,
                                               .tflops = NAN};
    char plain[LONGEST];
    strip(text, plain);
    for (size_t i = 0; i < sizeof READERS / sizeof *READERS; i++) {
        *line = nothing;
        if (READERS[i](plain, block, line))
            return;
    }
    *line = nothing;
}
