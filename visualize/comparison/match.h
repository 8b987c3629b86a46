/* Who is compared with whom: the ranks of a real run's folder beside those of its simulation's.
 * Lists the folders, reads no trace. */
#ifndef VISUALIZE_COMPARISON_MATCH_H
#define VISUALIZE_COMPARISON_MATCH_H

#include "schemas/support/fault.h"
#include "schemas/trace_folder/trace_folder.h"
#include "visualize/comparison/pair.h"
#include "visualize/comparison/rank_list.h"

/* A rank's files; NULL where a side has none. */
struct match {
    int64_t rank;
    const struct trace_file *files[COMPARISON_SIDES];
};

struct matches {
    struct trace_folder folders[COMPARISON_SIDES];
    size_t count;
    struct match *list; /* by rank */
};

/* Called with each file that is left out because its rank has a later one. */
typedef void (*match_left_out_fn)(const struct trace_file *left_out,
                                  const struct trace_file *later);

/* Pairs the ranks of two folders by number. Fails where a folder cannot be read, has no trace that
 * the filter chooses, or holds several configurations, and where no rank is chosen. */
bool matches_make(struct matches *matches, const char *const folders[COMPARISON_SIDES],
                  const struct tag_filter *filter, const struct rank_list *ranks,
                  match_left_out_fn left_out, struct fault *fault);
void matches_free(struct matches *matches);

#endif
