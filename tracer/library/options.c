#include "tracer/library/options.h"

#include "tracer/library/environment.h"
#include "tracer/library/identity.h"

#include <stdio.h>
#include <string.h>

static const double DEFAULT_INTERVAL_S = 0.01, LEAST_INTERVAL_S = 0.001, MOST_INTERVAL_S = 3600;
static const uint64_t DEFAULT_MAX_BYTES = 64U << 20, LEAST_MAX_BYTES = 64U << 10;
static const uint64_t MOST_MAX_BYTES = 1ULL << 40;
static const size_t LARGEST_STRUCT = 4096; /* anything larger is not a size, but a mistake */

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

/* A program that was built with an older, shorter struct leaves the rest at its default; one that
 * was built with a newer one has its surplus passed over. */
bool options_take(const gmt_options *given, gmt_options *options)
{
    *options = gmt_default_options();
    if (given) {
        if (given->struct_size < sizeof given->struct_size || given->struct_size > LARGEST_STRUCT)
            return false;
        size_t known = given->struct_size < sizeof *options ? given->struct_size : sizeof *options;
        memcpy(options, given, known);
    }
    if (options->rank < 0)
        options->rank = 0;
    bool interval = options->interval_s == 0 || (options->interval_s >= LEAST_INTERVAL_S &&
                                                 options->interval_s <= MOST_INTERVAL_S);
    return interval && options->directory && *options->directory &&
           options->max_bytes >= LEAST_MAX_BYTES && options->max_bytes <= MOST_MAX_BYTES &&
           (!options->tags || !strchr(options->tags, '/'));
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
