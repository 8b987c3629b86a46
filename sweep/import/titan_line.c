/* Lines of torchtitan. */
#include "schemas/support/text.h"
#include "schemas/support/units.h"
#include "sweep/import/log_line_internal.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A number with commas between its thousands, behind the words: "tflops: 1,234.56". */
static double with_commas(const char *text, const char *words)
{
    char digits[40];
    const char *at = strstr(text, words);
    size_t used = 0;
    if (!at)
        return NAN;
    for (at += strlen(words); isdigit((unsigned char)*at) || *at == ',' || *at == '.'; at++) {
        if (used + 1 == sizeof digits)
            return NAN;
        if (*at != ',')
            digits[used++] = *at;
    }
    digits[used] = '\0';
    return used > 0 && *at == ' ' ? strtod(digits, NULL) : NAN;
}

/* The rank in torchrun's prefix, "[rank3]:", which counts on its machine; -1: none. */
static int64_t rank_of_prefix(const char *text)
{
    const char *at = strstr(text, "[rank"), *behind;
    int64_t rank;
    return at && line_whole_number(at + strlen("[rank"), &behind, &rank) &&
                   strncmp(behind, "]:", 2) == 0
               ? rank
               : -1;
}

/* "step: 10  loss:  7.1  grad_norm:  1.2  memory: 12.34GiB(15.60%)  tps: 2,434  tflops: 125.31 mfu:
 * 12.67%": the most that the allocator had reserved since the line before. */
static bool read_step(const char *text, struct import_line *line)
{
    const char *at = strstr(text, "step: "), *behind;
    bool validation = at && at - text >= 9 && strncmp(at - 9, "validate ", 9) == 0;
    if (!at || validation || !line_whole_number(at + strlen("step: "), &behind, &line->iteration) ||
        strncmp(behind, "  loss: ", 8) != 0)
        return false;
    line->rank = rank_of_prefix(text);
    line->is_local = true;
    line->reserved_mb = mb_from_gb(line_value(behind, "  memory: ", "GiB("));
    line->tflops = with_commas(behind, "  tflops: ");
    line->kind = IMPORT_MEMORY;
    return !isnan(line->reserved_mb);
}

/* "CUDA capacity: NVIDIA H100 80GB HBM3 with 79.10GiB memory" */
static bool read_device(const char *text, struct import_line *line)
{
    const char *at = strstr(text, " capacity: "), *with = at ? strstr(at, " with ") : NULL;
    if (!with)
        return false;
    at += strlen(" capacity: ");
    line->capacity_mb = mb_from_gb(line_value(with, " with ", "GiB memory"));
    if (!(line->capacity_mb > 0))
        return false;
    snprintf(line->value, sizeof line->value, "%.*s", (int)(with - at), at);
    line->kind = IMPORT_DEVICE;
    return true;
}

/* ---- sizes ---- */

struct sizes {
    int64_t pp, replicate, shard, cp, tp, ep, etp; /* 0: not said */
};

static bool multiply(int64_t *product, int64_t factor)
{
    return factor > 0 && !__builtin_mul_overflow(*product, factor, product);
}

static bool put_sizes(const struct sizes *sizes, struct import_line *line)
{
    int64_t dp = 1, world = 1;
    if (!multiply(&dp, sizes->replicate) || !multiply(&dp, sizes->shard) || !multiply(&world, dp) ||
        !multiply(&world, sizes->pp) || !multiply(&world, sizes->cp) ||
        !multiply(&world, sizes->tp))
        return false;
    struct text text = text_begin(line->value, sizeof line->value);
    text_add(&text, "wd=%lld,tp=%lld,pp=%lld,dp=%lld,cp=%lld", (long long)world,
             (long long)sizes->tp, (long long)sizes->pp, (long long)dp, (long long)sizes->cp);
    if (sizes->ep > 0)
        text_add(&text, ",ep=%lld", (long long)sizes->ep);
    if (sizes->etp > 0)
        text_add(&text, ",etp=%lld", (long long)sizes->etp);
    line->kind = IMPORT_SIZES;
    return text_fits(&text);
}

static int64_t named_size(const char *text, const char *words)
{
    const char *at = strstr(text, words), *behind;
    int64_t size;
    return at && line_whole_number(at + strlen(words), &behind, &size) ? size : 0;
}

/* "Building device mesh with parallelism: pp=1, dp_replicate=1, dp_shard=8, cp=1, tp=1, ep=1" */
static bool read_mesh(const char *text, struct import_line *line)
{
    const char *at = strstr(text, "Building device mesh with parallelism: ");
    if (!at)
        return false;
    const struct sizes sizes = {.pp = named_size(at, ": pp="),
                                .replicate = named_size(at, " dp_replicate="),
                                .shard = named_size(at, " dp_shard="),
                                .cp = named_size(at, " cp="),
                                .tp = named_size(at, " tp="),
                                .ep = named_size(at, " ep="),
                                .etp = named_size(at, " etp=")};
    return put_sizes(&sizes, line);
}

/* The next word of "'pp', 'dp_shard']", or false. */
static bool next_name(const char **at, char name[24])
{
    const char *begin = strchr(*at, '\''), *end = begin ? strchr(begin + 1, '\'') : NULL;
    const char *last = strchr(*at, ']');
    if (!end || !last || end > last || end - begin > 23)
        return false;
    snprintf(name, 24, "%.*s", (int)(end - begin - 1), begin + 1);
    *at = end + 1;
    return true;
}

/* "Building 2-D device mesh with ['dp_shard', 'tp'], [4, 2]": sizes above 1. Where experts take a
 * part of dp_shard, their size is not told. */
static bool read_old_mesh(const char *text, struct import_line *line)
{
    const char *at = strstr(text, "-D device mesh with ["),
               *lengths = at ? strstr(at, "], [") : NULL;
    struct sizes sizes = {1, 1, 1, 1, 1, 0, 0};
    char name[24];
    if (!lengths)
        return false;
    lengths += strlen("], [");
    while (next_name(&at, name)) {
        int64_t size, *into = strcmp(name, "pp") == 0             ? &sizes.pp
                              : strcmp(name, "dp_replicate") == 0 ? &sizes.replicate
                              : strcmp(name, "dp_shard") == 0     ? &sizes.shard
                              : strcmp(name, "cp") == 0           ? &sizes.cp
                              : strcmp(name, "tp") == 0           ? &sizes.tp
                                                                  : NULL;
        if (!into || !line_whole_number(lengths, &lengths, &size))
            return false;
        *into = size;
        lengths += *lengths == ',';
    }
    return put_sizes(&sizes, line);
}

/* "Trainer is initialized with local batch size 8, global batch size 64, gradient accumulation
 * steps 1, sequence length 8192, total steps 1000 (warmup 200)" */
static bool read_batch(const char *text, struct import_line *line)
{
    const char *at = strstr(text, "Trainer is initialized with local batch size ");
    int64_t global = at ? named_size(at, ", global batch size ") : 0;
    int64_t length = at ? named_size(at, ", sequence length ") : 0;
    if (global <= 0 || length <= 0)
        return false;
    snprintf(line->value, sizeof line->value, "gbs=%lld,s=%lld", (long long)global,
             (long long)length);
    line->kind = IMPORT_SIZES;
    return true;
}

static bool read_end(const char *text, struct import_line *line)
{
    line->kind = IMPORT_FINISHED;
    return text_ends_with(text, " - INFO - Training completed");
}

bool titan_line_read(const char *text, enum import_block block, struct import_line *line)
{
    (void)block;
    return read_step(text, line) || read_device(text, line) || read_mesh(text, line) ||
           read_old_mesh(text, line) || read_batch(text, line) || read_end(text, line);
}
