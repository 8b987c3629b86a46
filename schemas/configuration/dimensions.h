/* The dimensions of a configuration: what tells two runs apart. One table names each of them once;
 * names of traces, sweep logs, tables, options, axes and placeholders follow from it.
 *
 * To add a dimension, add a row to dimensions.c; nothing else is needed for it to be read from
 * names and logs, written, swept, filtered and drawn. An entry in the enumeration below is needed
 * only where code speaks of that dimension in particular. See configuration.md. */
#ifndef SCHEMAS_CONFIGURATION_DIMENSIONS_H
#define SCHEMAS_CONFIGURATION_DIMENSIONS_H

#include "schemas/support/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The places in the table of those dimensions that code speaks of. */
enum {
    DIMENSION_WORLD_SIZE,
    DIMENSION_TP,
    DIMENSION_PP,
    DIMENSION_DP,
    DIMENSION_VPP,
    DIMENSION_CP,
    DIMENSION_EP,
    DIMENSION_ETP,
    DIMENSION_EXPERTS,
    DIMENSION_LAYERS,
    DIMENSION_SEQUENCE_LENGTH,
    DIMENSION_MICRO_BATCH_SIZE,
    DIMENSION_MICRO_BATCHES,
    DIMENSION_GLOBAL_BATCH_SIZE,
    DIMENSION_SEQUENCE_PARALLEL,
    DIMENSION_ZERO,
    DIMENSION_RECOMPUTE,
    DIMENSION_PRECISION,
    DIMENSION_MODEL,
    DIMENSION_STAMP, /* keeps names apart; never part of a configuration */

    DIMENSION_ROOM = 31, /* the most that the table may have; bits of a dimension_set */
};

/* A set of dimensions: bit D is dimension D, and the last bit stands for the tags that the table
 * does not know. */
typedef uint32_t dimension_set;
#define DIMENSION_BIT(dimension) ((dimension_set)1 << (dimension))
#define DIMENSION_OTHER_TAGS     ((dimension_set)1 << DIMENSION_ROOM)

enum dimension_kind {
    DIMENSION_NUMBER, /* a whole number, 0 or more */
    DIMENSION_SWITCH, /* 0 or 1, shown as off and on */
    DIMENSION_WORD,
};

/* What it means that nothing is said of a dimension. */
enum dimension_absent {
    DIMENSION_ABSENT_NOT_KNOWN,
    DIMENSION_ABSENT_ONE,
    DIMENSION_ABSENT_ZERO,    /* written "None" */
    DIMENSION_ABSENT_TP,      /* equal to the tensor parallel size */
    DIMENSION_ABSENT_DERIVED, /* by world = TP x CP x DP x PP */
};

struct dimension {
    const char *tag;             /* in file names: "exp" */
    const char *older_tag;       /* another spelling that is read, or NULL: "ep" */
    const char *log_word;        /* in sweep logs: "EP"; the environment variable is GMT_ and it */
    const char *column;          /* in tables and JSON: "ep" */
    const char *argument;        /* Megatron-LM's name for it, or NULL */
    const char *name;            /* for people, short: "EP" */
    const char *long_name;       /* and long: "expert parallel size" */
    const char *other_key;       /* one more placeholder that is accepted, or NULL: "nmb" */
    const char *folder_word;     /* in names of a sweep's folders, without '_'; NULL: as in logs */
    const char *const *in_order; /* words in their natural order, ended by NULL; or NULL */
    enum dimension_kind kind;
    enum dimension_absent absent;
    bool in_older_logs; /* stands first in a log's line, since older readers look for it there */
    bool not_compared;  /* runs that differ in it alone are of the same configuration */
};

extern const struct dimension DIMENSIONS[];
extern const size_t DIMENSION_COUNT;

/* The dimension that a user's key names: tag, older tag, log word, column, Megatron's argument or
 * flag ("--context-parallel-size"), other key, short name or environment variable, in any case, '-'
 * and '_' alike. DIMENSION_COUNT: none. `length` bytes of `key` count. */
size_t dimension_by_key(const char *key, size_t length);

/* As above, from a log's word alone (exact); DIMENSION_COUNT: none. */
size_t dimension_by_log_word(const char *word, size_t length);

/* By the heading of a table's column (exact). */
size_t dimension_by_column(const char *column);

/* Sets the fault: the key is not known, with those that are; returns false. */
bool dimension_key_fault(const char *key, size_t length, struct fault *fault);

/* A value of some dimension. */
enum { DIMENSION_WORD_SIZE = 64 };
struct dimension_value {
    bool known;
    int64_t number;                 /* of a number or switch */
    char word[DIMENSION_WORD_SIZE]; /* of a word */
};

/* Reads a value as names, logs, options and Megatron's arguments write it ("8", "None", "True",
 * "full"). In words, '_' and blanks become '-'. On failure the fault says what was expected. */
bool dimension_value_parse(size_t dimension, const char *text, size_t length,
                           struct dimension_value *value, struct fault *fault);

/* Numbers by size, words by their natural order, then by the alphabet; not known comes first. */
int dimension_value_compare(size_t dimension, const struct dimension_value *a,
                            const struct dimension_value *b);

/* For people: "8", "None", "on", "full", "unknown". Returns the buffer. */
char *dimension_value_text(size_t dimension, const struct dimension_value *value,
                           char text[DIMENSION_WORD_SIZE]);

/* As names, logs and options write it: as above, but 1 for on. */
char *dimension_value_key_text(size_t dimension, const struct dimension_value *value,
                               char text[DIMENSION_WORD_SIZE]);

#endif
