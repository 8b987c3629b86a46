/* Which configurations a sweep tries: every TP and PP whose product divides the world size, and
 * that the rules let pass. */
#ifndef SWEEP_PLAN_PLAN_H
#define SWEEP_PLAN_PLAN_H

#include "schemas/configuration/value_list.h"
#include "schemas/support/fault.h"
#include "schemas/sweep_log/sweep_log.h"
#include "tracer/estimator/model/settings.h"

#include <stdio.h>

struct plan_rules {
    int64_t world_size;
    struct value_list tp, pp;
    int64_t layers;                /* -1: not known */
    int64_t micro_batch_size;      /* 1 where nothing else is said */
    const char *micro_batches;     /* an expression, or NULL */
    const char *global_batch_size; /* an expression, or NULL */
    bool dp_even;
    const struct model_settings *model; /* theory for each, or NULL */
    double gpu_mb;                      /* the GPU's memory */
    double skip_over;                   /* theory over so many times that is skipped; 0: nothing */
};

struct plan_item {
    /* Numbered from 1; not numbered (0) where it is left out. One that is skipped has its outcome.
     */
    struct sweep_entry entry;
    double theory_mb;   /* NAN: not known */
    char left_out[160]; /* why a rule leaves it out, or "" */
};

struct plan {
    size_t count; /* of all, by TP, then PP */
    size_t kept;  /* of those that are not left out; some of them are skipped */
    struct plan_item *items;
};

/* The number of micro-batches follows from the global batch size where it is not given, and the
 * other way round; with neither, both stay -1. Fails where an expression makes no sense, and where
 * nothing is left to try. */
bool plan_make(const struct plan_rules *rules, struct plan *plan, struct fault *fault);
void plan_free(struct plan *plan);

/* A table for people: a row a configuration, and why which were left out. */
void plan_print(const struct plan *plan, FILE *stream);

/* "TP2_PP64_DP64_NMB384_GBS24576": a configuration's folder. */
enum { PLAN_FOLDER_TEXT = 128 };
void plan_folder_name(const struct sweep_entry *entry, char name[PLAN_FOLDER_TEXT]);

/* Do both stand for the same configuration? Their numbers and outcomes do not count. */
bool plan_same(const struct sweep_entry *a, const struct sweep_entry *b);

#endif
