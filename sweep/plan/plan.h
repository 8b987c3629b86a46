/* Which configurations a sweep tries: every combination of the axes' values that fills the world
 * size and that the rules let pass. */
#ifndef SWEEP_PLAN_PLAN_H
#define SWEEP_PLAN_PLAN_H

#include "schemas/configuration/combinations.h"
#include "schemas/support/fault.h"
#include "schemas/sweep_log/sweep_log.h"
#include "tracer/estimator/model/settings.h"

#include <stdio.h>

struct plan_rules {
    int64_t world_size;
    struct combinations axes;      /* TP and PP are among them */
    struct configuration given;    /* what holds for all: layers, the micro-batch size, ... */
    const char *micro_batches;     /* an expression, or NULL */
    const char *global_batch_size; /* an expression, or NULL */
    bool dp_even;
    const struct model_settings *model; /* theory for each, or NULL */
    double gpu_mb;                      /* the GPU's memory */
    double skip_over;                   /* theory over so many times that is skipped; 0: nothing */
};

struct plan_item {
    /* Numbered from 1; not numbered (0) where it is left out. One that is skipped has its outcome.
     * Its configuration holds what its line in the logs says. */
    struct sweep_entry entry;
    double theory_mb;   /* NAN: not known */
    char left_out[160]; /* why a rule leaves it out, or "" */
};

struct plan {
    size_t count;       /* of those that fill the world size, by TP, then PP, then the other axes */
    size_t kept;        /* of those that are not left out; some of them are skipped */
    size_t not_filling; /* combinations that do not fill the world size; they are no items */
    struct plan_item *items;
};

/* The number of micro-batches follows from the global batch size where it is not given, and the
 * other way round; with neither, both stay unknown. Fails where an expression makes no sense, and
 * where nothing is left to try. */
bool plan_make(const struct plan_rules *rules, struct plan *plan, struct fault *fault);
void plan_free(struct plan *plan);

/* What is known of an item's dimension: its own, or what holds for all, the world size included. */
struct dimension_value plan_value(const struct plan_rules *rules, const struct sweep_entry *entry,
                                  size_t dimension);

/* A table for people: one row for each configuration, and why which were left out. */
void plan_print(const struct plan_rules *rules, const struct plan *plan, FILE *stream);

/* The same for programs; "-": to standard output. */
bool plan_write_json(const struct plan_rules *rules, const struct plan *plan, const char *path,
                     struct fault *fault);

/* Calls `found` for every value of an axis that no kept configuration has. */
void plan_unused_values(const struct plan_rules *rules, const struct plan *plan,
                        void (*found)(void *context, size_t dimension,
                                      const struct dimension_value *value),
                        void *context);

#endif
