/* A trace in memory: what one rank's file says, whichever format it came in. */
#ifndef SCHEMAS_TRACE_TRACE_H
#define SCHEMAS_TRACE_TRACE_H

#include "schemas/configuration/coordinates.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How much of a file is read. */
enum trace_depth {
    TRACE_SUMMARY, /* iterations with their three figures; samples are passed over */
    TRACE_FULL,    /* samples and markers too */
};

/* Samples in the order of the file. A figure that a sample lacks is NAN. */
struct trace_samples {
    size_t count;
    double *time_s; /* since the start of the iteration or of the trace, as the writer had it */
    double *reserved_mb;
    double *allocated_mb;
};

/* A named event on the timeline, from gmt_mark. */
struct trace_marker {
    double time_s;
    char *name;
};

struct trace_iteration {
    int64_t number;
    double peak_mb; /* these three: NAN where not recorded */
    double theoretical_mb;
    double static_mb;
    struct trace_samples samples; /* empty at summary depth */
    size_t marker_count;
    struct trace_marker *markers;
    uint64_t dropped_samples; /* samples that were taken but made room for later ones */
};

/* How the process that wrote it ended. */
enum trace_ending {
    TRACE_ENDED_CLEAN,   /* it was stopped; so was what a JSON file without a word about it is of */
    TRACE_ENDED_KILLED,  /* a recording whose writer is gone, or a JSON file made of one */
    TRACE_ENDED_NOT_YET, /* a recording that is being written now, or a JSON file made of it then */
    TRACE_ENDED_NOT_SAID, /* a trace made of a log: nothing is written of its ending */
};

struct trace {
    size_t count;
    struct trace_iteration *iterations; /* ascending, each number once */
    enum trace_ending ending;
    struct coordinates coordinates; /* of the rank; rank_stage has its stage */
    double last_time_s;             /* the last record's time since the start; NAN in JSON */
    uint64_t lost_records; /* of a recording: figures and markers for which there was no room */
    void *memory;          /* the readers' own: what the pointers above point into */
};

/* Everything that a trace points to belongs to it. A reader may be given the same trace again: it
 * forgets the old contents and reuses their memory, so that a thousand files cost no more than the
 * largest. Start with all zero bytes. */
void trace_free(struct trace *trace);

/* The iteration's peak, MB: the recorded one, else the largest allocated sample, else NAN. */
double trace_iteration_peak_mb(const struct trace_iteration *iteration);

#endif
