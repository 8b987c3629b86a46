/* The trace reader against cJSON: what ours accepts, cJSON accepts too, with the same figures to
 * the bit; what ours refuses and cJSON does not, is refused for one of the named reasons of
 * strictness. */
#include "schemas/trace_json.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where cJSON is more lenient than JSON, or knows nothing of what a trace is. */
static const char *const STRICTER[] = {
    "not valid UTF-8",    "not an escape sequence", "control character",
    "past the range",     "nested too deep",        "expected the end of the file",
    "expected a digit", /* "1." and "1e" */
    "expected ',' or",  /* "01": cJSON's numbers are strtod's */
    "expected a trace",   "expected an iteration",  "expected a sample",
    "expected an array",  "expected a number",      "expected a time",
    "expected a marker",  "expected a value",   /* "+1" and ".5" */
    "expected a key",     "found the byte 0x0", /* control characters, which cJSON takes for white
                                                   space */
    "found the byte 0x1",
};

static void check(bool holds, const char *what, const struct fault *fault)
{
    if (holds)
        return;
    fprintf(stderr, "%s: %s\n", what, fault->text);
    abort();
}

static bool named(const struct fault *fault)
{
    for (size_t i = 0; i < sizeof STRICTER / sizeof *STRICTER; i++)
        if (strstr(fault->text, STRICTER[i]))
            return true;
    return false;
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
    }
}

static void compare_depths(const struct trace *full, const struct trace *summary,
                           const struct fault *fault)
{
    check(full->count == summary->count, "the depths differ in iterations", fault);
    for (size_t i = 0; i < full->count; i++)
        check(memcmp(&full->iterations[i].peak_mb, &summary->iterations[i].peak_mb,
                     sizeof(double)) == 0 &&
                  full->iterations[i].number == summary->iterations[i].number,
              "the depths differ in figures", fault);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct trace full = {0}, summary = {0};
    struct fault fault = {0}, quick = {0};
    const char *text = (const char *)bytes;
    bool read = trace_json_parse(text, size, "f", TRACE_FULL, &full, &fault);
    bool skimmed = trace_json_parse(text, size, "f", TRACE_SUMMARY, &summary, &quick);
    check(!read || skimmed, "full depth accepts what summary refuses", &quick);
    check(read || fault.text[0], "refused without a word", &fault);
    if (read)
        compare_depths(&full, &summary, &fault);

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
    trace_free(&summary);
    return 0;
}
