#include "schemas/configuration/configuration.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- filling ---- */

static bool is_written(const struct configuration *configuration, size_t dimension)
{
    return configuration->written & DIMENSION_BIT(dimension);
}

void configuration_set_number(struct configuration *configuration, size_t dimension, int64_t number)
{
    configuration->written |= DIMENSION_BIT(dimension);
    configuration->numbers[dimension] = number;
}

void configuration_forget(struct configuration *configuration, size_t dimension)
{
    configuration->written &= ~DIMENSION_BIT(dimension);
}

static bool set_word(struct configuration *configuration, size_t dimension, const char *word,
                     struct fault *fault)
{
    size_t length = strlen(word) + 1, at = configuration->words_length;
    if (at + length > sizeof configuration->words)
        return fault_set(fault, "%s '%s': there is no room for more words",
                         DIMENSIONS[dimension].name, word);
    memcpy(configuration->words + at, word, length);
    configuration->words_length = (uint16_t)(at + length);
    configuration_set_number(configuration, dimension, (int64_t)at);
    return true;
}

bool configuration_set_value(struct configuration *configuration, size_t dimension,
                             const struct dimension_value *value, struct fault *fault)
{
    if (!value->known) {
        configuration_forget(configuration, dimension);
        return true;
    }
    if (DIMENSIONS[dimension].kind == DIMENSION_WORD)
        return set_word(configuration, dimension, value->word, fault);
    configuration_set_number(configuration, dimension, value->number);
    return true;
}

bool configuration_set_text(struct configuration *configuration, size_t dimension, const char *text,
                            size_t length, struct fault *fault)
{
    struct dimension_value value;
    if (!dimension_value_parse(dimension, text, length, &value, fault))
        return false;
    if (!is_written(configuration, dimension) || DIMENSIONS[dimension].not_compared)
        return configuration_set_value(configuration, dimension, &value, fault);
    struct dimension_value given = configuration_value(configuration, dimension);
    if (dimension_value_compare(dimension, &given, &value) == 0)
        return true;
    char first[DIMENSION_WORD_SIZE], second[DIMENSION_WORD_SIZE];
    return fault_set(fault, "%s is given as %s and as %s", DIMENSIONS[dimension].name,
                     dimension_value_text(dimension, &given, first),
                     dimension_value_text(dimension, &value, second));
}

/* ---- sizes that follow from others ---- */

static int64_t written_number(const struct configuration *configuration, size_t dimension)
{
    return is_written(configuration, dimension) ? configuration->numbers[dimension] : -1;
}

/* TP x CP x PP; -1 where it is not known. */
static int64_t model_parallel_size(const struct configuration *configuration)
{
    int64_t tp = written_number(configuration, DIMENSION_TP);
    int64_t pp = written_number(configuration, DIMENSION_PP);
    int64_t cp = is_written(configuration, DIMENSION_CP) ? configuration->numbers[DIMENSION_CP] : 1;
    int64_t product;
    if (tp < 1 || pp < 1 || cp < 1 || __builtin_mul_overflow(tp, pp, &product) ||
        __builtin_mul_overflow(product, cp, &product))
        return -1;
    return product;
}

int64_t data_parallel_size(int64_t world, int64_t tensor, int64_t of_sequence, int64_t pp)
{
    int64_t share;
    if (world < 1 || tensor < 1 || of_sequence < 1 || pp < 1 ||
        __builtin_mul_overflow(tensor, of_sequence, &share) ||
        __builtin_mul_overflow(share, pp, &share) || world % share != 0)
        return -1;
    return world / share;
}

int64_t pipeline_stage(int64_t rank, int64_t world, int64_t pp)
{
    if (pp < 2 || world < pp || world % pp != 0 || rank < 0 || rank >= world)
        return -1;
    return rank / (world / pp);
}

/* DP from the world size, and the world size from DP: world = TP x CP x DP x PP. */
static int64_t derived(const struct configuration *configuration, size_t dimension)
{
    int64_t share = model_parallel_size(configuration), product;
    if (dimension == DIMENSION_DP)
        return data_parallel_size(written_number(configuration, DIMENSION_WORLD_SIZE), share, 1, 1);
    int64_t dp = written_number(configuration, DIMENSION_DP);
    return share > 0 && dp > 0 && !__builtin_mul_overflow(share, dp, &product) ? product : -1;
}

static int64_t absent_number(const struct configuration *configuration, size_t dimension)
{
    switch (DIMENSIONS[dimension].absent) {
    case DIMENSION_ABSENT_NOT_KNOWN:
        break;
    case DIMENSION_ABSENT_ONE:
        return 1;
    case DIMENSION_ABSENT_ZERO:
        return 0;
    case DIMENSION_ABSENT_TP:
        return written_number(configuration, DIMENSION_TP);
    case DIMENSION_ABSENT_DERIVED:
        return derived(configuration, dimension);
    }
    return -1;
}

int64_t configuration_number(const struct configuration *configuration, size_t dimension)
{
    return is_written(configuration, dimension) ? configuration->numbers[dimension]
                                                : absent_number(configuration, dimension);
}

const char *configuration_word(const struct configuration *configuration, size_t dimension)
{
    return is_written(configuration, dimension) && DIMENSIONS[dimension].kind == DIMENSION_WORD
               ? configuration->words + configuration->numbers[dimension]
               : NULL;
}

struct dimension_value configuration_value(const struct configuration *configuration,
                                           size_t dimension)
{
    struct dimension_value value = {0};
    if (DIMENSIONS[dimension].kind == DIMENSION_WORD) {
        const char *word = configuration_word(configuration, dimension);
        value.known = word != NULL;
        snprintf(value.word, sizeof value.word, "%s", word ? word : "");
        return value;
    }
    value.number = configuration_number(configuration, dimension);
    value.known = value.number >= 0;
    return value;
}

int64_t configuration_expert_dp(const struct configuration *configuration)
{
    return data_parallel_size(configuration_number(configuration, DIMENSION_WORLD_SIZE),
                              configuration_number(configuration, DIMENSION_ETP),
                              configuration_number(configuration, DIMENSION_EP),
                              configuration_number(configuration, DIMENSION_PP));
}

int64_t configuration_stage(const struct configuration *configuration, int64_t rank)
{
    return pipeline_stage(rank, configuration_number(configuration, DIMENSION_WORLD_SIZE),
                          configuration_number(configuration, DIMENSION_PP));
}

void configuration_keep(struct configuration *configuration, dimension_set kept)
{
    configuration->written &= kept;
    if (!(kept & DIMENSION_OTHER_TAGS))
        configuration->tags[0] = '\0';
}

bool configuration_is_absent(const struct configuration *configuration, size_t dimension)
{
    return !is_written(configuration, dimension) ||
           (DIMENSIONS[dimension].kind != DIMENSION_WORD &&
            absent_number(configuration, dimension) == configuration->numbers[dimension]);
}

bool configuration_check(const struct configuration *configuration, struct fault *fault)
{
    int64_t share = model_parallel_size(configuration), product;
    int64_t world = written_number(configuration, DIMENSION_WORLD_SIZE);
    int64_t dp = written_number(configuration, DIMENSION_DP);
    int64_t cp = configuration_number(configuration, DIMENSION_CP);
    if (world < 1 || share < 1)
        return true;
    if (world % share != 0)
        return fault_set(fault,
                         "world size %" PRId64 " is no multiple of TP x CP x PP, %" PRId64
                         " (CP %" PRId64 ")",
                         world, share, cp);
    if (dp > 0 && (__builtin_mul_overflow(share, dp, &product) || product != world))
        return fault_set(fault,
                         "TP x CP x DP x PP is %" PRId64 " x %" PRId64 " (CP %" PRId64
                         "), and not the world size of %" PRId64,
                         share, dp, cp, world);
    int64_t ep = configuration_number(configuration, DIMENSION_EP);
    if (ep > 1 && configuration_expert_dp(configuration) < 0)
        return fault_set(fault,
                         "world size %" PRId64 " is no multiple of ETP x EP x PP, %" PRId64
                         " x %" PRId64 " x %" PRId64,
                         world, configuration_number(configuration, DIMENSION_ETP), ep,
                         configuration_number(configuration, DIMENSION_PP));
    return true;
}
