#include "tracer/library/environment.h"

#include "tracer/library/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const char *name)
{
    const char *text = getenv(name);
    return text && *text ? text : NULL;
}

static bool is_on(const char *name)
{
    const char *text = text_of(name);
    return text && strcmp(text, "0") != 0;
}

static void pass_over(struct fault *passed_over, const char *name, const char *text,
                      const char *why)
{
    if (passed_over) /* all of them on one line */
        fault_set(passed_over, "%s%s%s=%s is passed over: %s", passed_over->text,
                  *passed_over->text ? "; " : "", name, text, why);
}

/* A number without anything before or behind it that `is_valid` takes, or `otherwise`. */
static double number_of(const char *name, bool (*is_valid)(double), const char *expected,
                        double otherwise, struct fault *passed_over)
{
    const char *text = text_of(name);
    if (!text)
        return otherwise;
    char *end;
    errno = 0;
    double value = strtod(text, &end);
    bool digits = *text >= '0' && *text <= '9';
    if (digits && errno == 0 && *end == '\0' && is_valid(value))
        return value;
    pass_over(passed_over, name, text, expected);
    return otherwise;
}

static bool is_interval_ms(double ms)
{
    return options_is_interval(ms / 1000);
}

struct environment environment_read(struct fault *passed_over)
{
    double interval_ms = number_of("GMT_INTERVAL_MS", is_interval_ms,
                                   "expected milliseconds, 0 or 1 to 3600000", -1, passed_over);
    double max_bytes = number_of("GMT_MAX_BYTES", options_is_max_bytes,
                                 "expected bytes, 65536 to 1099511627776", 0, passed_over);
    return (struct environment){
        .disable = is_on("GMT_DISABLE"),
        .keep_recording = is_on("GMT_KEEP_RECORDING"),
        .reserve_all = is_on("GMT_RESERVE_ALL"),
        .all_samples = is_on("GMT_ALL_SAMPLES"),
        .directory = text_of("GMT_DIR"),
        .interval_s = interval_ms < 0 ? -1 : interval_ms / 1000,
        .max_bytes = (uint64_t)max_bytes,
    };
}

struct dimension_value environment_dimension(size_t dimension, struct fault *passed_over)
{
    const struct dimension *row = &DIMENSIONS[dimension];
    struct dimension_value value = {0};
    struct fault fault;
    char name[64];
    snprintf(name, sizeof name, "GMT_%s", row->log_word);
    const char *text = text_of(name);
    if (!text || row->not_compared)
        return value;
    bool parsed = dimension_value_parse(dimension, text, strlen(text), &value, &fault);
    if (parsed && !strchr(value.word, '/'))
        return value;
    pass_over(passed_over, name, text, parsed ? "a '/' cannot stand in a file's name" : fault.text);
    return (struct dimension_value){0};
}
