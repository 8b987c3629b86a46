/* gmtrace: a flight recorder for the GPU memory of a training process.
 *
 *   gmt_options options = gmt_default_options();
 *   options.directory = "memory_traces";
 *   options.tp = 2, options.pp = 4;
 *   gmt_tracer *tracer = NULL;
 *   gmt_start(&options, &tracer);
 *   for (int64_t i = 0; i < iterations; i++) {
 *       gmt_next_iteration(tracer, i);
 *       gmt_log_static(tracer, i, static_bytes);
 *       train_step();
 *       gmt_log_peak(tracer, i, peak_bytes);
 *   }
 *   gmt_stop(tracer);
 *
 * A thread of the tracer samples memory meanwhile. What a call has recorded is in the hands of the
 * kernel when the call returns: SIGKILL, a crash or running out of memory loses none of it.
 * gmt_stop turns the recording into memory_trace_rank{R}_{tags}.json.
 *
 * What holds for every function here:
 * - Memory is in bytes.
 * - A NULL tracer, one that was stopped, and one inherited by fork are fine everywhere: the call
 *   does nothing.
 * - The logging calls (void) may be made by any thread at any time, by several at once. They make
 *   no system call, take no lock, allocate nothing and leave errno alone. What cannot be recorded
 * is counted in the recording. From a signal handler, gmt_log_sample alone must not be called.
 * - Nothing ends the process or blocks for long, and no more than a line at a time is printed, on
 *   stderr.
 * - Structs may grow at their end in a later version. What is exported takes their sizes; the
 * inline functions of the same name pass those of the header that the program is built with. The
 * library never writes past them. What an older program's struct lacks is at its default; a newer
 *   program's is GMT_INVALID where it sets a field that the library does not know.
 * - After fork the child's tracer is inert; the child may start its own, under another name.
 *
 * The environment overrides what a program sets:
 * - GMT_DISABLE=1: gmt_start does nothing, and returns GMT_DISABLED.
 * - GMT_DIR=DIR: the folder, in place of options.directory.
 * - GMT_INTERVAL_MS=N: options.interval_s in milliseconds, 0 or 1 to 3600000; where the program
 *   sets 0 no sampling starts.
 * - GMT_MAX_BYTES=N: options.max_bytes, 65536 to 2^40.
 * - GMT_ALL_SAMPLES=1: every sample is kept. Otherwise a run of equal samples is kept as its first
 *   and its last, and how many are left out between them is counted in the trace.
 * - GMT_RESERVE_ALL=1: max_bytes are reserved on the disk at the start. Otherwise a recording
 * starts with 1 MiB, and the tracer's thread makes it longer before its room is used up. Samples
 * that come faster than that (over about 700,000 a second) are dropped, and counted, until there is
 * room. The program overrides what a sweep says of the configuration, for the file's name: GMT_TP,
 * GMT_CP, GMT_RECOMPUTE, ... (see configuration.md) add what it does not say itself. A value that
 * makes no sense is as good as not set, and a line on stderr says so.
 */
#ifndef GMTRACE_H
#define GMTRACE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GMT_API __attribute__((visibility("default")))

/* A figure that is not known. */
#define GMT_UNKNOWN UINT64_MAX

/* Every status, with what it means. */
#define GMT_STATUS_LIST(X)                                                                         \
    X(GMT_OK, "done")                                                                              \
    X(GMT_DISABLED, "tracing is disabled by GMT_DISABLE")                                          \
    X(GMT_INVALID, "an option or argument makes no sense")                                         \
    X(GMT_NO_MEMORY, "out of memory, or of threads")                                               \
    X(GMT_NO_FOLDER, "the folder cannot be made or written to")                                    \
    X(GMT_NO_SPACE, "the disk has no room for the recording")                                      \
    X(GMT_IN_USE, "another tracer is recording under this name")                                   \
    X(GMT_NOT_WRITTEN, "the JSON file could not be written; the recording was kept")               \
    X(GMT_STOPPED, "this tracer does not run: stopped, inherited by fork, or NULL")                \
    X(GMT_NO_CAPACITY, "the device's capacity is not known, so there is no share of it")           \
    X(GMT_NO_ANSWER, "the present source or callback has not returned for seconds")

typedef enum gmt_status {
#define GMT_STATUS_NAME(name, text) name,
    GMT_STATUS_LIST(GMT_STATUS_NAME)
#undef GMT_STATUS_NAME
} gmt_status;

/* A running recording. It belongs to the library; the pointer stays safe to use after gmt_stop. */
typedef struct gmt_tracer gmt_tracer;

typedef struct gmt_options {
    const char *directory; /* where files go; made where missing */
    double interval_s;     /* between samples, 0.001 to 3600; 0: no sampling */
    uint64_t max_bytes;    /* of the recording's samples, 64 KiB at least; the oldest make room */
    int64_t rank, local_rank, world_size; /* -1: not known */
    /* Parallel sizes for the file's name: tensor, pipeline, data, context, expert, expert tensor,
     * and virtual pipeline; 0: not given. */
    int64_t tp, pp, dp, cp, ep, etp, vpp;
    /* The rank's place in its tensor, context, data, pipeline and expert parallel group, from 0,
     * for the trace; -1: not known. Without pp_rank, readers take the stage that the rank's number
     * has in Megatron's usual order. */
    int64_t tp_rank, cp_rank, dp_rank, pp_rank, ep_rank;
    int device;       /* the GPU, as the process numbers those that it sees; -1: by local_rank */
    const char *tags; /* more of the file's name, used as it is: "l96_mbs1"; "" or NULL: nothing */
} gmt_options;

/* Defaults: 10 ms, 64 MiB, "memory_traces", ranks and world size by the launcher's variables (see
 * identity.md), and what the environment says. Strings belong to the environment. GMT_INVALID where
 * `options` is NULL or the size can be none.
 */
GMT_API gmt_status gmt_options_init(gmt_options *options, size_t size);

static inline gmt_options gmt_default_options(void)
{
    gmt_options options;
    gmt_options_init(&options, sizeof options);
    return options;
}

/* Begins a recording. *tracer stays NULL on failure, and a line on stderr says why. The options are
 * copied; NULL: the defaults. A recording that a run left under the same name is kept: its name
 * gets the stamp of its last change as a further tag, "..._ts1763683200.gmtrace". */
GMT_API gmt_status gmt_start_sized(const gmt_options *options, size_t size, gmt_tracer **tracer);

static inline gmt_status gmt_start(const gmt_options *options, gmt_tracer **tracer)
{
    return gmt_start_sized(options, sizeof *options, tracer);
}

/* Begins an iteration: samples from now on are its own, and the sampling thread runs. Numbers from
 * -2^39 to 2^39-1. Times in the trace count from gmt_start on, through all iterations. */
GMT_API void gmt_next_iteration(gmt_tracer *tracer, int64_t iteration);

/* What was begun last was no iteration: what follows a program's last step, say. Its samples and
 * events count to the one before, its figures to nothing. Numbers of iterations must ascend. */
GMT_API void gmt_join_iteration(gmt_tracer *tracer);

/* The sampling thread rests until the next iteration. */
GMT_API void gmt_pause(gmt_tracer *tracer);

/* Records a sample of the current iteration: what the program's allocator has handed out, and what
 * it has reserved of the device. Either figure may be GMT_UNKNOWN. */
GMT_API void gmt_log_sample(gmt_tracer *tracer, uint64_t allocated_bytes, uint64_t reserved_bytes);

/* Record an iteration's figure: what is allocated before the forward pass, the most during the
 * iteration, both as the program's allocator has it, and what a formula says. Of several calls for
 * one iteration the last stands. */
GMT_API void gmt_log_static(gmt_tracer *tracer, int64_t iteration, uint64_t bytes);
GMT_API void gmt_log_peak(gmt_tracer *tracer, int64_t iteration, uint64_t bytes);
GMT_API void gmt_log_theoretical(gmt_tracer *tracer, int64_t iteration, uint64_t bytes);

/* Further figures of an iteration. */
typedef enum gmt_figure {
    GMT_EXPECTED_PEAK,     /* bytes: what the rank should be seen to use: gmt_expected_peak_bytes */
    GMT_RESERVED_PEAK,     /* bytes: the most that the program's allocator held of the device */
    GMT_INACTIVE_PEAK,     /* bytes: the most in unused pieces of blocks that are partly in use */
    GMT_FORWARD_PEAK,      /* bytes: the most that was allocated during the forward passes, */
    GMT_BACKWARD_PEAK,     /* the backward passes, */
    GMT_STEP_PEAK,         /* and the optimizer's step */
    GMT_ALLOCATOR_RETRIES, /* times the allocator found no room, gave back what it held unused, and
                              asked again */
    GMT_OUT_OF_MEMORY,     /* times it ran out of memory */
} gmt_figure;

/* Record such a figure; of several calls for one figure of an iteration the last stands. */
GMT_API void gmt_log_figure(gmt_tracer *tracer, int64_t iteration, gmt_figure figure,
                            uint64_t value);

static inline void gmt_log_expected_peak(gmt_tracer *tracer, int64_t iteration, uint64_t bytes)
{
    gmt_log_figure(tracer, iteration, GMT_EXPECTED_PEAK, bytes);
}

/* Takes a sample of the process's resident memory, now, where that is what samples are of: so that
 * an iteration shorter than the interval has some, too. Returns it, bytes; GMT_UNKNOWN where
 * samples are of something else. Makes a few system calls. */
GMT_API uint64_t gmt_sample_resident(gmt_tracer *tracer);

/* A named event on the timeline, now. The name is copied; its first 64 bytes count. */
GMT_API void gmt_mark(gmt_tracer *tracer, const char *name);

/* What else explains a difference between two runs: a version, a setting, under its name (without a
 * '='). Of several values for one name the last stands. Both are copied; their first 510 bytes
 * count. The device's name and PYTORCH_CUDA_ALLOC_CONF are recorded by themselves. */
GMT_API void gmt_log_environment(gmt_tracer *tracer, const char *name, const char *value);

/* Tells the current figures of the program's allocator, handed out and reserved, either of which
 * may be GMT_UNKNOWN. Returns 0, or anything else where they could not be read this time. Called by
 * the sampling thread, one call at a time. */
typedef int (*gmt_source_fn)(void *context, uint64_t *allocated_bytes, uint64_t *reserved_bytes);

/* Samples come from this function from now on, instead of from what was found. The context must
 * live until gmt_stop, or until another source is set. Once this returns GMT_OK, the old source is
 * not called any more. A source that fails is asked again at the next sample; one that fails ten
 * times and for a second on end is dropped. GMT_INVALID from within a source. */
GMT_API gmt_status gmt_set_source(gmt_tracer *tracer, gmt_source_fn source, void *context);

/* Called by the sampling thread when memory in use (the larger of allocated and reserved) reaches
 * the share of the device's capacity. It may log, and must not take long: samples wait for it. */
typedef void (*gmt_threshold_fn)(void *context, uint64_t used_bytes, uint64_t total_bytes);

/* Watches the samples: `reached` is called when one is at or over share (0 to 1, e.g. 0.9) of the
 * device's capacity, and again only after they have fallen a twentieth below it in between. One
 * threshold a tracer; a later call replaces it, and NULL removes it. The capacity is that of the
 * device found at the start (of the machine's memory where there is none), also when samples come
 * from gmt_set_source. GMT_INVALID from within a callback, GMT_NO_CAPACITY without one. */
GMT_API gmt_status gmt_on_threshold(gmt_tracer *tracer, double share, gmt_threshold_fn reached,
                                    void *context);

/* Ends the recording: stops the thread, writes the JSON file whole or not at all, and removes the
 * recording (GMT_KEEP_RECORDING=1 keeps it). Blocks for as long as writing takes; a source that
 * hangs is left behind after three seconds. A tracer that still runs at exit() is stopped then, and
 * a second call does nothing. GMT_INVALID from within a callback. */
GMT_API gmt_status gmt_stop(gmt_tracer *tracer);

/* Where the JSON file goes, or went: the folder may be GMT_DIR's, and the name may say more than
 * the options did. NULL for a NULL tracer; else the string lives as long as the process. */
GMT_API const char *gmt_output_path(const gmt_tracer *tracer);

/* A setting of the job: the name that Megatron-LM's argument has ("num_layers"), or that the
 * column of a configuration has ("micro_batches", "zero"; see configuration.md), and its value as
 * Megatron-LM's log prints it ("96", "True", "None"). */
typedef struct gmt_argument {
    const char *name, *value;
} gmt_argument;

/* What they say of the configuration, as tags of a file's name, for gmt_options.tags:
 * "wd8_tp2_pp4_l96". Names that say nothing of it are passed over; "" where none does. GMT_INVALID,
 * and "", where it does not fit. */
GMT_API gmt_status gmt_argument_tags(const gmt_argument *arguments, size_t count, char *tags,
                                     size_t size);

/* English text, never NULL. */
GMT_API const char *gmt_status_text(gmt_status status);
GMT_API const char *gmt_version(void);

#ifdef __cplusplus
}
#endif

#include "gmtrace_model.h" /* theoretical memory */

#endif
