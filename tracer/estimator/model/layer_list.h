/* Megatron-LM's --moe-layer-freq as a list: ones (experts) and zeros (dense) in Python's words,
 * "([0]*3+[1]*58)". */
#ifndef TRACER_ESTIMATOR_MODEL_LAYER_LIST_H
#define TRACER_ESTIMATOR_MODEL_LAYER_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LAYER_LIST_MOST = 1023 }; /* layers */

struct layer_list {
    int64_t every; /* one layer in so many, where they are not listed; 0: not said */
    size_t layers;
    char digits[LAYER_LIST_MOST + 1]; /* one a layer, '0' or '1' */
};

/* False: it is no such list, or longer than LAYER_LIST_MOST. */
bool layer_list_parse(const char *text, struct layer_list *list);

#endif
