#include "schemas/configuration/dimensions.h"

#include "schemas/support/text.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const RECOMPUTE_ORDER[] = {"none", "selective", "full", NULL};
static const char *const PRECISION_ORDER[] = {"fp32", "fp16", "bf16", "fp8", "fp4", NULL};

/* In the order in which file names have them. */
const struct dimension DIMENSIONS[] = {
    [DIMENSION_WORLD_SIZE] = {.tag = "wd",
                              .log_word = "WORLD_SIZE",
                              .column = "world_size",
                              .argument = "world_size",
                              .name = "world size",
                              .long_name = "world size",
                              .folder_word = "WD",
                              .absent = DIMENSION_ABSENT_DERIVED},
    [DIMENSION_TP] = {.tag = "tp",
                      .log_word = "TP",
                      .column = "tp",
                      .argument = "tensor_model_parallel_size",
                      .name = "TP",
                      .long_name = "tensor parallel size",
                      .in_older_logs = true},
    [DIMENSION_PP] = {.tag = "pp",
                      .log_word = "PP",
                      .column = "pp",
                      .argument = "pipeline_model_parallel_size",
                      .name = "PP",
                      .long_name = "pipeline parallel size",
                      .in_older_logs = true},
    [DIMENSION_DP] = {.tag = "dp",
                      .log_word = "DP",
                      .column = "dp",
                      .argument = "data_parallel_size",
                      .name = "DP",
                      .long_name = "data parallel size",
                      .absent = DIMENSION_ABSENT_DERIVED,
                      .in_older_logs = true},
    [DIMENSION_VPP] = {.tag = "vpp",
                       .log_word = "VPP",
                       .column = "vpp",
                       .argument = "virtual_pipeline_model_parallel_size",
                       .name = "VPP",
                       .long_name = "virtual pipeline parallel size",
                       .absent = DIMENSION_ABSENT_ONE},
    [DIMENSION_CP] = {.tag = "cp",
                      .log_word = "CP",
                      .column = "cp",
                      .argument = "context_parallel_size",
                      .name = "CP",
                      .long_name = "context parallel size",
                      .absent = DIMENSION_ABSENT_ONE},
    [DIMENSION_EP] = {.tag = "exp",
                      .older_tag = "ep",
                      .log_word = "EP",
                      .column = "ep",
                      .argument = "expert_model_parallel_size",
                      .name = "EP",
                      .long_name = "expert parallel size",
                      .absent = DIMENSION_ABSENT_ONE},
    [DIMENSION_ETP] = {.tag = "etp",
                       .log_word = "ETP",
                       .column = "etp",
                       .argument = "expert_tensor_parallel_size",
                       .name = "ETP",
                       .long_name = "expert tensor parallel size",
                       .absent = DIMENSION_ABSENT_TP},
    [DIMENSION_EXPERTS] = {.tag = "expNum",
                           .log_word = "EXPERTS",
                           .column = "experts",
                           .argument = "num_experts",
                           .name = "experts",
                           .long_name = "number of experts",
                           .absent = DIMENSION_ABSENT_ZERO},
    [DIMENSION_LAYERS] = {.tag = "l",
                          .log_word = "LAYERS",
                          .column = "layers",
                          .argument = "num_layers",
                          .name = "layers",
                          .long_name = "number of layers"},
    [DIMENSION_SEQUENCE_LENGTH] = {.tag = "s",
                                   .log_word = "SEQ",
                                   .column = "sequence_length",
                                   .argument = "seq_length",
                                   .name = "sequence length",
                                   .long_name = "sequence length"},
    [DIMENSION_MICRO_BATCH_SIZE] = {.tag = "mbs",
                                    .older_tag = "bs",
                                    .log_word = "MICRO_BATCH_SIZE",
                                    .column = "micro_batch_size",
                                    .argument = "micro_batch_size",
                                    .name = "micro-batch size",
                                    .long_name = "micro-batch size",
                                    .folder_word = "MBS"},
    [DIMENSION_MICRO_BATCHES] = {.tag = "nmbs",
                                 .log_word = "NUM_MICBATCH",
                                 .column = "micro_batches",
                                 .name = "micro-batches",
                                 .long_name = "number of micro-batches",
                                 .other_key = "nmb",
                                 .folder_word = "NMB",
                                 .in_older_logs = true},
    [DIMENSION_GLOBAL_BATCH_SIZE] = {.tag = "gbs",
                                     .log_word = "GLOBAL_BATCH_SIZE",
                                     .column = "global_batch_size",
                                     .argument = "global_batch_size",
                                     .name = "global batch size",
                                     .long_name = "global batch size",
                                     .folder_word = "GBS",
                                     .in_older_logs = true},
    [DIMENSION_SEQUENCE_PARALLEL] = {.tag = "sp",
                                     .log_word = "SP",
                                     .column = "sequence_parallel",
                                     .argument = "sequence_parallel",
                                     .name = "SP",
                                     .long_name = "sequence parallelism",
                                     .kind = DIMENSION_SWITCH},
    [DIMENSION_ZERO] = {.tag = "zero",
                        .log_word = "ZERO",
                        .column = "zero",
                        .name = "ZeRO",
                        .long_name = "ZeRO stage"},
    [DIMENSION_RECOMPUTE] = {.tag = "rc",
                             .log_word = "RECOMPUTE",
                             .column = "recompute",
                             .argument = "recompute_granularity",
                             .name = "recompute",
                             .long_name = "recomputation",
                             .in_order = RECOMPUTE_ORDER,
                             .kind = DIMENSION_WORD},
    [DIMENSION_PRECISION] = {.tag = "prec",
                             .log_word = "PRECISION",
                             .column = "precision",
                             .name = "precision",
                             .long_name = "precision",
                             .in_order = PRECISION_ORDER,
                             .kind = DIMENSION_WORD},
    [DIMENSION_MODEL] = {.tag = "model",
                         .log_word = "MODEL",
                         .column = "model",
                         .name = "model",
                         .long_name = "model",
                         .kind = DIMENSION_WORD},
    [DIMENSION_STAMP] = {.tag = "ts",
                         .log_word = "STAMP",
                         .column = "stamp",
                         .name = "stamp",
                         .long_name = "stamp",
                         .not_compared = true},
#ifdef EXTRA_DIMENSION /* a test shows with it that a row is enough */
    EXTRA_DIMENSION,
#endif
};
const size_t DIMENSION_COUNT = sizeof DIMENSIONS / sizeof *DIMENSIONS;
_Static_assert(sizeof DIMENSIONS / sizeof *DIMENSIONS <= DIMENSION_ROOM,
               "a bit for each is needed");

/* ---- keys ---- */

static char folded(char c)
{
    if (c == '-' || c == ' ')
        return '_';
    return (char)tolower((unsigned char)c);
}

/* In any case, '-', '_' and blanks alike. */
static bool same_key(const char *name, const char *key, size_t length)
{
    if (!name || strlen(name) != length)
        return false;
    for (size_t i = 0; i < length; i++)
        if (folded(name[i]) != folded(key[i]))
            return false;
    return true;
}

static bool starts_with(const char *key, size_t length, const char *beginning)
{
    return length > strlen(beginning) && strncasecmp(key, beginning, strlen(beginning)) == 0;
}

size_t dimension_by_key(const char *key, size_t length)
{
    static const char flag[] = "--", variable[] = "GMT_";
    size_t skipped = starts_with(key, length, flag)       ? strlen(flag)
                     : starts_with(key, length, variable) ? strlen(variable)
                                                          : 0;
    key += skipped;
    length -= skipped;
    for (size_t i = 0; i < DIMENSION_COUNT; i++) {
        const struct dimension *row = &DIMENSIONS[i];
        const char *const names[] = {row->tag,      row->older_tag, row->log_word, row->column,
                                     row->argument, row->other_key, row->name};
        for (size_t k = 0; k < sizeof names / sizeof *names; k++)
            if (same_key(names[k], key, length))
                return i;
    }
    return DIMENSION_COUNT;
}

size_t dimension_by_log_word(const char *word, size_t length)
{
    for (size_t i = 0; i < DIMENSION_COUNT; i++)
        if (strlen(DIMENSIONS[i].log_word) == length &&
            memcmp(DIMENSIONS[i].log_word, word, length) == 0)
            return i;
    return DIMENSION_COUNT;
}

size_t dimension_by_column(const char *column)
{
    for (size_t i = 0; i < DIMENSION_COUNT; i++)
        if (strcmp(DIMENSIONS[i].column, column) == 0)
            return i;
    return DIMENSION_COUNT;
}

bool dimension_key_fault(const char *key, size_t length, struct fault *fault)
{
    char known[512];
    struct text list = text_begin(known, sizeof known);
    for (size_t i = 0; i < DIMENSION_COUNT; i++)
        if (!DIMENSIONS[i].not_compared)
            text_add_item(&list, ", ", "%s", DIMENSIONS[i].column);
    return fault_set(fault, "'%.*s' names no dimension of a configuration; known are %s",
                     (int)length, key, known);
}

/* ---- values ---- */

static bool is_text(const char *text, size_t length, const char *word)
{
    return strlen(word) == length && strncasecmp(text, word, length) == 0;
}

static bool parse_number(const char *text, size_t length, int64_t *number)
{
    char digits[24];
    if (length == 0 || length >= sizeof digits || !isdigit((unsigned char)*text))
        return false;
    memcpy(digits, text, length);
    digits[length] = '\0';
    char *end;
    errno = 0;
    *number = strtoll(digits, &end, 10);
    return errno == 0 && *end == '\0';
}

static bool parse_switch(const char *text, size_t length, int64_t *number)
{
    *number =
        is_text(text, length, "1") || is_text(text, length, "true") || is_text(text, length, "on");
    return *number || is_text(text, length, "0") || is_text(text, length, "false") ||
           is_text(text, length, "off");
}

/* "None" is what absence means, where that is a number. */
static bool parse_none(const struct dimension *row, const char *text, size_t length,
                       int64_t *number)
{
    *number = row->absent == DIMENSION_ABSENT_ONE ? 1 : 0;
    return is_text(text, length, "none") &&
           (row->absent == DIMENSION_ABSENT_ONE || row->absent == DIMENSION_ABSENT_ZERO);
}

static bool parse_word(const char *text, size_t length, char word[DIMENSION_WORD_SIZE])
{
    if (length == 0 || length >= DIMENSION_WORD_SIZE)
        return false;
    for (size_t i = 0; i < length; i++)
        if (text[i] == '_' || text[i] == ' ')
            word[i] = '-';
        else
            word[i] = text[i];
    word[length] = '\0';
    return true;
}

bool dimension_value_parse(size_t dimension, const char *text, size_t length,
                           struct dimension_value *value, struct fault *fault)
{
    const struct dimension *row = &DIMENSIONS[dimension];
    *value = (struct dimension_value){.known = true};
    switch (row->kind) {
    case DIMENSION_NUMBER:
        return parse_number(text, length, &value->number) ||
               parse_none(row, text, length, &value->number) ||
               fault_set(fault, "expected a whole number for %s, found '%.*s'", row->name,
                         (int)length, text);
    case DIMENSION_SWITCH:
        return parse_switch(text, length, &value->number) ||
               fault_set(fault, "expected 0 or 1 for %s, found '%.*s'", row->name, (int)length,
                         text);
    case DIMENSION_WORD:
        break;
    }
    return parse_word(text, length, value->word) ||
           fault_set(fault, "expected a word of 1 to %d bytes for %s, found '%.*s'",
                     DIMENSION_WORD_SIZE - 1, row->name, (int)length, text);
}

static size_t natural_place(const struct dimension *row, const char *word)
{
    size_t place = 0;
    while (row->in_order && row->in_order[place] && strcmp(row->in_order[place], word) != 0)
        place++;
    return place;
}

int dimension_value_compare(size_t dimension, const struct dimension_value *a,
                            const struct dimension_value *b)
{
    const struct dimension *row = &DIMENSIONS[dimension];
    if (!a->known || !b->known)
        return a->known - b->known;
    if (row->kind != DIMENSION_WORD)
        return (a->number > b->number) - (a->number < b->number);
    size_t first = natural_place(row, a->word), second = natural_place(row, b->word);
    if (first != second)
        return first < second ? -1 : 1;
    int order = strcmp(a->word, b->word);
    return (order > 0) - (order < 0);
}

static char *value_text(size_t dimension, const struct dimension_value *value, bool for_people,
                        char text[DIMENSION_WORD_SIZE])
{
    const struct dimension *row = &DIMENSIONS[dimension];
    if (!value->known)
        snprintf(text, DIMENSION_WORD_SIZE, "unknown");
    else if (row->kind == DIMENSION_WORD)
        snprintf(text, DIMENSION_WORD_SIZE, "%s", value->word);
    else if (row->kind == DIMENSION_SWITCH && for_people)
        snprintf(text, DIMENSION_WORD_SIZE, "%s", value->number ? "on" : "off");
    else if (row->absent == DIMENSION_ABSENT_ZERO && value->number == 0)
        snprintf(text, DIMENSION_WORD_SIZE, "None");
    else
        snprintf(text, DIMENSION_WORD_SIZE, "%" PRId64, value->number);
    return text;
}

char *dimension_value_text(size_t dimension, const struct dimension_value *value,
                           char text[DIMENSION_WORD_SIZE])
{
    return value_text(dimension, value, true, text);
}

char *dimension_value_key_text(size_t dimension, const struct dimension_value *value,
                               char text[DIMENSION_WORD_SIZE])
{
    return value_text(dimension, value, false, text);
}
