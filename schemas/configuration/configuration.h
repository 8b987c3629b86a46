/* A configuration: what a run is, by every dimension of the table in dimensions.h. See
 * configuration.md. */
#ifndef SCHEMAS_CONFIGURATION_CONFIGURATION_H
#define SCHEMAS_CONFIGURATION_CONFIGURATION_H

#include "schemas/configuration/dimensions.h"

/* Words and tags come from file names (at most 255 bytes) or log lines; what does not fit is an
 * error, never left out. */
enum { CONFIGURATION_WORDS = 256, CONFIGURATION_TAGS = 256 };

/* Nothing is known of a configuration of all zero bytes. */
struct configuration {
    int64_t numbers[DIMENSION_ROOM]; /* of words: where the word begins in `words` */
    dimension_set written;           /* those that a name, a line or a user gave */
    uint16_t words_length;
    char words[CONFIGURATION_WORDS]; /* one after the other, each with its final zero byte */
    char tags[CONFIGURATION_TAGS];   /* tags that the table does not know: sorted, '_' between */
};

/* ---- filling ---- */

void configuration_set_number(struct configuration *configuration, size_t dimension,
                              int64_t number);

/* From text, as dimension_value_parse reads it. Fails where it cannot be read, and where the
 * dimension is given already with another value. */
bool configuration_set_text(struct configuration *configuration, size_t dimension, const char *text,
                            size_t length, struct fault *fault);
bool configuration_set_value(struct configuration *configuration, size_t dimension,
                             const struct dimension_value *value, struct fault *fault);
void configuration_forget(struct configuration *configuration, size_t dimension);

/* Forgets every dimension (and the tags) that is not in the set. */
void configuration_keep(struct configuration *configuration, dimension_set kept);

/* Does the dimension say no more than its absence would: is it not given, or given as that? */
bool configuration_is_absent(const struct configuration *configuration, size_t dimension);

/* A tag of a file's name ("tp2", "rc-full"); one that the table does not know is kept as it is. An
 * empty one is nothing. */
bool configuration_add_tag(struct configuration *configuration, const char *tag, size_t length,
                           struct fault *fault);

/* A word of a log's line, KEY and value; a key that is not known becomes a tag (in small letters).
 */
bool configuration_add_log_word(struct configuration *configuration, const char *key,
                                size_t key_length, const char *value, size_t value_length,
                                struct fault *fault);

/* A word of a folder's name, "TP2" or "RECOMPUTE-full"; false where it is none. */
bool configuration_add_folder_word(struct configuration *configuration, const char *word,
                                   size_t length);

/* "tp=2,ep=8": a value for each key, as a user gives them. */
bool configuration_add_given(struct configuration *configuration, const char *text,
                             struct fault *fault);

/* Takes over what `from` was given and `configuration` was not. */
bool configuration_add_missing(struct configuration *configuration,
                               const struct configuration *from, struct fault *fault);

/* False where sizes contradict world = TP x CP x DP x PP = ETP x EP x EDP x PP; the fault says
 * which. What is not known contradicts nothing. */
bool configuration_check(const struct configuration *configuration, struct fault *fault);

/* ---- reading ---- */

/* What is known of a dimension: as given, as it follows (DP and the world size from each other), or
 * as its absence means. */
struct dimension_value configuration_value(const struct configuration *configuration,
                                           size_t dimension);

/* The number alone; -1 where it is not known. */
int64_t configuration_number(const struct configuration *configuration, size_t dimension);

/* A word's text, which lives as long as the configuration; NULL where it is not known. */
const char *configuration_word(const struct configuration *configuration, size_t dimension);

/* Megatron's rule in numbers, and its one home: world = TP x CP x DP x PP = ETP x EP x EDP x PP.
 * Gives DP of (TP, CP, PP), and EDP of (ETP, EP, PP); -1 where a size is below 1 or the world does
 * not divide so. */
int64_t data_parallel_size(int64_t world, int64_t tensor, int64_t of_sequence, int64_t pp);

/* The stage of a rank where the ranks of a stage stand side by side; -1 where the sizes do not
 * divide, or there is one stage. */
int64_t pipeline_stage(int64_t rank, int64_t world, int64_t pp);

/* Expert data parallel size, world / (ETP x EP x PP); -1 where it is not known. */
int64_t configuration_expert_dp(const struct configuration *configuration);

/* The pipeline stage of a rank in Megatron's usual numbering, in which the ranks of a stage stand
 * side by side; -1 where the sizes are not known, do not divide, or there is one stage. */
int64_t configuration_stage(const struct configuration *configuration, int64_t rank);

/* ---- comparing ---- */

/* The configuration at a place of some list. */
typedef const struct configuration *(*configuration_at_fn)(const void *context, size_t index);

/* 0: both are the same configuration, so that their ranks and iterations may be taken together.
 * Otherwise the order by the table's dimensions. */
int configuration_compare(const struct configuration *a, const struct configuration *b);

/* In which dimensions two differ. ETP is none of them where it is equal to TP on both sides. */
dimension_set configuration_differences(const struct configuration *a,
                                        const struct configuration *b);

/* Dimensions of which two of these know different values; what is not known differs from nothing.
 */
dimension_set configuration_known_differences(size_t count, configuration_at_fn at,
                                              const void *context);

/* May both be of one run, as far as both know? What one side does not know agrees with anything;
 * `not_known` (may be NULL) gets the dimensions that only one side knows. `strict`: absence has its
 * meaning (no CP is CP 1); else what was not written is not known. */
bool configuration_compatible(const struct configuration *a, const struct configuration *b,
                              bool strict, dimension_set *not_known);

/* Looks for the one of several that is compatible with a configuration, strictly, else leniently.
 */
enum configuration_match {
    CONFIGURATION_NONE,
    CONFIGURATION_ONE,
    CONFIGURATION_SEVERAL, /* that differ: `differing` says in which dimensions */
};
struct configuration_matching {
    size_t index;            /* of the first that matches */
    dimension_set not_known; /* by one of the two */
    dimension_set differing;
};
enum configuration_match configuration_find(const struct configuration *wanted, size_t count,
                                            configuration_at_fn at, const void *context,
                                            struct configuration_matching *matching);

/* ---- in words ---- */

/* All of these write like snprintf, and return the buffer. A text that does not fit is cut. */

/* For people: "TP 2, PP 64, EP 8", the dimensions of `which` that are known. */
char *configuration_text(char *buffer, size_t size, const struct configuration *configuration,
                         dimension_set which);

/* As --where takes it: "tp=2,exp=8"; what is not known as "s=unknown". */
char *configuration_where(char *buffer, size_t size, const struct configuration *configuration,
                          dimension_set which);

/* What was given, as a file's tags: "wd8_tp2_pp4_rc-full". */
char *configuration_tags(char *buffer, size_t size, const struct configuration *configuration);

/* What was given, as a log's line has it: "TP=2, PP=64, DP=64, EP=8". */
char *configuration_log_words(char *buffer, size_t size, const struct configuration *configuration);

/* What was given, as a folder's name: "TP2_PP64_DP64_NMB384_GBS24576_EP8". */
char *configuration_folder(char *buffer, size_t size, const struct configuration *configuration);

/* "CP, EP and recompute": the dimensions' names, for messages. */
char *dimension_set_text(char *buffer, size_t size, dimension_set which);

/* Options of visualize_heatmap with which runs that differ in these (beside its axes) have a place
 * each: " --facet cp --over exp=best"; "" where none is needed. `facet`: no facet is given yet. */
char *dimension_set_figure_options(char *buffer, size_t size, dimension_set which, bool facet);

/* In a sweep these follow from the others. */
#define CONFIGURATION_FOLLOWING                                                                    \
    (DIMENSION_BIT(DIMENSION_DP) | DIMENSION_BIT(DIMENSION_MICRO_BATCHES) |                        \
     DIMENSION_BIT(DIMENSION_GLOBAL_BATCH_SIZE))

/* TP, PP and DP, which people expect to see always. */
#define CONFIGURATION_USUAL                                                                        \
    (DIMENSION_BIT(DIMENSION_TP) | DIMENSION_BIT(DIMENSION_PP) | DIMENSION_BIT(DIMENSION_DP))

/* Longer than any of these texts of a name's configuration. */
enum { CONFIGURATION_TEXT = 1024 };

#endif
