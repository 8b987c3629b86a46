/* What the traces of one or more runs say: findings, worst first, and a score for each
 * configuration. findings.md has the definitions. Draws nothing, reads nothing. */
#ifndef VISUALIZE_FINDINGS_FINDINGS_H
#define VISUALIZE_FINDINGS_FINDINGS_H

#include "schemas/support/fault.h"
#include "schemas/sweep_log/sweep_log.h"
#include "schemas/trace_folder/trace_set.h"
#include "visualize/findings/rank.h"

#include <stdio.h>

enum finding_kind {
    FINDING_HEADROOM,
    FINDING_GROWTH,
    FINDING_RISE,
    FINDING_CLEANUP,
    FINDING_SPIKES,
    FINDING_FRAGMENTATION,
    FINDING_RETRIES, /* the allocator found no room at first */
    FINDING_IMBALANCE,
    FINDING_HIDDEN,
    FINDING_THEORY,
    FINDING_EFFICIENCY,
    FINDING_ENDED, /* the run did not end well */
    FINDING_KINDS,
};

enum finding_severity { FINDING_INFO, FINDING_WARNING, FINDING_CRITICAL };

enum { FINDING_MOST_VALUES = 6 };

/* A number that a finding rests on. */
struct finding_value {
    const char *name, *unit; /* "slope", "MB per iteration"; "" without a unit */
    double value;
};

struct finding {
    enum finding_kind kind;
    enum finding_severity severity;
    size_t configuration; /* its place in the list */
    char *ranks;          /* "0-7, 12", or "" where it is about all of them */
    char *iterations;     /* "17", "10-299", or "" */
    size_t value_count;
    struct finding_value values[FINDING_MOST_VALUES]; /* of the worst rank */
    char *meaning;                                    /* one sentence */
    const char *advice;
};

struct finding_configuration {
    const struct configuration *configuration; /* the set's own */
    char text[CONFIGURATION_TEXT];   /* "TP 2, PP 64, DP 64", and what tells it from the others */
    int64_t sequences;               /* an iteration, of all ranks; -1: not known */
    size_t ranks;                    /* traces that were read */
    double peak_mb, theory_mb;       /* the largest */
    int64_t peak_iteration;          /* whose peak that is */
    enum trace_measure peak_measure; /* peaks that measure something else are left out */
    bool peak_sampled;
    enum sweep_outcome outcome; /* of the log; SWEEP_PLANNED: it says nothing */
    double score;               /* FINDINGS_SCORE; NAN: nothing to judge by */
    double tokens_per_gb;       /* an iteration; NAN */
};

/* What a score is, for people. */
#define FINDINGS_SCORE                                                                             \
    "10, less 1 for each warning and 3 for each critical finding; 0 for what did not run"

struct findings {
    size_t count;
    struct finding *list; /* worst first */
    size_t configuration_count;
    struct finding_configuration *configurations; /* in the order of the set */
};

struct findings_input {
    const struct trace_set *set;    /* outlives the findings */
    const struct rank_facts *facts; /* one per file; a file of which none were taken is left out */
    const struct sweep_log *log;    /* or NULL */
    double gpu_mb;                  /* 0: not known */
    int64_t sequence_length;        /* 0: not known */
};

/* Fails when out of memory, and where a line of the log fits several configurations that differ, or
 * several lines fit one; the fault names the dimensions. */
bool findings_make(const struct findings_input *input, struct findings *findings,
                   struct fault *fault);
void findings_free(struct findings *findings);

/* Findings of one kind and severity stand side by side, and are shown under one heading. The end of
 * the group that begins at `first`; `same_meaning` (may be NULL): all of it means the same. */
size_t findings_group_end(const struct findings *findings, size_t first, bool *same_meaning);

/* "headroom", "critical". */
const char *finding_kind_text(enum finding_kind kind);
const char *finding_severity_text(enum finding_severity severity);

/* How many of a severity or worse. */
size_t findings_at_least(const struct findings *findings, enum finding_severity severity);

#endif
