/* Where memory comes from: blocks by call site, or by whatever else they are to be told apart. */
#ifndef VISUALIZE_SNAPSHOT_SITES_H
#define VISUALIZE_SNAPSHOT_SITES_H

#include "schemas/snapshot/categories.h"
#include "schemas/snapshot/replay.h"

enum site_by {
    SITE_BY_LINE, /* of the frame that matters */
    SITE_BY_FUNCTION,
    SITE_BY_FILE,
    SITE_BY_STACK,
    SITE_BY_CATEGORY,
    SITE_BY_SIZE,
    SITE_BY_STREAM,
    SITE_BY_COUNT
};

/* "line", "function", ...; false where it is none of them. */
const char *site_by_text(enum site_by by);
bool site_by_parse(const char *text, enum site_by *by);

enum { SITE_MOST_DEPTH = 64 };

/* A stack in words: the frames that matter, the innermost first, at most `depth` of them. What
 * belongs to the allocator, the dispatcher, Python's interpreter and to torch's own layers around a
 * call is passed over, as long as something else is left. In new memory, NULL when out of it. */
char *site_label(const struct snapshot *snapshot, uint32_t number, enum site_by by, unsigned depth);

/* Which site each block is of. */
struct site_table {
    size_t count;
    char **labels;           /* one a site; sites of one label and several categories are several */
    unsigned char *category; /* enum memory_category, one a site */
    uint32_t *of_blocks;     /* one a block of the replay */
};

/* `categories`: of the replay's blocks. False when out of memory. */
bool site_table_make(struct site_table *table, const struct replay *replay,
                     const unsigned char *categories, enum site_by by, unsigned depth);
void site_table_free(struct site_table *table);

#endif
