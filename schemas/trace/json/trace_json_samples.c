#include "schemas/trace/json/trace_json_samples.h"

#include "schemas/support/json_number.h"
#include "schemas/trace/json/json_number_fast.h"
#include "schemas/trace/trace_store.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

enum figure { TIME, RESERVED, ALLOCATED, DEVICE, FIGURES };

static const char *const KEYS[FIGURES] = {"timestamp_s", "reserved_memory_MB",
                                          "allocated_memory_MB", "device_memory_MB"};

/* Samples repeat each other but for their numbers. The bytes between the numbers of one sample are
 * remembered; where the next sample has the same, only its numbers are read. */
struct pattern {
    bool known;
    int count;                /* of its numbers */
    const char *gap[FIGURES]; /* before each number, from the brace that opens the sample */
    size_t length[FIGURES];
    enum figure figure[FIGURES]; /* which figure each number is */
    const char *tail;            /* from behind the last number to the next sample's brace */
    size_t tail_length;
    size_t reach; /* from any number's end, how far the next gap and number may be looked at */
};

/* Where the numbers of a sample stood, as far as it may become a pattern. */
struct sighting {
    const char *opened; /* its brace */
    size_t count;
    const char *start[FIGURES], *behind[FIGURES];
    enum figure figure[FIGURES];
    bool fits; /* each figure once, the usual three of them, and nothing else */
};

static bool out_of_memory(struct json_scan *scan)
{
    return fault_set_errno(scan->fault, ENOMEM, "%s", scan->name);
}

/* ---- the general way ---- */

static void see(struct sighting *sighting, enum figure figure, const char *start,
                const char *behind)
{
    for (size_t i = 0; i < sighting->count; i++)
        if (sighting->figure[i] == figure)
            sighting->fits = false;
    if (sighting->count == FIGURES || *start == 'n')
        sighting->fits = false;
    if (!sighting->fits)
        return;
    sighting->start[sighting->count] = start;
    sighting->behind[sighting->count] = behind;
    sighting->figure[sighting->count++] = figure;
}

static bool read_member(struct json_scan *scan, double values[FIGURES], struct sighting *sighting)
{
    struct json_string key;
    if (!json_string(scan, &key, "a key of a sample") || !json_take(scan, ':', "':'"))
        return false;
    for (int figure = 0; figure < FIGURES; figure++) {
        if (!json_string_is(&key, KEYS[figure]))
            continue;
        json_space(scan);
        const char *start = scan->at;
        if (!json_number_or_null(scan, &values[figure], "a number"))
            return false;
        see(sighting, (enum figure)figure, start, scan->at);
        return true;
    }
    sighting->fits = false;
    return json_value(scan);
}

/* A pattern sets all but the device's use in each sample. */
static bool has_the_usual(const struct sighting *sighting)
{
    bool has[FIGURES] = {false};
    for (size_t i = 0; i < sighting->count; i++)
        has[sighting->figure[i]] = true;
    return has[TIME] && has[RESERVED] && has[ALLOCATED];
}

static bool read_sample(struct json_scan *scan, struct trace *trace, struct sighting *sighting)
{
    double values[FIGURES] = {NAN, NAN, NAN, NAN};
    if (!json_take(scan, '{', "a sample in '{'"))
        return false;
    *sighting = (struct sighting){.opened = scan->at - 1, .fits = true};
    bool more = json_peek(scan) != '}';
    if (!more)
        scan->at++;
    while (more)
        if (!read_member(scan, values, sighting) || !json_next(scan, '}', &more))
            return false;
    sighting->fits = sighting->fits && has_the_usual(sighting);
    if (trace_store_sample(trace, values[TIME], values[RESERVED], values[ALLOCATED]) &&
        (isnan(values[DEVICE]) || trace_store_device(trace, values[DEVICE])))
        return true;
    return out_of_memory(scan);
}

/* ---- the fast way ---- */

/* The cursor stands at the brace of the sample behind the sighted one. */
static void learn(struct pattern *pattern, const struct sighting *sighting,
                  const struct json_scan *scan)
{
    pattern->known = sighting->fits;
    if (!pattern->known)
        return;
    pattern->count = (int)sighting->count;
    for (int i = 0; i < pattern->count; i++) {
        const char *from = i == 0 ? sighting->opened : sighting->behind[i - 1];
        pattern->gap[i] = from;
        pattern->length[i] = (size_t)(sighting->start[i] - from);
        pattern->figure[i] = sighting->figure[i];
    }
    pattern->tail = sighting->behind[pattern->count - 1];
    pattern->tail_length = (size_t)(scan->at - pattern->tail);
    pattern->reach = pattern->tail_length;
    for (int i = 0; i < pattern->count; i++)
        if (pattern->length[i] > pattern->reach)
            pattern->reach = pattern->length[i];
    pattern->reach += JSON_NUMBER_FAST_REACH;
}

/* memcmp for a few dozen bytes, without the call: in words, the last of which may overlap. */
static inline bool same(const char **at, const char *text, size_t length)
{
    const char *found = *at;
    uint64_t difference = 0, a, b;
    size_t done = 0;
    if (length < sizeof a) {
        for (; done < length; done++)
            difference |= (uint64_t)(unsigned char)(found[done] ^ text[done]);
    } else {
        for (; done + sizeof a < length; done += sizeof a) {
            memcpy(&a, found + done, sizeof a);
            memcpy(&b, text + done, sizeof b);
            difference |= a ^ b;
        }
        memcpy(&a, found + length - sizeof a, sizeof a);
        memcpy(&b, text + length - sizeof b, sizeof b);
        difference |= a ^ b;
    }
    *at = found + length;
    return difference == 0;
}

/* One sample like the pattern; false leaves nothing behind but numbers nobody counts. */
static inline bool read_one_alike(const char **at, const char *end, const struct pattern *pattern,
                                  double *const into[FIGURES])
{
    for (int i = 0; i < pattern->count; i++) {
        if (!same(at, pattern->gap[i], pattern->length[i]))
            return false;
        double *value = into[pattern->figure[i]];
        if (!json_number_fast(at, value) && json_number_read(at, end, value) != JSON_NUMBER_READ)
            return false;
        /* A number may have been long; what is looked at next must still be there. */
        if (end - *at < (ptrdiff_t)pattern->reach)
            return false;
    }
    return same(at, pattern->tail, pattern->tail_length);
}

/* Reads samples while they are like the pattern, from a brace to a brace; the first that is not is
 * left where it begins, and so are the last ones before the end of the text. */
static bool read_alike(struct json_scan *scan, const struct pattern *pattern, struct trace *trace)
{
    struct trace_columns *columns = trace_store_columns(trace);
    for (;;) {
        if (columns->count == columns->capacity && !trace_store_reserve(columns, 1))
            return out_of_memory(scan);
        double no_column = NAN;
        double *device = columns->has_device ? &columns->device_mb[columns->count] : &no_column;
        double *const into[FIGURES] = {&columns->time_s[columns->count],
                                       &columns->reserved_mb[columns->count],
                                       &columns->allocated_mb[columns->count], device};
        *device = NAN; /* where the pattern does not have it */
        const char *at = scan->at;
        if (scan->end - at < (ptrdiff_t)pattern->reach ||
            !read_one_alike(&at, scan->end, pattern, into))
            return true;
        columns->count++;
        scan->at = at;
    }
}

bool trace_json_samples(struct json_scan *scan, struct trace *trace)
{
    struct pattern pattern = {0};
    double none;
    if (json_peek(scan) == 'n')
        return json_number_or_null(scan, &none, "an array of samples");
    if (!json_take(scan, '[', "an array of samples"))
        return false;
    bool more = json_peek(scan) != ']';
    if (!more)
        scan->at++;
    while (more) {
        struct sighting sighting;
        if (!read_sample(scan, trace, &sighting) || !json_next(scan, ']', &more))
            return false;
        if (!more)
            break;
        json_space(scan);
        learn(&pattern, &sighting, scan);
        if (pattern.known && !read_alike(scan, &pattern, trace))
            return false;
    }
    return true;
}
