/* Python's pickles, protocols 2 to 5, as plain data: nothing in them is ever run.
 *
 * Numbers, text, bytes, lists, tuples, sets and dicts are read. Whatever would import, call or
 * build something (GLOBAL, REDUCE, BUILD, persistent ids and their kind) is refused by its name and
 * its place in the file, and so is a value that contains itself or is changed after it was stored
 * elsewhere, which no pickled snapshot does: the rest is a tree of values that never change.
 *
 * What a reader knows it can take at once: its hooks see each dict and list as it is made and may
 * put a value of their own in its place, so that no tree of small objects is ever built.
 *
 * Memory is bounded by the file's length: the value stack, the memo and the depth have limits.
 */
#ifndef SCHEMAS_SNAPSHOT_PICKLE_H
#define SCHEMAS_SNAPSHOT_PICKLE_H

#include "schemas/snapshot/text_table.h"
#include "schemas/support/fault.h"

enum pickle_kind {
    PICKLE_NONE,
    PICKLE_BOOL,  /* integer: 0, 1 */
    PICKLE_INT,   /* integer */
    PICKLE_LONG,  /* text: an integer past 64 bits, two's complement, little endian */
    PICKLE_FLOAT, /* real */
    PICKLE_TEXT,  /* text: a string, as UTF-8 */
    PICKLE_BYTES, /* text */
    PICKLE_OWN,   /* own: what a hook made */
    PICKLE_TUPLE, /* container; 0: empty */
    PICKLE_LIST,
    PICKLE_SET,
    PICKLE_DICT,  /* container of keys and values by turns; of equal keys the last stands */
    PICKLE_ABSENT /* no value: a place of the memo that is not used */
};

struct pickle_value {
    uint8_t kind;   /* enum pickle_kind */
    uint8_t shared; /* the reader's own */
    uint16_t shape; /* of a hook's value: the hook's own */
    uint32_t memo;  /* the reader's own */
    union {
        int64_t integer;
        double real;
        uint64_t text; /* its number in the texts */
        uint64_t container;
        uint64_t own;
    };
};

struct pickle_container {
    size_t first, count, capacity; /* in the items */
};

/* All that a pickle is made of. Free with pickle_free. */
struct pickle {
    uint64_t length; /* of the file */
    struct text_table texts;
    struct pickle_value value; /* the whole */
    size_t container_count, container_capacity;
    struct pickle_container *containers;
    size_t item_count, item_capacity;
    struct pickle_value *items;
};

enum pickle_taken {
    PICKLE_NOT_TAKEN,
    PICKLE_TAKEN,
    PICKLE_TAKEN_ALWAYS, /* and the same items would make the same value again */
    PICKLE_REFUSED       /* with the fault set */
};

/* Called while the pickle is read; `pickle` has the texts. All but the context may be NULL. */
struct pickle_hooks {
    void *context;
    /* Before anything else is read. */
    bool (*begin)(void *context, struct pickle *pickle);
    /* A dict gets its first items: `count` pairs, key and value by turns. */
    enum pickle_taken (*dict)(void *context, const struct pickle_value *pairs, size_t count,
                              struct pickle_value *made, struct fault *fault);
    /* A list gets items; `list` is empty (PICKLE_LIST) or was made by this hook (PICKLE_OWN). */
    enum pickle_taken (*list)(void *context, const struct pickle_value *items, size_t count,
                              struct pickle_value *list, struct fault *fault);
    /* The items of a list that this hook made, for when it does not take more; length: SIZE_MAX for
     * what is no list. */
    size_t (*length)(void *context, const struct pickle_value *own);
    struct pickle_value (*item)(void *context, const struct pickle_value *own, size_t at);
};

/* Reads a file. On failure the fault says "FILE: byte OFFSET: what" and nothing is left to free.
 * Threads may read at once, each its own. */
bool pickle_read(const char *path, const struct pickle_hooks *hooks, struct pickle *pickle,
                 struct fault *fault);

/* The same from memory; `name` stands for the file in messages. */
bool pickle_parse(const void *bytes, size_t length, const char *name,
                  const struct pickle_hooks *hooks, struct pickle *pickle, struct fault *fault);

void pickle_free(struct pickle *pickle);

/* The value of a text key in a dict; NULL where it is not there (or `dict` is none). */
const struct pickle_value *pickle_dict_get(const struct pickle *pickle,
                                           const struct pickle_value *dict, const char *key);

enum { PICKLE_MAX_DEPTH = 256 }; /* of lists, dicts and tuples that are being read */

#endif
