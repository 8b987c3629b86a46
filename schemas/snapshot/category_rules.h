/* Which category a block is of, by the stack that allocated it and by how long it lived: see
 * categories.md, which has the table of rules. */
#ifndef SCHEMAS_SNAPSHOT_CATEGORY_RULES_H
#define SCHEMAS_SNAPSHOT_CATEGORY_RULES_H

#include "schemas/snapshot/categories.h"
#include "schemas/snapshot/replay.h"

struct category_rules;

/* The rules of a file (NULL: none), then the built-in ones. NULL with the fault set: "FILE:LINE:
 * what is wrong". Of threads that share them, one at a time gets on. */
struct category_rules *category_rules_make(const char *path, struct fault *fault);
void category_rules_free(struct category_rules *rules);

/* The category of each of the replay's blocks (enum memory_category), in new memory; NULL when out
 * of memory. */
unsigned char *category_rules_apply(const struct category_rules *rules,
                                    const struct replay *replay);

#endif
