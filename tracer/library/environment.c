#include "tracer/library/environment.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_on(const char *name)
{
    const char *text = getenv(name);
    return text && *text && strcmp(text, "0") != 0;
}

/* A number of at least 0 without anything behind it, or `otherwise`. */
static double number_of(const char *name, double otherwise)
{
    const char *text = getenv(name);
    if (!text || *text < '0' || *text > '9')
        return otherwise;
    char *end;
    errno = 0;
    double value = strtod(text, &end);
    return errno == 0 && *end == '\0' && value <= 1e18 ? value : otherwise;
}

struct environment environment_read(void)
{
    const char *directory = getenv("GMT_DIR");
    double interval_ms = number_of("GMT_INTERVAL_MS", -1);
    return (struct environment){
        .disable = is_on("GMT_DISABLE"),
        .keep_recording = is_on("GMT_KEEP_RECORDING"),
        .directory = directory && *directory ? directory : NULL,
        .interval_s = interval_ms < 0 ? -1 : interval_ms / 1000,
        .max_bytes = (uint64_t)number_of("GMT_MAX_BYTES", 0),
    };
}
