/* Megatron-LM's --moe-layer-freq: a number, or a list of ones (experts) and zeros (dense) in
 * Python's words, "([0]*3+[1]*58)". */
#ifndef TRACER_ESTIMATOR_MODEL_LAYER_LIST_H
#define TRACER_ESTIMATOR_MODEL_LAYER_LIST_H

#include <stdbool.h>
#include <stdint.h>

struct layer_list {
    int64_t layers, with_experts;
};

/* False: it is no such list. */
bool layer_list_parse(const char *text, struct layer_list *list);

#endif
