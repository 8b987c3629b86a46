/* Memory against speed: which configurations are worth running. Draws nothing, reads nothing. */
#ifndef VISUALIZE_TRADEOFF_TRADEOFF_H
#define VISUALIZE_TRADEOFF_TRADEOFF_H

#include "schemas/support/fault.h"
#include "visualize/runs/runs.h"

#include <stdbool.h>
#include <stddef.h>

/* What speed is. */
enum tradeoff_metric {
    TRADEOFF_TFLOPS, /* of a GPU, as the run counted it */
    TRADEOFF_TOKENS, /* a second and GPU */
    TRADEOFF_MFU,    /* percent of the GPU's arithmetic */
    TRADEOFF_MS,     /* an iteration: less is better */
    TRADEOFF_METRICS,
};

struct tradeoff_words {
    const char *name;  /* on the command line */
    const char *title; /* of the axis */
    const char *unit;
    int decimals;
    bool more_is_better;
};
extern const struct tradeoff_words TRADEOFF_WORDS[TRADEOFF_METRICS];

struct tradeoff_point {
    struct configuration configuration;
    char *name;
    enum heatmap_status status;
    double memory_mb;                /* the measured peak; NAN: not known */
    double expected_mb;              /* by the model; NAN without one */
    double speeds[TRADEOFF_METRICS]; /* NAN: not known */
    bool compared;                   /* it ran, and its memory and its speed are known */
    bool fits;                       /* compared, and at most the GPU's memory */
    bool on_front; /* it fits, and none that fits needs less and is faster (or as good in one) */
};

struct tradeoff {
    enum tradeoff_metric metric;
    double gpu_mb; /* 0: not given */
    dimension_set naming;
    size_t count;
    struct tradeoff_point *points; /* in the configurations' order */
    size_t compared, fitting, on_front;
    size_t oom, without_memory, without_speed; /* why points are not compared */
};

/* Fails where not one configuration has both figures: the fault says which is missing, and what to
 * give. */
bool tradeoff_make(const struct runs *runs, enum tradeoff_metric metric, double gpu_mb,
                   struct tradeoff *tradeoff, struct fault *fault);
void tradeoff_free(struct tradeoff *tradeoff);

/* The metric that most is known of, in the order above; TRADEOFF_TFLOPS where nothing is. */
enum tradeoff_metric tradeoff_usual_metric(const struct runs *runs);

/* The points of the front by memory, ascending: `order` (room for `on_front`) gets their indices.
 */
void tradeoff_front(const struct tradeoff *tradeoff, size_t *order);

#endif
