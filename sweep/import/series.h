/* Series of figures by step, under the names that training frameworks give them: what event files
 * and recorded values of tests consist of. */
#ifndef SWEEP_IMPORT_SERIES_H
#define SWEEP_IMPORT_SERIES_H

#include "sweep/import/imported_run.h"

/* What a series is of. */
enum series_figure {
    SERIES_ALLOCATED, /* MB, of the allocator, as all of memory here */
    SERIES_PEAK,
    SERIES_RESERVED,
    SERIES_STEP_TIME, /* ms */
    SERIES_TFLOPS,    /* of each GPU */
    SERIES_WORLD_SIZE,
    SERIES_FIGURES,
};

/* A figure at a step. */
struct series_point {
    int64_t step;
    enum series_figure figure;
    double value;
    double time_s; /* since the file's beginning; NAN: not known */
    size_t place;  /* of two for one figure and step the later one stands */
};

struct series {
    size_t count;
    struct series_point *points;
    enum import_writer writer; /* who writes series of these names */
    bool of_pipeline;          /* some may be the largest of all pipeline stages */
};

/* Adds a value under a name ("mem-allocated-bytes"), which need not end in a zero. Names that are
 * of nothing here, and values that cannot be (not finite, below 0), are passed over. False when out
 * of memory. */
bool series_add(struct series *series, const char *name, size_t length, int64_t step, double value,
                double time_s);

/* Makes a run's reports of the points: one a step, whose time is the file's where it is known, else
 * that of the iterations before. `began_s`: see import_report. False when out of memory. */
bool series_fill_run(struct series *series, double began_s, struct import_run *run);

void series_free(struct series *series);

#endif
