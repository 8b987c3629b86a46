/* The trace reader against cJSON: what ours accepts, cJSON accepts too, with the same figures to
 * the bit; what ours refuses and cJSON does not, is refused for one of the named reasons of
 * strictness. */
#include "schemas/trace/json/trace_json.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where cJSON is more lenient than JSON, or knows nothing of what a trace is. */
static const char *const STRICTER[] = {
    "not valid UTF-8",
    "not an escape sequence",
    "must be escaped",
    "past the range",
    "nested too deep",
    "expected the end of the file",
    "expected a digit",   /* "1.", "-.5", "1e" */
    "found the byte 0x0", /* control characters, which cJSON takes for white space */
    "found the byte 0x1",
    "expected a trace in",
    "expected an iteration's number as the key",
    "expected an iteration in",
    "expected an array of samples",
    "expected a sample in",
    "expected a number, found", /* a sample's figure of another type, and so on */
    "expected a number of MB",
    "expected a number of samples",
    "expected a whole number of samples",
    "expected an array of markers",
    "expected a marker in",
    "expected a marker's name",
    "expected a time in seconds",
};

static void check(bool holds, const char *what, const struct fault *fault)
{
    if (holds)
        return;
    fprintf(stderr, "%s: %s\n", what, fault->text);
    abort();
}

/* "01": cJSON leaves numbers to strtod, which takes more than JSON allows. */
static bool is_leading_zero(const char *text)
{
    const char *found = strstr(text, "expected ',' or '");
    found = found ? strstr(found, "found '") : NULL;
    return found && found[7] >= '0' && found[7] <= '9';
}

static bool named(const struct fault *fault)
{
    for (size_t i = 0; i < sizeof STRICTER / sizeof *STRICTER; i++)
        if (strstr(fault->text, STRICTER[i]))
            return true;
    return is_leading_zero(fault->text);
}

/* The last member of that name, which is the one that stands. */
static const cJSON *last_member(const cJSON *object, const char *key)
{
    const cJSON *found = NULL, *member;
    cJSON_ArrayForEach(member, object)
    {
        if (strcmp(member->string, key) == 0)
            found = member;
    }
    return found;
}

static bool same_number(double ours, const cJSON *theirs, bool negative_is_none)
{
    double value = cJSON_IsNumber(theirs) ? theirs->valuedouble : NAN;
    if (negative_is_none && value < 0)
        value = NAN;
    return (isnan(ours) && isnan(value)) || (ours == value && signbit(ours) == signbit(value));
}

static void compare_samples(const struct trace_samples *samples, const cJSON *theirs,
                            const struct fault *fault)
{
    size_t at = 0;
    const cJSON *sample;
    cJSON_ArrayForEach(sample, theirs)
    {
        check(at < samples->count &&
                  same_number(samples->time_s[at], last_member(sample, "timestamp_s"), false) &&
                  same_number(samples->reserved_mb[at], last_member(sample, "reserved_memory_MB"),
                              false) &&
                  same_number(samples->allocated_mb[at], last_member(sample, "allocated_memory_MB"),
                              false),
              "a sample differs", fault);
        at++;
    }
    check(at == samples->count, "the number of samples differs", fault);
}

static void compare_markers(const struct trace_iteration *iteration, const cJSON *theirs,
                            const struct fault *fault)
{
    size_t at = 0;
    const cJSON *marker;
    cJSON_ArrayForEach(marker, theirs)
    {
        const cJSON *name = last_member(marker, "name");
        check(at < iteration->marker_count &&
                  same_number(iteration->markers[at].time_s, last_member(marker, "timestamp_s"),
                              false) &&
                  strcmp(iteration->markers[at].name, name ? name->valuestring : "") == 0,
              "a marker differs", fault);
        at++;
    }
    check(at == iteration->marker_count, "the number of markers differs", fault);
}

static void compare(const struct trace *trace, const cJSON *tree, const struct fault *fault)
{
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_iteration *iteration = &trace->iterations[i];
        const cJSON *theirs = NULL, *member;
        cJSON_ArrayForEach(member, tree)
        {
            if (strtoll(member->string, NULL, 10) == iteration->number)
                theirs = member;
        }
        check(theirs != NULL, "an iteration that cJSON does not have", fault);
        check(
            same_number(iteration->peak_mb, last_member(theirs, "peak_allocated_MB"), true) &&
                same_number(iteration->static_mb, last_member(theirs, "static_memory_MB"), true) &&
                same_number(iteration->theoretical_mb, last_member(theirs, "theoretical_memory_MB"),
                            true),
            "a figure differs", fault);
        compare_samples(&iteration->samples, last_member(theirs, "samples"), fault);
        compare_markers(iteration, last_member(theirs, "markers"), fault);
        const cJSON *dropped = last_member(theirs, "dropped_samples");
        check(iteration->dropped_samples ==
                  (cJSON_IsNumber(dropped) ? (uint64_t)dropped->valuedouble : 0),
              "the number of dropped samples differs", fault);
    }
}

static bool same_bits(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

static void compare_figures(const struct trace *a, const struct trace *b, const char *what,
                            const struct fault *fault)
{
    check(a->count == b->count, what, fault);
    for (size_t i = 0; i < a->count; i++) {
        const struct trace_iteration *first = &a->iterations[i], *second = &b->iterations[i];
        check(first->number == second->number && same_bits(first->peak_mb, second->peak_mb) &&
                  same_bits(first->theoretical_mb, second->theoretical_mb) &&
                  same_bits(first->static_mb, second->static_mb) &&
                  first->dropped_samples == second->dropped_samples,
              what, fault);
    }
}

/* Full depth, and the same once more in memory that has held another trace; summary depth passes
 * over faults in samples, and over nothing else. */
static bool read_every_way(const char *text, size_t size, struct trace *full, struct fault *fault)
{
    struct trace other = {0};
    struct fault quick = {0}, again = {0};
    bool read = trace_json_parse(text, size, "f", TRACE_FULL, full, fault);
    bool skimmed = trace_json_parse(text, size, "f", TRACE_SUMMARY, &other, &quick);
    check(read || fault->text[0], "refused without a word", fault);
    check(!read || skimmed, "full depth accepts what summary refuses", &quick);
    bool may_have_samples = memmem(text, size, "samples", 7) || memmem(text, size, "\\u", 2);
    check(read || !skimmed || may_have_samples, "summary accepts what full depth refuses", fault);
    if (read)
        compare_figures(full, &other, "the depths differ", fault);
    bool reread = trace_json_parse(text, size, "f", TRACE_FULL, &other, &again);
    check(read == reread && strcmp(fault->text, again.text) == 0, "memory of another trace matters",
          &again);
    if (read)
        compare_figures(full, &other, "memory of another trace matters", fault);
    trace_free(&other);
    return read;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct trace full = {0};
    struct fault fault = {0};
    const char *text = (const char *)bytes;
    bool read = read_every_way(text, size, &full, &fault);

    /* cJSON ends a string at an escaped NUL, and stops at a real one. */
    bool comparable = !memmem(bytes, size, "\\u0000", 6) && !memchr(bytes, 0, size);
    cJSON *tree = comparable ? cJSON_ParseWithLength(text, size) : NULL;
    if (read && comparable) {
        check(tree != NULL, "cJSON refuses what is accepted here", &fault);
        compare(&full, tree, &fault);
    } else if (tree) {
        check(named(&fault), "refused without a named reason", &fault);
    }
    cJSON_Delete(tree);
    trace_free(&full);
    return 0;
}
