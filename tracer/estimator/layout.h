/* --pipeline-model-parallel-layout: "Et*3|(tt|)*6L". Pieces between '|' are the chunks of the
 * stages, in order; E is the embedding, t a layer, m one that predicts further tokens, L output and
 * loss. */
#ifndef TRACER_ESTIMATOR_LAYOUT_H
#define TRACER_ESTIMATOR_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

struct layout_piece {
    int64_t from, layers; /* the first one's number, and how many */
    bool embedding, output, further;
};

/* What the index-th piece holds; nothing past the last. */
struct layout_piece layout_piece(const char *text, int64_t index);

/* Pieces, and layers in all of them; false where the text is no layout. */
bool layout_count(const char *text, int64_t *pieces, int64_t *layers);

#endif
