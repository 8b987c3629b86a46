/* Lines of DeepSpeed. Rank 0 alone prints them. */
#include "schemas/support/units.h"
#include "sweep/import/log_line_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* "MA 10.27 GB         Max_MA 14.12 GB         CA 14.4 GB         Max_CA 14 GB", of
 * see_memory_usage: allocated, the most of it since the call before, reserved, the most of it; GB
 * are of 2^30 bytes. */
static bool read_memory(const char *text, struct import_line *line)
{
    const char *at = strstr(text, "MA "), *most = at ? strstr(at, " Max_MA ") : NULL;
    if (!most || (at > text && at[-1] != ' '))
        return false;
    line->allocated_mb = mb_from_gb(line_value(at, "MA ", " GB"));
    line->max_allocated_mb = mb_from_gb(line_value(most, " Max_MA ", " GB"));
    line->reserved_mb = mb_from_gb(line_value(most, " CA ", " GB"));
    line->rank = 0;
    line->kind = IMPORT_MEMORY;
    return !isnan(line->allocated_mb) && !isnan(line->max_allocated_mb) &&
           !isnan(line->reserved_mb) && !isnan(line_value(most, " Max_CA ", " GB"));
}

/* "epoch=0/micro_step=10/global_step=10, RunningAvgSamplesPerSec=4.1, CurrSamplesPerSec=4.2,
 * MemAllocated=4.34GB, MaxMemAllocated=8.1GB" */
static bool read_throughput(const char *text, struct import_line *line)
{
    const char *at = strstr(text, "/global_step="), *behind;
    if (!strstr(text, "epoch=") || !at ||
        !line_whole_number(at + strlen("/global_step="), &behind, &line->iteration))
        return false;
    line->allocated_mb = mb_from_gb(line_value(behind, ", MemAllocated=", "GB,"));
    line->max_allocated_mb = mb_from_gb(line_value(behind, ", MaxMemAllocated=", "GB"));
    line->rank = 0;
    line->tells_step = true;
    line->kind = IMPORT_MEMORY;
    return !isnan(line->allocated_mb) && !isnan(line->max_allocated_mb);
}

/* "[Rank 0] step=10, skipped=0, lr=[0.001], mom=[(0.9, 0.999)]" */
static bool read_step(const char *text, struct import_line *line)
{
    const char *at = strstr(text, "[Rank 0] step="), *behind;
    if (!at || !line_whole_number(at + strlen("[Rank 0] step="), &behind, &line->iteration) ||
        strncmp(behind, ", skipped=", 10) != 0)
        return false;
    line->kind = IMPORT_STEP;
    return true;
}

/* "3", or as newer Pythons write it "ZeroStageEnum.weights". */
static const char *zero_stage(const char *value)
{
    static const char *const names[][2] = {{"ZeroStageEnum.disabled", "0"},
                                           {"ZeroStageEnum.optimizer_states", "1"},
                                           {"ZeroStageEnum.gradients", "2"},
                                           {"ZeroStageEnum.weights", "3"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(value, names[i][0]) == 0)
            return names[i][1];
    return value;
}

/* "[...] [INFO] [config.py:1000:print]   train_batch_size ............. 64". Its world_size is
 * none: it is that of data parallelism in some jobs, and of all in others. */
static bool read_argument(const char *text, struct import_line *line)
{
    static const struct {
        const char *name, *key;
    } sizes[] = {{"train_batch_size", "gbs"},
                 {"train_micro_batch_size_per_gpu", "mbs"},
                 {"gradient_accumulation_steps", "nmbs"},
                 {"zero_optimization_stage", "zero"}};
    char name[64], dots[64], value[64];
    const char *at = strstr(text, "[config.py:"), *end = at ? strstr(at, ":print] ") : NULL;
    int words = end ? sscanf(end + 8, " %63s %63s %63s", name, dots, value) : 0;
    if (words == 2) /* a long name leaves no room for dots */
        snprintf(value, sizeof value, "%s", dots);
    if (words < 2 || (words == 3 && strspn(dots, ".") != strlen(dots)))
        return false;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (strcmp(name, sizes[i].name) == 0) {
            snprintf(line->value, sizeof line->value, "%s=%s", sizes[i].key,
                     i == 3 ? zero_stage(value) : value);
            line->kind = IMPORT_SIZES;
            return true;
        }
    bool precision = strcmp(value, "True") == 0;
    if (precision && strcmp(name, "bfloat16_enabled") == 0)
        snprintf(line->value, sizeof line->value, "prec=bf16");
    else if (precision && strcmp(name, "fp16_enabled") == 0)
        snprintf(line->value, sizeof line->value, "prec=fp16");
    else
        return false;
    line->kind = IMPORT_SIZES;
    return true;
}

bool deepspeed_line_read(const char *text, enum import_block block, struct import_line *line)
{
    (void)block;
    return read_memory(text, line) || read_throughput(text, line) || read_step(text, line) ||
           read_argument(text, line);
}
