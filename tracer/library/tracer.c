/* The public calls, and which tracers run in this process. */
#include "tracer/gmtrace.h"

#include "schemas/recording/recording.h"
#include "schemas/support/mapped_file.h"
#include "schemas/support/mapping_guard.h"
#include "schemas/support/output_file.h"
#include "schemas/trace/json/trace_json.h"
#include "schemas/trace/trace_name.h"
#include "tracer/library/environment.h"
#include "tracer/library/file_signals.h"
#include "tracer/library/file_tags.h"
#include "tracer/library/options.h"
#include "tracer/library/preload_link.h"
#include "tracer/library/recorder.h"
#include "tracer/library/sampler.h"
#include "tracer/library/stay_loaded.h"
#include "tracer/library/tracer_internal.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Never freed, so that a call after gmt_stop finds that it has nothing to do. A process has few. */
struct gmt_tracer {
    _Atomic bool running;
    struct recorder *recorder;
    struct sampler *sampler; /* NULL once stopped; read under the lock */
    uint64_t total_bytes;    /* the device's capacity; 0: not known */
    _Atomic int64_t iteration;
    _Atomic int64_t
        logged; /* the last iteration whose logged samples' measures were noted, and those */
    _Atomic bool sampling;
    _Atomic bool resident;          /* samples are of the process's resident memory */
    struct environment environment; /* as it was when the tracer was started */
    /* A trace that trace_command's library records: every call goes there, and this never runs. */
    const struct preload_link *link;
    gmt_tracer *linked;
    char *path;      /* of the recording */
    char *json_path; /* of what it becomes */
    gmt_tracer *next;
};

/* All tracers of the process, newest first; none is ever taken out. The lock is held while one
 * starts and whenever a sampler is used or taken away; fork takes it too, so that a child never
 * inherits it locked nor a tracer half made. */
static pthread_mutex_t tracers_lock = PTHREAD_MUTEX_INITIALIZER;
static gmt_tracer *tracers;
static pthread_once_t hooks_once = PTHREAD_ONCE_INIT;

/* Behind the last tracer: the library may be unloaded. The lock is held. */
static void withdraw_guard(void)
{
    if (!mapping_guard_withdraw())
        stay_loaded();
}

/* ---- starting ---- */

static void before_fork(void)
{
    pthread_mutex_lock(&tracers_lock);
    recorder_before_fork();
}

static void in_parent(void)
{
    recorder_after_fork();
    pthread_mutex_unlock(&tracers_lock);
}

static void in_child(void)
{
    for (gmt_tracer *tracer = tracers; tracer; tracer = tracer->next)
        if (atomic_exchange(&tracer->running, false))
            recorder_abandon_in_child(tracer->recorder);
    (void)mapping_guard_withdraw();
    recorder_after_fork();
    pthread_mutex_unlock(&tracers_lock);
}

static void stop_all(void)
{
    pthread_mutex_lock(&tracers_lock);
    gmt_tracer *tracer = tracers;
    pthread_mutex_unlock(&tracers_lock);
    for (; tracer; tracer = tracer->next)
        (void)gmt_stop(tracer); /* says itself what goes wrong */
}

static void set_hooks(void)
{
    pthread_atfork(before_fork, in_parent, in_child);
    atexit(stop_all);
}

static gmt_status status_of(int error)
{
    switch (error) {
    case 0:
        return GMT_OK;
    case ENOMEM:
    case EAGAIN:
        return GMT_NO_MEMORY;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return GMT_NO_SPACE;
    case EBUSY:
        return GMT_IN_USE;
    default:
        return GMT_NO_FOLDER;
    }
}

static bool make_paths(gmt_tracer *tracer, const gmt_options *options, const char *tags)
{
    char recording[256], json[256];
    return trace_name_format(recording, sizeof recording, options->rank, tags,
                             TRACE_FORMAT_RECORDING) &&
           trace_name_format(json, sizeof json, options->rank, tags, TRACE_FORMAT_JSON) &&
           asprintf(&tracer->path, "%s/%s", options->directory, recording) >= 0 &&
           asprintf(&tracer->json_path, "%s/%s", options->directory, json) >= 0;
}

/* The GPU, else this process; without either, only what is logged is recorded. */
static struct source open_source(const gmt_options *options)
{
    static _Atomic bool said; /* a program that begins anew has heard it */
    struct source source = {0};
    if (options->interval_s <= 0 ||
        source_open_cuda(&source, options->device, options->local_rank) ||
        !source_open_host(&source))
        return source;
    if (options->rank == 0 && !atomic_exchange(&said, true)) /* one line a job is enough */
        source.remark = options->device < 0
                            ? "there is no GPU: samples are the process's resident memory"
                            : "the GPU is not found: samples are the process's resident memory";
    return source;
}

static struct coordinates coordinates_of(const gmt_options *options)
{
    struct coordinates coordinates;
    coordinate_set(&coordinates, COORDINATE_TP, options->tp_rank);
    coordinate_set(&coordinates, COORDINATE_CP, options->cp_rank);
    coordinate_set(&coordinates, COORDINATE_DP, options->dp_rank);
    coordinate_set(&coordinates, COORDINATE_PP, options->pp_rank);
    coordinate_set(&coordinates, COORDINATE_EP, options->ep_rank);
    return coordinates;
}

static void note_fact(gmt_tracer *tracer, const char *name, const char *value);

/* What this library knows of the environment itself. */
static void note_environment(gmt_tracer *tracer, const struct source *source)
{
    static const char *const settings[] = {"PYTORCH_CUDA_ALLOC_CONF", "PYTORCH_ALLOC_CONF"};
    if (*source->device_name)
        note_fact(tracer, "device", source->device_name);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        const char *value = getenv(settings[i]);
        if (value && *value)
            note_fact(tracer, settings[i], value);
    }
}

static int open_parts(gmt_tracer *tracer, const gmt_options *options, const char *tags)
{
    struct source source = open_source(options);
    const struct recorder_options recording = {.path = tracer->path,
                                               .max_bytes = options->max_bytes,
                                               .reserve_all = tracer->environment.reserve_all,
                                               .all_samples = tracer->environment.all_samples,
                                               .rank = options->rank,
                                               .world_size = options->world_size,
                                               .device = source.device,
                                               .tags = tags,
                                               .coordinates = coordinates_of(options),
                                               .device_bytes = source.total_bytes};
    int error = recorder_open(&recording, &tracer->recorder);
    const struct sampler_options sampling = {.recorder = tracer->recorder,
                                             .iteration = &tracer->iteration,
                                             .sampling = &tracer->sampling,
                                             .interval_ns = (uint64_t)(options->interval_s * 1e9),
                                             .source = source};
    if (!error) {
        error = sampler_start(&sampling, &tracer->sampler);
        if (error)
            recorder_close(tracer->recorder, true);
    }
    if (error && source.close)
        source.close(source.state);
    tracer->total_bytes = source.total_bytes;
    atomic_store(&tracer->resident, source.allocated_of == TRACE_MEASURE_PROCESS);
    if (!error)
        note_environment(tracer, &source);
    return error;
}

static void forget(gmt_tracer *tracer)
{
    free(tracer->path);
    free(tracer->json_path);
    free(tracer);
}

/* One line, with the reason; the status alone says little at 3 a.m. */
static gmt_status fail(const gmt_options *options, gmt_status status, const char *why)
{
    fprintf(stderr, "gmtrace: rank %lld is not traced: %s: %s\n", (long long)options->rank,
            options->directory ? options->directory : "(no directory)", why);
    return status;
}

/* Starts the tracer and puts it on the list. The lock is held. */
static gmt_status begin(gmt_tracer *tracer, const gmt_options *options, bool quiet)
{
    char tags[256];
    struct fault fault;
    if (!file_tags(tags, sizeof tags, options, &fault) || !make_paths(tracer, options, tags))
        return fail(options, GMT_INVALID, "the file's name does not fit");
    if (*fault.text)
        fprintf(stderr, "gmtrace: rank %lld: %s\n", (long long)options->rank, fault.text);
    if (!make_folders(options->directory, &fault))
        return fail(options, GMT_NO_FOLDER, fault.text);
    int error = open_parts(tracer, options, tags);
    if (error) {
        gmt_status status = status_of(error);
        if (status == GMT_IN_USE && quiet)
            return status;
        return fail(options, status,
                    status == GMT_IN_USE ? gmt_status_text(status) : strerror(error));
    }
    pthread_once(&hooks_once, set_hooks);
    tracer->next = tracers;
    tracers = tracer;
    atomic_store(&tracer->running, true);
    return GMT_OK;
}

gmt_status tracer_start(const gmt_options *given, size_t size, bool quiet, gmt_tracer **started)
{
    *started = NULL;
    struct fault passed_over = {0};
    struct environment environment = environment_read(&passed_over);
    if (environment.disable)
        return GMT_DISABLED;
    if (*passed_over.text)
        fprintf(stderr, "gmtrace: %s\n", passed_over.text);
    gmt_options options;
    const char *why = options_take(given, size, &options);
    if (why)
        return fail(&options, GMT_INVALID, why);
    gmt_tracer *tracer = calloc(1, sizeof *tracer);
    if (!tracer)
        return fail(&options, GMT_NO_MEMORY, gmt_status_text(GMT_NO_MEMORY));
    tracer->environment = environment;
    tracer->logged = INT64_MIN;
    struct file_signals signals;
    file_signals_hold(&signals);
    pthread_mutex_lock(&tracers_lock);
    gmt_status status = begin(tracer, &options, quiet);
    if (status != GMT_OK)
        withdraw_guard();
    pthread_mutex_unlock(&tracers_lock);
    file_signals_release(&signals);
    if (status == GMT_OK)
        *started = tracer;
    else
        forget(tracer);
    return status;
}

/* The trace that is being recorded already, as a tracer of this copy of the library. */
static gmt_tracer *adopt(const gmt_options *options, size_t size)
{
    const struct preload_link *link = preload_link_find();
    gmt_tracer *tracer = link ? calloc(1, sizeof *tracer) : NULL;
    if (!tracer)
        return NULL;
    tracer->link = link;
    tracer->linked = link->adopt(options, size);
    if (tracer->linked)
        return tracer;
    free(tracer);
    return NULL;
}

gmt_status gmt_start_sized(const gmt_options *given, size_t size, gmt_tracer **started)
{
    if (!started)
        return GMT_INVALID;
    *started = adopt(given, size);
    return *started ? GMT_OK : tracer_start(given, size, false, started);
}

/* ---- logging ---- */

static inline bool is_linked(const gmt_tracer *tracer)
{
    return tracer && tracer->link;
}

static inline bool runs(const gmt_tracer *tracer)
{
    return tracer && atomic_load_explicit(&tracer->running, memory_order_acquire);
}

static bool can_be_recorded(int64_t iteration)
{
    return iteration >= -RECORDING_ITERATION_BIAS && iteration < RECORDING_ITERATION_BIAS;
}

static void note(gmt_tracer *tracer, int64_t iteration, enum recording_kind kind, uint64_t value)
{
    if (runs(tracer) && can_be_recorded(iteration))
        recorder_note(tracer->recorder, iteration,
                      &(struct recorder_note){.kind = kind, .values = {value, 0}}, 1);
}

void gmt_next_iteration(gmt_tracer *tracer, int64_t iteration)
{
    if (is_linked(tracer))
        tracer->link->next_iteration(tracer->linked, iteration);
    if (!runs(tracer) || !can_be_recorded(iteration))
        return;
    atomic_store(&tracer->iteration, iteration);
    note(tracer, iteration, RECORDING_ITERATION, 0);
    atomic_store(&tracer->sampling, true);
}

void gmt_join_iteration(gmt_tracer *tracer)
{
    if (is_linked(tracer))
        tracer->link->join_iteration(tracer->linked);
    else if (runs(tracer))
        note(tracer, atomic_load(&tracer->iteration), RECORDING_JOINED, 0);
}

void gmt_pause(gmt_tracer *tracer)
{
    if (runs(tracer))
        atomic_store(&tracer->sampling, false);
    else if (is_linked(tracer))
        tracer->link->pause(tracer->linked);
}

/* What a sample's figures are of, which is noted once an iteration. Iterations have 40 bits. */
static inline int64_t measures_of(int64_t iteration, enum trace_measure allocated_of,
                                  enum trace_measure reserved_of)
{
    return iteration * 64 + (int64_t)allocated_of * 8 + (int64_t)reserved_of;
}

/* Out of the way of all samples but the first of an iteration, which need save no registers for it.
 */
__attribute__((noinline)) static void log_first_sample(gmt_tracer *tracer, uint64_t allocated,
                                                       uint64_t reserved,
                                                       enum trace_measure allocated_of,
                                                       enum trace_measure reserved_of)
{
    const struct recorder_note note = {.kind = RECORDING_MEASURES,
                                       .values = {(uint64_t)allocated_of, (uint64_t)reserved_of}};
    int64_t iteration = atomic_load_explicit(&tracer->iteration, memory_order_relaxed);
    atomic_store_explicit(&tracer->logged, measures_of(iteration, allocated_of, reserved_of),
                          memory_order_relaxed);
    recorder_note(tracer->recorder, iteration, &note, 1);
    recorder_sample(tracer->recorder, iteration, allocated, reserved);
}

static inline void log_sample(gmt_tracer *tracer, uint64_t allocated, uint64_t reserved,
                              enum trace_measure allocated_of, enum trace_measure reserved_of)
{
    int64_t iteration = atomic_load_explicit(&tracer->iteration, memory_order_relaxed);
    if (atomic_load_explicit(&tracer->logged, memory_order_relaxed) ==
        measures_of(iteration, allocated_of, reserved_of))
        recorder_sample(tracer->recorder, iteration, allocated, reserved);
    else
        log_first_sample(tracer, allocated, reserved, allocated_of, reserved_of);
}

void tracer_log_sample(gmt_tracer *tracer, uint64_t allocated_bytes, uint64_t reserved_bytes,
                       enum trace_measure allocated_of, enum trace_measure reserved_of)
{
    if (runs(tracer))
        log_sample(tracer, allocated_bytes, reserved_bytes, allocated_of, reserved_of);
}

void gmt_log_sample(gmt_tracer *tracer, uint64_t allocated_bytes, uint64_t reserved_bytes)
{
    if (runs(tracer))
        log_sample(tracer, allocated_bytes, reserved_bytes, TRACE_MEASURE_ALLOCATOR,
                   TRACE_MEASURE_ALLOCATOR);
    else if (is_linked(tracer))
        tracer->link->log_sample(tracer->linked, allocated_bytes, reserved_bytes);
}

void gmt_log_static(gmt_tracer *tracer, int64_t iteration, uint64_t bytes)
{
    if (is_linked(tracer))
        tracer->link->log_static(tracer->linked, iteration, bytes);
    note(tracer, iteration, RECORDING_STATIC, bytes);
}

void gmt_log_peak(gmt_tracer *tracer, int64_t iteration, uint64_t bytes)
{
    if (is_linked(tracer))
        tracer->link->log_peak(tracer->linked, iteration, bytes);
    note(tracer, iteration, RECORDING_PEAK, bytes);
}

void tracer_log_sampled_peak(gmt_tracer *tracer, int64_t iteration, uint64_t bytes)
{
    if (runs(tracer) && can_be_recorded(iteration))
        recorder_note(tracer->recorder, iteration,
                      &(struct recorder_note){.kind = RECORDING_PEAK, .values = {bytes, 1}}, 1);
}

void gmt_log_theoretical(gmt_tracer *tracer, int64_t iteration, uint64_t bytes)
{
    if (is_linked(tracer))
        tracer->link->log_theoretical(tracer->linked, iteration, bytes);
    note(tracer, iteration, RECORDING_THEORETICAL, bytes);
}

#define SAME_FIGURE(name, key, is_memory)                                                          \
    _Static_assert((int)GMT_##name == (int)TRACE_FIGURE_##name, "as trace files have it");
TRACE_FIGURE_LIST(SAME_FIGURE)
#undef SAME_FIGURE

void gmt_log_figure(gmt_tracer *tracer, int64_t iteration, gmt_figure figure, uint64_t value)
{
    if (is_linked(tracer))
        tracer->link->log_figure(tracer->linked, iteration, figure, value);
    if (!runs(tracer) || !can_be_recorded(iteration) || (unsigned)figure >= TRACE_FIGURES)
        return;
    recorder_note(
        tracer->recorder, iteration,
        &(struct recorder_note){.kind = RECORDING_FIGURE, .values = {value, (uint64_t)figure}}, 1);
}

uint64_t gmt_sample_resident(gmt_tracer *tracer)
{
    uint64_t bytes;
    if (!runs(tracer) || !atomic_load(&tracer->resident) || !source_read_resident(&bytes))
        return GMT_UNKNOWN;
    log_sample(tracer, bytes, bytes, TRACE_MEASURE_PROCESS, TRACE_MEASURE_PROCESS);
    return bytes;
}

/* A text in as many records as it takes. */
static void note_text(gmt_tracer *tracer, const char *text, size_t length,
                      enum recording_kind first, enum recording_kind more)
{
    struct recorder_note pieces[RECORDING_FACT_PIECES] = {{.kind = first}};
    size_t count = 0;
    do {
        size_t at = count * RECORDING_NAME_BYTES;
        size_t left = length - at < RECORDING_NAME_BYTES ? length - at : RECORDING_NAME_BYTES;
        pieces[count].kind = count ? more : first;
        memcpy(pieces[count].values, text + at, left);
        count++;
    } while (count * RECORDING_NAME_BYTES < length);
    recorder_note(tracer->recorder, atomic_load(&tracer->iteration), pieces, count);
}

void gmt_mark(gmt_tracer *tracer, const char *name)
{
    enum { MOST = 4 * RECORDING_NAME_BYTES };
    if (is_linked(tracer))
        tracer->link->mark(tracer->linked, name);
    if (runs(tracer) && name)
        note_text(tracer, name, strnlen(name, MOST), RECORDING_MARK, RECORDING_MARK_MORE);
}

static void note_fact(gmt_tracer *tracer, const char *name, const char *value)
{
    enum { MOST = RECORDING_FACT_PIECES * RECORDING_NAME_BYTES };
    char text[MOST];
    size_t used = strnlen(name, MOST - 1);
    memcpy(text, name, used);
    text[used++] = '=';
    size_t length = strnlen(value, MOST - used);
    memcpy(text + used, value, length);
    note_text(tracer, text, used + length, RECORDING_FACT, RECORDING_FACT_MORE);
}

void gmt_log_environment(gmt_tracer *tracer, const char *name, const char *value)
{
    if (is_linked(tracer))
        tracer->link->log_environment(tracer->linked, name, value);
    if (runs(tracer) && name && *name && !strchr(name, '=') && value)
        note_fact(tracer, name, value);
}

/* ---- callbacks ---- */

/* What both calls below have in common: the lock keeps gmt_stop from ending the thread meanwhile,
 * and the thread itself, in a callback, would wait for itself. */
static gmt_status change(gmt_tracer *tracer, const struct source *source,
                         const struct threshold *threshold)
{
    gmt_status status = GMT_STOPPED;
    if (!runs(tracer))
        return status;
    if (sampler_is_caller())
        return GMT_INVALID;
    pthread_mutex_lock(&tracers_lock);
    if (tracer->sampler) {
        int error = source ? sampler_set_source(tracer->sampler, *source)
                           : sampler_set_threshold(tracer->sampler, *threshold);
        status = error ? GMT_NO_ANSWER : GMT_OK;
        if (source && !error)
            atomic_store(&tracer->resident, source->allocated_of == TRACE_MEASURE_PROCESS);
    }
    pthread_mutex_unlock(&tracers_lock);
    return status;
}

gmt_status tracer_set_source(gmt_tracer *tracer, const struct source *source)
{
    return source ? change(tracer, source, NULL) : GMT_INVALID;
}

gmt_status tracer_set_interval(gmt_tracer *tracer, double interval_s)
{
    if (!runs(tracer))
        return GMT_STOPPED;
    pthread_mutex_lock(&tracers_lock);
    if (tracer->sampler)
        sampler_set_interval(tracer->sampler, (uint64_t)(interval_s * 1e9));
    pthread_mutex_unlock(&tracers_lock);
    return GMT_OK;
}

gmt_status gmt_set_source(gmt_tracer *tracer, gmt_source_fn source, void *context)
{
    if (is_linked(tracer))
        return tracer->link->set_source(tracer->linked, source, context);
    const struct source set = {.name = "the source that was set",
                               .read = source,
                               .allocated_of = TRACE_MEASURE_ALLOCATOR,
                               .reserved_of = TRACE_MEASURE_ALLOCATOR,
                               .state = context};
    return source ? change(tracer, &set, NULL) : GMT_INVALID;
}

gmt_status gmt_on_threshold(gmt_tracer *tracer, double share, gmt_threshold_fn reached,
                            void *context)
{
    struct threshold threshold = {0};
    if (is_linked(tracer))
        return tracer->link->on_threshold(tracer->linked, share, reached, context);
    if (!runs(tracer))
        return GMT_STOPPED;
    if (reached) {
        if (!(share > 0 && share <= 1))
            return GMT_INVALID;
        if (tracer->total_bytes == 0)
            return GMT_NO_CAPACITY;
        threshold = (struct threshold){.bytes = (uint64_t)(share * (double)tracer->total_bytes),
                                       .reached = reached,
                                       .context = context,
                                       .total_bytes = tracer->total_bytes};
        threshold.bytes += threshold.bytes == 0;
    }
    return change(tracer, NULL, &threshold);
}

/* ---- stopping ---- */

static bool write_json(gmt_tracer *tracer, struct fault *fault)
{
    struct trace trace = {0};
    struct mapped_file file;
    if (!recorder_map(tracer->recorder, &file))
        return fault_set_errno(fault, errno, "%s: cannot be read", tracer->path);
    bool read = recording_parse(file.bytes, file.length, tracer->path, TRACE_FULL, &trace, fault);
    if (mapped_file_is_cut(&file))
        read = fault_set(fault, "%s: it was changed while it was read", tracer->path);
    bool written = read && trace_json_write(tracer->json_path, &trace, fault);
    trace_free(&trace);
    mapped_file_close(&file);
    return written;
}

static struct sampler *take_sampler(gmt_tracer *tracer)
{
    pthread_mutex_lock(&tracers_lock);
    struct sampler *sampler = tracer->sampler;
    tracer->sampler = NULL;
    pthread_mutex_unlock(&tracers_lock);
    return sampler;
}

gmt_status gmt_stop(gmt_tracer *tracer)
{
    if (is_linked(tracer))
        return tracer->link->stop(tracer->linked);
    if (!runs(tracer))
        return GMT_STOPPED;
    if (sampler_is_caller())
        return GMT_INVALID;
    if (!atomic_exchange(&tracer->running, false))
        return GMT_STOPPED;
    int saved = errno;
    if (!sampler_stop(take_sampler(tracer)))
        fprintf(stderr,
                "gmtrace: a source or callback has not returned for seconds: left behind\n");
    struct file_signals signals;
    file_signals_hold(&signals);
    bool whole = recorder_check(tracer->recorder);
    struct fault fault = {0};
    recorder_end(tracer->recorder);
    bool written = whole && write_json(tracer, &fault);
    if (whole && !written)
        fprintf(stderr, "gmtrace: %s%s\n", fault.text,
                access(tracer->path, F_OK) == 0 ? "; the recording was kept" : "");
    recorder_close(tracer->recorder, written && !tracer->environment.keep_recording);
    file_signals_release(&signals);
    pthread_mutex_lock(&tracers_lock);
    withdraw_guard();
    pthread_mutex_unlock(&tracers_lock);
    errno = saved;
    return written ? GMT_OK : GMT_NOT_WRITTEN;
}

const char *gmt_output_path(const gmt_tracer *tracer)
{
    if (is_linked(tracer))
        return tracer->link->output_path(tracer->linked);
    return tracer ? tracer->json_path : NULL;
}

/* ---- words ---- */

const char *gmt_status_text(gmt_status status)
{
    switch (status) {
#define STATUS_TEXT(name, text)                                                                    \
    case name:                                                                                     \
        return text;
        GMT_STATUS_LIST(STATUS_TEXT)
#undef STATUS_TEXT
    }
    return "an unknown status";
}

const char *gmt_version(void)
{
    return GMTRACE_VERSION;
}
