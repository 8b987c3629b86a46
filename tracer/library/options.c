#include "tracer/library/options.h"

#include "schemas/support/sized_struct.h"
#include "tracer/library/environment.h"
#include "tracer/library/identity.h"

#include <string.h>

static const double DEFAULT_INTERVAL_S = 0.01, LEAST_INTERVAL_S = 0.001, MOST_INTERVAL_S = 3600;
static const uint64_t DEFAULT_MAX_BYTES = 64U << 20, LEAST_MAX_BYTES = 64U << 10;
static const uint64_t MOST_MAX_BYTES = 1ULL << 40;

SIZED_STRUCT_ENDS_WITH(gmt_options, tags);

/* What an operator says: it rules over the program, but where the program wants no samples there
 * may be none to be taken. */
static void take_environment(gmt_options *options)
{
    struct environment environment = environment_read(NULL);
    if (environment.directory)
        options->directory = environment.directory;
    if (environment.interval_s >= 0 && options->interval_s != 0)
        options->interval_s = environment.interval_s;
    if (environment.max_bytes)
        options->max_bytes = environment.max_bytes;
}

/* A sweep knows how large the world is that a run stands for; its launcher may have started a
 * single rank of it. */
static int64_t world_size(const struct identity *identity)
{
    struct dimension_value value = environment_dimension(DIMENSION_WORLD_SIZE, NULL);
    return value.known && value.number > 0 ? value.number : identity->world_size;
}

static gmt_options default_options(void)
{
    struct identity identity = identity_find();
    gmt_options options = {
        .directory = "memory_traces",
        .interval_s = DEFAULT_INTERVAL_S,
        .max_bytes = DEFAULT_MAX_BYTES,
        .rank = identity.rank,
        .local_rank = identity.local_rank,
        .world_size = world_size(&identity),
        .tp_rank = -1,
        .cp_rank = -1,
        .dp_rank = -1,
        .pp_rank = -1,
        .ep_rank = -1,
        .device = -1,
    };
    take_environment(&options);
    return options;
}

gmt_status gmt_options_init(gmt_options *options, size_t size)
{
    const gmt_options defaults = default_options();
    return options && sized_struct_give(options, size, &defaults, sizeof defaults) ? GMT_OK
                                                                                   : GMT_INVALID;
}

bool options_is_interval(double interval_s)
{
    return interval_s == 0 || (interval_s >= LEAST_INTERVAL_S && interval_s <= MOST_INTERVAL_S);
}

bool options_is_max_bytes(double max_bytes)
{
    return max_bytes >= (double)LEAST_MAX_BYTES && max_bytes <= (double)MOST_MAX_BYTES;
}

static bool makes_sense(const gmt_options *options)
{
    return options_is_interval(options->interval_s) && options->directory && *options->directory &&
           options_is_max_bytes((double)options->max_bytes) &&
           (!options->tags || !strchr(options->tags, '/'));
}

const char *options_take(const gmt_options *given, size_t size, gmt_options *options)
{
    *options = default_options();
    if (given && !sized_struct_take(options, sizeof *options, given, size))
        return "the program was built with a newer gmtrace, and sets an option that this library, "
               "version " GMTRACE_VERSION ", does not know";
    take_environment(options);
    if (options->rank < 0)
        options->rank = 0;
    return makes_sense(options) ? NULL : gmt_status_text(GMT_INVALID);
}
