#include "tracer/preload/session.h"

#include "tracer/library/environment.h"
#include "tracer/library/identity.h"
#include "tracer/library/options.h"
#include "tracer/library/preload_link.h"
#include "tracer/library/tracer_internal.h"
#include "tracer/preload/ledger.h"
#include "tracer/preload/settings.h"

#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Steps are recorded as they happen; in between a sample a second shows that nothing did. */
static const double HEARTBEAT_S = 1;

static pthread_mutex_t starting = PTHREAD_MUTEX_INITIALIZER;
static _Atomic bool tried; /* to begin a trace: the tracer stands, or never will */
static gmt_tracer *_Atomic tracer;
static _Atomic bool adopted;
static _Atomic bool counting; /* the ledger's steps are recorded: from the first allocation on */
static _Atomic bool iterated; /* training code has begun an iteration */
static struct source beside;  /* tells something until then, where training code began the trace */
static _Atomic uint64_t framework = GMT_UNKNOWN; /* what training code says is allocated */
static uint64_t peak;                            /* with the ledger locked */
static _Atomic uint64_t told_peak;

void session_print(const char *what)
{
    fprintf(stderr, "gmtrace: process %ld: %s\n", (long)getpid(), what);
}

/* ---- figures ---- */

/* The ledger is locked, so that sums stand in the trace in their order. */
static void record(uint64_t bytes)
{
    uint64_t allocated = atomic_load_explicit(&framework, memory_order_relaxed);
    bool known = allocated != GMT_UNKNOWN;
    tracer_log_sample(atomic_load_explicit(&tracer, memory_order_relaxed),
                      known ? allocated : bytes, bytes,
                      known ? TRACE_MEASURE_ALLOCATOR : TRACE_MEASURE_DRIVER, TRACE_MEASURE_DRIVER);
    if (bytes > peak)
        peak = bytes;
}

static void record_now(void *context, uint64_t bytes)
{
    *(uint64_t *)context = bytes;
    record(bytes);
}

static void take_peak(void *context, uint64_t bytes)
{
    (void)bytes;
    *(uint64_t *)context = peak;
}

/* Samples go round in their ring; the peak stays. Training code has peaks of its own. */
static void log_peak(void)
{
    uint64_t bytes;
    if (atomic_load(&adopted))
        return;
    ledger_look(take_peak, &bytes);
    if (atomic_exchange(&told_peak, bytes) != bytes)
        tracer_log_sampled_peak(atomic_load(&tracer), 0, bytes);
}

/* The source of training code's own, if it has set one. */
struct inner_source {
    gmt_source_fn read;
    void *context;
};

/* Before the first allocation: what the tracer records without trace_command. */
static int read_beside(const struct inner_source *inner, uint64_t *allocated, uint64_t *reserved)
{
    enum trace_measure allocated_of = inner ? TRACE_MEASURE_ALLOCATOR : beside.allocated_of;
    enum trace_measure reserved_of = inner ? TRACE_MEASURE_ALLOCATOR : beside.reserved_of;
    int error = inner         ? inner->read(inner->context, allocated, reserved)
                : beside.read ? beside.read(beside.state, allocated, reserved)
                              : 0;
    if (error || (*allocated == GMT_UNKNOWN && *reserved == GMT_UNKNOWN))
        return error;
    ledger_lock(); /* reading takes time: what is counted may have begun meanwhile */
    if (!atomic_load(&counting))
        tracer_log_sample(atomic_load(&tracer), *allocated, *reserved, allocated_of, reserved_of);
    ledger_unlock();
    return 0;
}

static int read_source(void *state, uint64_t *allocated, uint64_t *reserved)
{
    const struct inner_source *inner = state;
    if (!atomic_load(&counting))
        return read_beside(inner, allocated, reserved);
    if (inner) {
        int error = inner->read(inner->context, allocated, reserved);
        if (error)
            return error;
        if (*allocated != GMT_UNKNOWN)
            atomic_store(&framework, *allocated);
    }
    ledger_look(record_now, reserved);
    if (*allocated == GMT_UNKNOWN)
        *allocated = *reserved;
    log_peak();
    return 0;
}

static gmt_status set_inner_source_with_remark(gmt_tracer *of, gmt_source_fn read, void *context,
                                               const char *remark)
{
    struct inner_source *inner = NULL;
    if (read && !(inner = malloc(sizeof *inner)))
        return GMT_NO_MEMORY;
    if (inner)
        *inner = (struct inner_source){read, context};
    struct source source = {.name = "the source that was set",
                            .read = read_source,
                            .close = inner ? free : NULL,
                            .state = inner,
                            .remark = remark,
                            .records_itself = true};
    gmt_status status = tracer_set_source(of, &source);
    if (status != GMT_OK)
        free(inner);
    return status;
}

static gmt_status set_inner(gmt_tracer *of, gmt_source_fn read, void *context)
{
    return set_inner_source_with_remark(of, read, context, NULL);
}

/* ---- beginning ---- */

static long number_of(const char *name)
{
    const char *text = getenv(name);
    return text ? strtol(text, NULL, 10) : 0;
}

/* Training code's options (or NULL). The folder is the one that trace_command was given in any
 * case: GMT_DIR rules. */
static gmt_options take_options(const gmt_options *given)
{
    gmt_options options = gmt_default_options();
    if (given)
        return *given;
    options.tp = number_of(PRELOAD_TP);
    options.pp = number_of(PRELOAD_PP);
    options.tags = getenv(PRELOAD_TAGS);
    options.interval_s = HEARTBEAT_S;
    return options;
}

bool session_is_the_command(void)
{
    return number_of(PRELOAD_PROCESS) == getpid();
}

static bool is_one_to_trace(void)
{
    return identity_find().rank >= 0 || session_is_the_command();
}

bool session_is_to_be_traced(void)
{
    return !environment_read(NULL).disable && is_one_to_trace();
}

bool session_was_tried(void)
{
    return atomic_load(&tried);
}

static void log_last_peak(void)
{
    log_peak();
}

/* Begins to record what is allocated. `starting` is held. */
static void count(void)
{
    gmt_tracer *begun = atomic_load(&tracer);
    if (begun && !atomic_load(&iterated))
        gmt_next_iteration(begun, 0);
    ledger_lock();
    atomic_store(&counting, true);
    ledger_unlock();
    if (begun)
        ledger_on_change(record);
}

/* What is there to sample before anything is allocated; what is to be said of it, or NULL. */
static const char *open_beside(const gmt_options *options)
{
    if (options->interval_s <= 0 ||
        source_open_cuda(&beside, options->device, options->local_rank) ||
        !source_open_host(&beside) || options->rank != 0)
        return NULL;
    return "there is no GPU: samples are the process's resident memory until one is used";
}

/* A program that calls gmt_start may never use a GPU: then it is traced as it would be without us.
 */
static void start(const gmt_options *given, bool by_program)
{
    gmt_options options = take_options(given);
    gmt_tracer *begun = NULL;
    /* Before the tracer's own: at a fork its locks are taken first, then the ledger's. */
    pthread_atfork(ledger_lock, ledger_unlock, ledger_unlock);
    if (tracer_start(&options, sizeof options, true, &begun) != GMT_OK)
        return; /* said so, unless another process of this rank has it */
    atexit(log_last_peak);
    const char *remark = by_program ? open_beside(&options) : NULL;
    if (set_inner_source_with_remark(begun, NULL, NULL, remark) == GMT_OK)
        atomic_store(&tracer, begun);
}

static void start_once(const gmt_options *given, bool by_program)
{
    int saved = errno;
    pthread_mutex_lock(&starting);
    if (!atomic_load(&tried)) {
        if (is_one_to_trace())
            start(given, by_program);
        else
            session_print("it allocates GPU memory, and has no rank in its environment: not traced "
                          "(RANK=0 would)");
        if (!by_program || !atomic_load(&tracer))
            count();
        atomic_store(&tried, true);
    }
    pthread_mutex_unlock(&starting);
    errno = saved;
}

static void count_once(void)
{
    int saved = errno;
    pthread_mutex_lock(&starting);
    if (!atomic_load(&counting))
        count();
    pthread_mutex_unlock(&starting);
    errno = saved;
}

void session_begin(void)
{
    if (!atomic_load_explicit(&tried, memory_order_acquire))
        start_once(NULL, false);
    else if (!atomic_load_explicit(&counting, memory_order_acquire))
        count_once();
}

void session_failed(uint64_t bytes, int status)
{
    char text[65];
    enum { NO_MEMORY = 2 }; /* of the runtime and the driver alike */
    if (status == NO_MEMORY)
        snprintf(text, sizeof text, "out of memory: %" PRIu64 " bytes asked for", bytes);
    else
        snprintf(text, sizeof text, "allocation of %" PRIu64 " bytes failed: error %d", bytes,
                 status);
    session_begin();
    gmt_mark(atomic_load(&tracer), text);
}

void session_uncounted(void)
{
    static _Atomic bool said;
    if (atomic_exchange(&said, true))
        return;
    int saved = errno;
    session_print("out of memory: what it allocates is no longer counted in full");
    gmt_mark(atomic_load(&tracer), "out of memory: figures are incomplete from here on");
    errno = saved;
}

/* ---- training code that calls gmt_* itself ---- */

static gmt_tracer *adopt(const gmt_options *given, size_t size)
{
    gmt_options options;
    if (options_take(given, size, &options))
        return NULL; /* the caller's own start says why */
    if (is_one_to_trace())
        start_once(given ? &options : NULL, true);
    gmt_tracer *begun = atomic_load(&tracer);
    if (!begun || atomic_exchange(&adopted, true))
        return NULL; /* a second tracer of the process is its own affair */
    if (tracer_set_interval(begun, options.interval_s) != GMT_OK)
        return NULL; /* inherited by fork */
    return begun;
}

static void next_iteration(gmt_tracer *of, int64_t iteration)
{
    atomic_store(&iterated, true);
    gmt_next_iteration(of, iteration);
}

static void log_sample(gmt_tracer *of, uint64_t allocated, uint64_t reserved)
{
    uint64_t bytes;
    if (!atomic_load(&counting)) {
        gmt_log_sample(of, allocated, reserved);
        return;
    }
    /* What is reserved is known better here. */
    if (allocated != GMT_UNKNOWN)
        atomic_store(&framework, allocated);
    ledger_look(record_now, &bytes);
}

__attribute__((visibility("default"))) extern const struct preload_link gmtrace_preload_link;
const struct preload_link gmtrace_preload_link = {
    .struct_size = sizeof gmtrace_preload_link,
    .adopt = adopt,
    .next_iteration = next_iteration,
    .pause = gmt_pause,
    .log_sample = log_sample,
    .log_static = gmt_log_static,
    .log_peak = gmt_log_peak,
    .log_theoretical = gmt_log_theoretical,
    .mark = gmt_mark,
    .set_source = set_inner,
    .on_threshold = gmt_on_threshold,
    .stop = gmt_stop,
    .output_path = gmt_output_path,
    .log_environment = gmt_log_environment,
    .join_iteration = gmt_join_iteration,
    .log_figure = gmt_log_figure,
};
