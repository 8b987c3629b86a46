/* A trace in memory: what one rank's file says, whichever format it came in. */
#ifndef SCHEMAS_TRACE_TRACE_H
#define SCHEMAS_TRACE_TRACE_H

#include "schemas/configuration/coordinates.h"
#include "schemas/trace/trace_figures.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How much of a file is read. */
enum trace_depth {
    TRACE_SUMMARY, /* iterations with their three figures; samples are passed over */
    TRACE_FULL,    /* samples and markers too */
};

/* What a figure of memory measures. The values stand in recordings. Where a trace has figures of
 * several, the first of them here stands; figures of different measures are never compared, nor in
 * one maximum. */
enum trace_measure {
    TRACE_MEASURE_NOT_SAID,  /* see trace_measure_of_allocated and _of_reserved */
    TRACE_MEASURE_ALLOCATOR, /* the framework's allocator */
    TRACE_MEASURE_DRIVER,    /* what the process has of CUDA's own allocation calls */
    TRACE_MEASURE_DEVICE,    /* what is in use on the device, by whomever */
    TRACE_MEASURE_PROCESS,   /* what of the process is resident in the machine's memory */
    TRACE_MEASURE_MIXED,     /* some samples measure one thing, some another */
    TRACE_MEASURES,
};

/* A sample that stands for others besides itself: so many equal to it, taken after an earlier equal
 * one and before it, are left out. Curves that hold a figure until the next sample lose nothing by
 * it; who counts samples must count these. */
struct trace_left_out {
    size_t sample; /* its place among the iteration's */
    uint64_t count;
};

/* Samples in the order of the file. A figure that a sample lacks is NAN. */
struct trace_samples {
    size_t count;
    double *time_s; /* since the start of the iteration or of the trace, as the writer had it */
    double *reserved_mb;
    double *allocated_mb;
    double *device_mb; /* in use on the device, by whomever; NULL: no sample of the trace has it */
    size_t left_out_count;
    struct trace_left_out *left_out; /* ascending */
};

/* What else explains a difference between two runs: the name and the value of a version, a setting,
 * the device. In files under "environment". */
struct trace_fact {
    char *name, *value;
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
    double figures[TRACE_FIGURES]; /* MB, or counts; NAN where not recorded */
    bool peak_sampled; /* the recorded peak is that of the samples, and measures what they do */
    enum trace_measure allocated_of, reserved_of; /* what the samples measure */
    struct trace_samples samples;                 /* empty at summary depth */
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
    double device_capacity_mb; /* NAN: not known */
    size_t fact_count;
    struct trace_fact *facts;       /* each name once */
    struct coordinates coordinates; /* of the rank; rank_stage has its stage */
    double last_time_s;             /* the last record's time since the start; NAN in JSON */
    uint64_t lost_records; /* of a recording: figures and markers for which there was no room */
    void *memory;          /* the readers' own: what the pointers above point into */
};

/* Everything that a trace points to belongs to it. A reader may be given the same trace again: it
 * forgets the old contents and reuses their memory, so that a thousand files cost no more than the
 * largest. Start with all zero bytes. */
void trace_free(struct trace *trace);

/* What the samples measure, where the trace does not say it: the allocator, and the device's use.
 * So the tracker has it whose format this is. */
enum trace_measure trace_measure_of_allocated(const struct trace_iteration *iteration);
enum trace_measure trace_measure_of_reserved(const struct trace_iteration *iteration);

/* How many samples were taken: those that are there, and those that these stand for. */
uint64_t trace_samples_taken(const struct trace_samples *samples);

/* How many of them one sample stands for, at least 1. For a loop over all of them, in their order:
 * `next` begins as 0. */
static inline uint64_t trace_samples_weight(const struct trace_samples *samples, size_t sample,
                                            size_t *next)
{
    if (*next == samples->left_out_count || samples->left_out[*next].sample != sample)
        return 1;
    return 1 + samples->left_out[(*next)++].count;
}

/* The most that an iteration had allocated: the recorded peak, which is the allocator's unless it
 * is that of the samples, else the largest allocated sample. */
struct trace_peak {
    double mb; /* NAN: neither is there, and nothing else here counts */
    enum trace_measure measure;
    bool sampled; /* between two samples there may have been more */
};
struct trace_peak trace_iteration_peak(const struct trace_iteration *iteration);

#endif
