/* Lines of Megatron-Bridge, where they are not those of Megatron-LM, and of NeMo. */
#include "schemas/support/units.h"
#include "sweep/import/log_line_internal.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* ---- Megatron-Bridge ---- */

/* Its gigabytes are of 10^9 bytes. The last figures of a line are counts, so that a figure of
 * memory that is the last one was cut off. */
static double gigabytes(const char *figures, const char *words)
{
    return line_value(figures, words, " |") * (1e9 / UNITS_BYTES_PER_MB);
}

/* "[Rank 0] (after 2 iterations) memory (GB) | mem-allocated-gigabytes: 12.345 | ..." */
static bool read_memory(const char *text, struct import_line *line)
{
    const char *figures = line_report(text, line);
    if (!figures || strncmp(figures, "GB)", 3) != 0)
        return false;
    line->allocated_mb = gigabytes(figures, "| mem-allocated-gigabytes: ");
    line->max_allocated_mb = gigabytes(figures, "| mem-max-allocated-gigabytes: ");
    line->reserved_mb = gigabytes(figures, "| mem-reserved-gigabytes: ");
    return !isnan(line->allocated_mb) || !isnan(line->max_allocated_mb) ||
           !isnan(line->reserved_mb);
}

/* The summary of what is not Megatron Core's default begins, or the whole configuration as YAML. */
static bool read_border(const char *text, struct import_line *line)
{
    if (!strstr(text, "Configuration Summary (Non-Default Values vs Megatron Core)") &&
        !strstr(text, "_target_: megatron.bridge.training.config.ConfigContainer"))
        return false;
    line->kind = IMPORT_BLOCK;
    line->block = IMPORT_BLOCK_BRIDGE;
    return true;
}

static bool is_of_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* "  tensor_model_parallel_size: 2  (Mcore default: 1)", "  recompute_granularity: 'full'" */
static bool read_argument(const char *text, struct import_line *line)
{
    const char *colon = text, *begin = NULL;
    for (; (colon = strstr(colon, ": ")); colon++) { /* one may be of a launcher's prefix */
        for (begin = colon; begin > text && is_of_name(begin[-1]); begin--)
            ;
        if (begin < colon && isalpha((unsigned char)*begin))
            break;
    }
    if (!colon)
        return false;
    const char *value = colon + 2 + (colon[2] == '\'');
    snprintf(line->key, sizeof line->key, "%.*s", (int)(colon - begin), begin);
    snprintf(line->value, sizeof line->value, "%.*s", (int)strcspn(value, " '"), value);
    if (strcmp(line->value, "null") == 0)
        snprintf(line->value, sizeof line->value, "None");
    line->kind = IMPORT_ARGUMENT;
    return true;
}

bool bridge_line_read(const char *text, enum import_block block, struct import_line *line)
{
    return read_memory(text, line) || read_border(text, line) ||
           (block == IMPORT_BLOCK_BRIDGE && read_argument(text, line));
}

/* ---- NeMo ---- */

/* "Training epoch 0, iteration 9/99 | lr: 1e-05 | global_step: 9 | train_step_timing in s: 3.21".
 * Iterations count from 0. Its figures of memory are means of several steps to four digits, which
 * are nothing that a rank was seen to use. */
bool nemo_line_read(const char *text, enum import_block block, struct import_line *line)
{
    (void)block;
    if (strstr(text, "`Trainer.fit` stopped: ")) {
        line->kind = IMPORT_FINISHED;
        return true;
    }
    const char *at = strstr(text, "Training epoch "), *behind;
    int64_t epoch;
    if (!at || !line_whole_number(at + strlen("Training epoch "), &behind, &epoch) ||
        strncmp(behind, ", iteration ", 12) != 0 ||
        !line_whole_number(behind + 12, &behind, &line->iteration) || *behind != '/' ||
        line->iteration == INT64_MAX)
        return false;
    line->iteration++;
    line->step_ms = line_number(behind, "| train_step_timing in s: ", NULL) * 1000;
    line->kind = IMPORT_ITERATION;
    return true;
}
