/* The public calls, and which tracers run in this process. */
#include "tracer/gmtrace.h"

#include "schemas/base/output_file.h"
#include "schemas/recording.h"
#include "schemas/trace_json.h"
#include "schemas/trace_name.h"
#include "tracer/environment.h"
#include "tracer/housekeeper.h"
#include "tracer/identity.h"
#include "tracer/recorder.h"
#include "tracer/source.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const double DEFAULT_INTERVAL_S = 0.01, LEAST_INTERVAL_S = 0.001, MOST_INTERVAL_S = 3600;
static const uint64_t DEFAULT_MAX_BYTES = 64U << 20, LEAST_MAX_BYTES = 64U << 10;

/* Never freed, so that a call after gmt_stop finds that it has nothing to do. A process has few. */
struct gmt_tracer {
    _Atomic bool running;
    struct recorder *recorder;
    struct housekeeper *housekeeper;
    _Atomic int64_t iteration;
    _Atomic bool sampling;
    bool keep_recording;
    char *path;      /* of the recording */
    char *json_path; /* of what it becomes */
    gmt_tracer *next;
};

/* All tracers of the process. The lock is held for starting and stopping only; fork takes it too,
 * so that a child never inherits it locked. */
static pthread_mutex_t tracers_lock = PTHREAD_MUTEX_INITIALIZER;
static gmt_tracer *tracers;
static pthread_once_t hooks_once = PTHREAD_ONCE_INIT;

/* ---- options ---- */

gmt_options gmt_default_options(void)
{
    struct environment environment = environment_read();
    struct identity identity = identity_find();
    return (gmt_options){
        .struct_size = sizeof(gmt_options),
        .directory = environment.directory ? environment.directory : "memory_traces",
        .interval_s = environment.interval_s >= 0 ? environment.interval_s : DEFAULT_INTERVAL_S,
        .max_bytes = environment.max_bytes ? environment.max_bytes : DEFAULT_MAX_BYTES,
        .rank = identity.rank,
        .local_rank = identity.local_rank,
        .world_size = identity.world_size,
        .device = -1,
    };
}

/* A program that was built with an older, shorter struct leaves the rest at its default. */
static bool take_options(const gmt_options *given, gmt_options *options)
{
    *options = gmt_default_options();
    if (!given)
        return true;
    if (given->struct_size < sizeof given->struct_size || given->struct_size > 4096)
        return false;
    size_t known = given->struct_size < sizeof *options ? given->struct_size : sizeof *options;
    memcpy(options, given, known);
    if (options->rank < 0)
        options->rank = 0;
    bool interval = options->interval_s == 0 || (options->interval_s >= LEAST_INTERVAL_S &&
                                                 options->interval_s <= MOST_INTERVAL_S);
    return interval && options->directory && *options->directory &&
           options->max_bytes >= LEAST_MAX_BYTES && options->max_bytes <= UINT64_MAX / 2 &&
           (!options->tags || !strchr(options->tags, '/'));
}

/* "wd8_tp2_pp4_..." from the sizes that are known, then the caller's own tags. */
static void put_tags(char *buffer, size_t size, const gmt_options *options)
{
    const struct {
        const char *key;
        int64_t value;
    } sizes[] = {
        {"wd", options->world_size}, {"tp", options->tp}, {"pp", options->pp}, {"dp", options->dp}};
    size_t used = 0;
    buffer[0] = '\0';
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (sizes[i].value > 0)
            used += (size_t)snprintf(buffer + used, size - used, "%s%s%lld", used ? "_" : "",
                                     sizes[i].key, (long long)sizes[i].value);
    if (options->tags && *options->tags && used < size)
        snprintf(buffer + used, size - used, "%s%s", used ? "_" : "", options->tags);
}

/* ---- starting ---- */

static void before_fork(void)
{
    pthread_mutex_lock(&tracers_lock);
}

static void in_parent(void)
{
    pthread_mutex_unlock(&tracers_lock);
}

static void in_child(void)
{
    for (gmt_tracer *tracer = tracers; tracer; tracer = tracer->next)
        if (atomic_exchange(&tracer->running, false))
            recorder_abandon_in_child(tracer->recorder);
    pthread_mutex_unlock(&tracers_lock);
}

static void stop_all(void)
{
    for (;;) {
        pthread_mutex_lock(&tracers_lock);
        gmt_tracer *tracer = tracers;
        while (tracer && !atomic_load(&tracer->running))
            tracer = tracer->next;
        pthread_mutex_unlock(&tracers_lock);
        if (!tracer)
            return;
        gmt_stop(tracer);
    }
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

static int open_parts(gmt_tracer *tracer, const gmt_options *options, const char *tags)
{
    struct source source = {0};
    if (options->interval_s > 0)
        (void)source_open_host(&source); /* without it, only what is logged is recorded */
    const struct recorder_options recording = {.path = tracer->path,
                                               .max_bytes = options->max_bytes,
                                               .rank = options->rank,
                                               .world_size = options->world_size,
                                               .device = source.name ? source.name : "",
                                               .tags = tags};
    int error = recorder_open(&recording, &tracer->recorder);
    const struct housekeeper_options housekeeping = {.recorder = tracer->recorder,
                                                     .iteration = &tracer->iteration,
                                                     .sampling = &tracer->sampling,
                                                     .interval_ns =
                                                         (uint64_t)(options->interval_s * 1e9),
                                                     .source = source};
    if (!error) {
        error = housekeeper_start(&housekeeping, &tracer->housekeeper);
        if (error) {
            recorder_close(tracer->recorder);
            unlink(tracer->path);
        }
    }
    if (error && source.close)
        source.close(source.state);
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

gmt_status gmt_start(const gmt_options *given, gmt_tracer **started)
{
    if (!started)
        return GMT_INVALID;
    *started = NULL;
    struct environment environment = environment_read();
    if (environment.disable)
        return GMT_DISABLED;
    gmt_options options;
    if (!take_options(given, &options))
        return fail(&options, GMT_INVALID, gmt_status_text(GMT_INVALID));
    struct fault fault;
    if (!make_folders(options.directory, &fault))
        return fail(&options, GMT_NO_FOLDER, fault.text);
    gmt_tracer *tracer = calloc(1, sizeof *tracer);
    if (!tracer)
        return fail(&options, GMT_NO_MEMORY, gmt_status_text(GMT_NO_MEMORY));
    char tags[256];
    put_tags(tags, sizeof tags, &options);
    if (!make_paths(tracer, &options, tags)) {
        forget(tracer);
        return fail(&options, GMT_INVALID, "the file's name does not fit");
    }
    tracer->keep_recording = environment.keep_recording;
    int error = open_parts(tracer, &options, tags);
    if (error) {
        forget(tracer);
        return fail(&options, status_of(error), strerror(error));
    }
    pthread_once(&hooks_once, set_hooks);
    pthread_mutex_lock(&tracers_lock);
    tracer->next = tracers;
    tracers = tracer;
    pthread_mutex_unlock(&tracers_lock);
    atomic_store(&tracer->running, true);
    *started = tracer;
    return GMT_OK;
}

/* ---- logging ---- */

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
    if (!runs(tracer) || !can_be_recorded(iteration))
        return;
    atomic_store(&tracer->iteration, iteration);
    note(tracer, iteration, RECORDING_ITERATION, 0);
    atomic_store(&tracer->sampling, true);
}

void gmt_pause(gmt_tracer *tracer)
{
    if (runs(tracer))
        atomic_store(&tracer->sampling, false);
}

void gmt_log_sample(gmt_tracer *tracer, uint64_t allocated_bytes, uint64_t reserved_bytes)
{
    if (runs(tracer))
        recorder_sample(tracer->recorder,
                        atomic_load_explicit(&tracer->iteration, memory_order_relaxed),
                        allocated_bytes, reserved_bytes);
}

void gmt_log_static(gmt_tracer *tracer, int64_t iteration, uint64_t bytes)
{
    note(tracer, iteration, RECORDING_STATIC, bytes);
}

void gmt_log_peak(gmt_tracer *tracer, int64_t iteration, uint64_t bytes)
{
    note(tracer, iteration, RECORDING_PEAK, bytes);
}

void gmt_log_theoretical(gmt_tracer *tracer, int64_t iteration, uint64_t bytes)
{
    note(tracer, iteration, RECORDING_THEORETICAL, bytes);
}

void gmt_mark(gmt_tracer *tracer, const char *name)
{
    enum { PIECES = 4 };
    if (!runs(tracer) || !name)
        return;
    size_t length = strnlen(name, (size_t)PIECES * RECORDING_NAME_BYTES), count = 0;
    struct recorder_note pieces[PIECES] = {{.kind = RECORDING_MARK}};
    do {
        size_t at = count * RECORDING_NAME_BYTES;
        size_t left = length - at < RECORDING_NAME_BYTES ? length - at : RECORDING_NAME_BYTES;
        pieces[count].kind = count ? RECORDING_MARK_MORE : RECORDING_MARK;
        memcpy(pieces[count].values, name + at, left);
        count++;
    } while (count * RECORDING_NAME_BYTES < length);
    recorder_note(tracer->recorder, atomic_load(&tracer->iteration), pieces, count);
}

gmt_status gmt_set_source(gmt_tracer *tracer, gmt_source_fn source, void *context)
{
    if (!source)
        return GMT_INVALID;
    if (!runs(tracer))
        return GMT_STOPPED;
    /* The lock keeps gmt_stop from ending the thread meanwhile. */
    pthread_mutex_lock(&tracers_lock);
    bool running = tracer->housekeeper != NULL;
    if (running)
        housekeeper_set_source(
            tracer->housekeeper,
            (struct source){.name = "the source that was set", .read = source, .state = context});
    pthread_mutex_unlock(&tracers_lock);
    return running ? GMT_OK : GMT_STOPPED;
}

/* ---- stopping ---- */

static bool write_json(gmt_tracer *tracer, struct fault *fault)
{
    struct trace trace = {0};
    size_t length = 0;
    const void *bytes = recorder_bytes(tracer->recorder, &length);
    bool written = bytes
                       ? recording_parse(bytes, length, tracer->path, TRACE_FULL, &trace, fault) &&
                             trace_json_write(tracer->json_path, &trace, fault)
                       : fault_set_errno(fault, errno, "%s: cannot be read", tracer->path);
    trace_free(&trace);
    if (bytes)
        munmap((void *)bytes, length);
    return written;
}

gmt_status gmt_stop(gmt_tracer *tracer)
{
    if (!tracer || !atomic_exchange(&tracer->running, false))
        return GMT_STOPPED;
    int saved = errno;
    pthread_mutex_lock(&tracers_lock);
    struct housekeeper *housekeeper = tracer->housekeeper;
    tracer->housekeeper = NULL;
    pthread_mutex_unlock(&tracers_lock);
    housekeeper_stop(housekeeper);
    recorder_end(tracer->recorder);
    struct fault fault = {0};
    bool written = write_json(tracer, &fault);
    if (!written)
        fprintf(stderr, "gmtrace: %s; the recording was kept\n", fault.text);
    recorder_close(tracer->recorder);
    if (written && !tracer->keep_recording)
        unlink(tracer->path);
    errno = saved;
    return written ? GMT_OK : GMT_NOT_WRITTEN;
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
