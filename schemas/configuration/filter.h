/* A choice among configurations, as --where has it: "wd=8192,pp=2..16,ep=1,8,recompute=full". Keys
 * are those of dimension_by_key in any case, "rank", "tag" (a whole tag that the table does not
 * know, or none), and letters that begin such a tag ("lr=0.1"). A comma begins a new key only where
 * KEY= follows. */
#ifndef SCHEMAS_CONFIGURATION_FILTER_H
#define SCHEMAS_CONFIGURATION_FILTER_H

#include "schemas/configuration/configuration.h"

enum { FILTER_MOST = 24, FILTER_KEY = 32, FILTER_VALUES = 128 };

struct filter_condition {
    size_t dimension; /* DIMENSION_COUNT: by the key's text */
    char key[FILTER_KEY];
    char values[FILTER_VALUES]; /* "2..16", "1,8", "full,none", "unknown" */
};

/* All zero bytes choose everything. */
struct filter {
    size_t count;
    struct filter_condition conditions[FILTER_MOST];
};

/* Empty text chooses everything. On failure the fault says what was expected. */
bool filter_parse(const char *text, struct filter *filter, struct fault *fault);

/* As filter_parse takes it: "tp=2,pp=2..16". Writes like snprintf, and returns the buffer. */
char *filter_text(char *buffer, size_t size, const struct filter *filter);

/* Every condition holds. A dimension that is not known is in no list of values, but "unknown".
 * `rank`: -1 where the thing has none (a log's line): then conditions on it hold. */
bool filter_matches(const struct filter *filter, const struct configuration *configuration,
                    int64_t rank);

/* As above, for what may not know everything (a log's line): what it was not told holds. */
bool filter_may_match(const struct filter *filter, const struct configuration *configuration);

/* False where a key is neither a dimension's nor that of a tag of any of these configurations; the
 * fault names it. Call it again with what was found, once it is known: NULL, 0 where nothing is. */
bool filter_check_keys(const struct filter *filter, size_t count, configuration_at_fn at,
                       const void *context, struct fault *fault);

#endif
