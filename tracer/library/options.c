#include "tracer/library/options.h"

#include "schemas/support/sized_struct.h"
#include "tracer/library/environment.h"
#include "tracer/library/identity.h"

#include <stdio.h>
#include <string.h>

static const double DEFAULT_INTERVAL_S = 0.01, LEAST_INTERVAL_S = 0.001, MOST_INTERVAL_S = 3600;
static const uint64_t DEFAULT_MAX_BYTES = 64U << 20, LEAST_MAX_BYTES = 64U << 10;
static const uint64_t MOST_MAX_BYTES = 1ULL << 40;

SIZED_STRUCT_ENDS_WITH(gmt_options, tags);

static gmt_options default_options(void)
{
    struct environment environment = environment_read();
    struct identity identity = identity_find();
    return (gmt_options){
        .directory = environment.directory ? environment.directory : "memory_traces",
        .interval_s = environment.interval_s >= 0 ? environment.interval_s : DEFAULT_INTERVAL_S,
        .max_bytes = environment.max_bytes ? environment.max_bytes : DEFAULT_MAX_BYTES,
        .rank = identity.rank,
        .local_rank = identity.local_rank,
        .world_size = identity.world_size,
        .device = -1,
    };
}

gmt_status gmt_options_init(gmt_options *options, size_t size)
{
    const gmt_options defaults = default_options();
    return options && sized_struct_give(options, size, &defaults, sizeof defaults) ? GMT_OK
                                                                                   : GMT_INVALID;
}

static bool makes_sense(const gmt_options *options)
{
    bool interval = options->interval_s == 0 || (options->interval_s >= LEAST_INTERVAL_S &&
                                                 options->interval_s <= MOST_INTERVAL_S);
    return interval && options->directory && *options->directory &&
           options->max_bytes >= LEAST_MAX_BYTES && options->max_bytes <= MOST_MAX_BYTES &&
           (!options->tags || !strchr(options->tags, '/'));
}

const char *options_take(const gmt_options *given, size_t size, gmt_options *options)
{
    *options = default_options();
    if (given && !sized_struct_take(options, sizeof *options, given, size))
        return "the program was built with a newer gmtrace, and sets an option that this library, "
               "version " GMTRACE_VERSION ", does not know";
    if (options->rank < 0)
        options->rank = 0;
    return makes_sense(options) ? NULL : gmt_status_text(GMT_INVALID);
}

bool options_tags(char *buffer, size_t size, const gmt_options *options)
{
    const struct {
        const char *key;
        int64_t value;
    } sizes[] = {
        {"wd", options->world_size}, {"tp", options->tp}, {"pp", options->pp}, {"dp", options->dp}};
    size_t used = 0;
    buffer[0] = '\0';
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes && used < size; i++)
        if (sizes[i].value > 0)
            used += (size_t)snprintf(buffer + used, size - used, "%s%s%lld", used ? "_" : "",
                                     sizes[i].key, (long long)sizes[i].value);
    if (options->tags && *options->tags && used < size)
        used +=
            (size_t)snprintf(buffer + used, size - used, "%s%s", used ? "_" : "", options->tags);
    return used < size;
}
