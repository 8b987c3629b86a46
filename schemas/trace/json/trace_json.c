#include "schemas/trace/json/trace_json.h"

#include "schemas/support/input_file.h"
#include "schemas/support/mapped_file.h"
#include "schemas/trace/json/json_scan.h"
#include "schemas/trace/json/json_skip.h"
#include "schemas/trace/json/trace_json_samples.h"
#include "schemas/trace/trace_store.h"
#include "schemas/trace/trace_words.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct reader {
    struct json_scan scan;
    enum trace_depth depth;
    struct trace *trace;
};

static bool out_of_memory(struct reader *reader)
{
    return fault_set_errno(reader->scan.fault, ENOMEM, "%s", reader->scan.name);
}

/* ---- an iteration's members ---- */

/* Older files write -1 for what they did not record. */
static bool read_value(struct reader *reader, double *mb)
{
    if (!json_number_or_null(&reader->scan, mb, "a number of MB"))
        return false;
    if (*mb < 0)
        *mb = NAN;
    return true;
}

static bool read_samples(struct reader *reader)
{
    struct json_scan *scan = &reader->scan;
    trace_store_drop_samples(reader->trace);
    if (reader->depth == TRACE_FULL || json_peek(scan) == 'n')
        return trace_json_samples(scan, reader->trace);
    if (!json_take(scan, '[', "an array of samples"))
        return false;
    const char *behind = json_skip_array(scan->at, scan->end);
    if (!behind) {
        scan->at = scan->end;
        return json_expected(scan, "the ']' that ends the samples");
    }
    scan->at = behind;
    return true;
}

static bool read_count(struct reader *reader, uint64_t *count)
{
    struct json_scan *scan = &reader->scan;
    double value;
    json_space(scan);
    const char *start = scan->at;
    if (!json_number_or_null(scan, &value, "a number of samples"))
        return false;
    if (isnan(value))
        value = 0;
    if (value < 0 || value > 1e18 || value != floor(value)) {
        scan->at = start;
        return json_refused(scan, "expected a whole number of samples");
    }
    *count = (uint64_t)value;
    return true;
}

static bool add_marker(struct reader *reader, double time_s, const struct json_string *name)
{
    char *decoded = malloc(name->length + 1);
    bool added = decoded && trace_store_marker(reader->trace, time_s, decoded,
                                               json_string_decode(name, decoded));
    free(decoded);
    return added || out_of_memory(reader);
}

static bool read_marker(struct reader *reader)
{
    struct json_scan *scan = &reader->scan;
    struct json_string name = {.start = ""};
    double time_s = NAN;
    if (!json_take(scan, '{', "a marker in '{'"))
        return false;
    bool more = json_peek(scan) != '}';
    if (!more)
        scan->at++;
    while (more) {
        struct json_string key;
        if (!json_string(scan, &key, "a key of a marker") || !json_take(scan, ':', "':'"))
            return false;
        bool read = json_string_is(&key, "timestamp_s")
                        ? json_number_or_null(scan, &time_s, "a time in seconds")
                    : json_string_is(&key, "name") ? json_string(scan, &name, "a marker's name")
                                                   : json_value(scan);
        if (!read || !json_next(scan, '}', &more))
            return false;
    }
    return reader->depth == TRACE_SUMMARY || add_marker(reader, time_s, &name);
}

static bool read_markers(struct reader *reader)
{
    struct json_scan *scan = &reader->scan;
    trace_store_drop_markers(reader->trace);
    if (!json_take(scan, '[', "an array of markers"))
        return false;
    bool more = json_peek(scan) != ']';
    if (!more)
        scan->at++;
    while (more)
        if (!read_marker(reader) || !json_next(scan, ']', &more))
            return false;
    return true;
}

/* A sample's place, and how many it stands for: [3, 120]. */
static bool read_one_left_out(struct reader *reader)
{
    struct json_scan *scan = &reader->scan;
    uint64_t sample = 0, count = 0;
    bool more;
    if (!json_take(scan, '[', "a sample's place and a number in '['") ||
        !read_count(reader, &sample) || !json_take(scan, ',', "','") ||
        !read_count(reader, &count) || !json_next(scan, ']', &more))
        return false;
    if (more)
        return json_refused(scan, "expected two numbers");
    return trace_store_left_out(reader->trace, (size_t)sample, count) || out_of_memory(reader);
}

/* Empty or not, an array's elements one by one. */
static bool read_left_out(struct reader *reader)
{
    struct json_scan *scan = &reader->scan;
    if (json_peek(scan) != '[')
        return json_value(scan);
    scan->at++;
    bool more = json_peek(scan) != ']';
    if (!more)
        scan->at++;
    while (more)
        if (!read_one_left_out(reader) || !json_next(scan, ']', &more))
            return false;
    return true;
}

/* A number that is none of a place's is as good as none: the rest of the trace is read. */
static bool read_place(struct reader *reader, const struct json_string *key)
{
    struct json_scan *scan = &reader->scan;
    enum coordinate coordinate = coordinate_named(key->start, key->length);
    double place;
    if (coordinate == COORDINATES)
        return json_value(scan);
    if (!json_number_or_null(scan, &place, "a place in a group"))
        return false;
    bool known = place >= 0 && place <= INT32_MAX && place == floor(place);
    coordinate_set(&reader->trace->coordinates, coordinate, known ? (int64_t)place : -1);
    return true;
}

static bool read_coordinates(struct reader *reader)
{
    struct json_scan *scan = &reader->scan;
    if (json_peek(scan) != '{')
        return json_value(scan); /* another program's, of another meaning */
    scan->at++;
    bool more = json_peek(scan) != '}';
    if (!more)
        scan->at++;
    while (more) {
        struct json_string key;
        if (!json_string(scan, &key, "a key of the coordinates") || !json_take(scan, ':', "':'") ||
            !read_place(reader, &key) || !json_next(scan, '}', &more))
            return false;
    }
    return true;
}

static bool read_capacity(struct reader *reader)
{
    struct json_scan *scan = &reader->scan;
    double mb;
    if (!json_number_or_null(scan, &mb, "a number of MB"))
        return false;
    reader->trace->device_capacity_mb = mb > 0 ? mb : NAN;
    return true;
}

static bool add_fact(struct reader *reader, const struct json_string *name,
                     const struct json_string *value)
{
    char *decoded = malloc(name->length + value->length + 1);
    size_t length = decoded ? json_string_decode(name, decoded) : 0;
    bool added = decoded && trace_store_fact(reader->trace, decoded, length, decoded + length,
                                             json_string_decode(value, decoded + length));
    free(decoded);
    return added || out_of_memory(reader);
}

/* Names and texts; another program's figures among them are passed over. */
static bool read_environment(struct reader *reader)
{
    struct json_scan *scan = &reader->scan;
    if (json_peek(scan) != '{')
        return json_value(scan);
    scan->at++;
    bool more = json_peek(scan) != '}';
    if (!more)
        scan->at++;
    while (more) {
        struct json_string name, value;
        if (!json_string(scan, &name, "a name in the environment") || !json_take(scan, ':', "':'"))
            return false;
        bool read = json_peek(scan) != '"'
                        ? json_value(scan)
                        : json_string(scan, &value, "a text") && add_fact(reader, &name, &value);
        if (!read || !json_next(scan, '}', &more))
            return false;
    }
    return true;
}

/* A word that is none of ours is as good as none: another program's, of another meaning. */
static bool read_ending(struct reader *reader)
{
    struct json_scan *scan = &reader->scan;
    struct json_string word;
    if (json_peek(scan) != '"')
        return json_value(scan);
    if (!json_string(scan, &word, "how the run ended"))
        return false;
    (void)trace_ending_named(word.start, word.length, &reader->trace->ending);
    return true;
}

/* A measure that is none of ours is not the one that its absence would mean: it is kept apart. */
static bool read_measure(struct reader *reader, enum trace_measure *measure)
{
    struct json_scan *scan = &reader->scan;
    struct json_string word;
    if (json_peek(scan) != '"')
        return json_value(scan);
    if (!json_string(scan, &word, "what a figure measures"))
        return false;
    if (!trace_measure_named(word.start, word.length, measure))
        *measure = TRACE_MEASURE_MIXED;
    return true;
}

static bool read_peak_word(struct reader *reader, bool *sampled)
{
    struct json_scan *scan = &reader->scan;
    struct json_string word;
    if (json_peek(scan) != '"')
        return json_value(scan);
    if (!json_string(scan, &word, "how the peak was found"))
        return false;
    *sampled = json_string_is(&word, trace_peak_word(true));
    return true;
}

/* One of those in the table, or a key that is passed over. */
static bool read_further_value(struct reader *reader, const struct json_string *key,
                               struct trace_iteration *iteration)
{
    for (int i = 0; i < TRACE_FIGURES; i++)
        if (json_string_is(key, TRACE_FIGURE_ROWS[i].key))
            return read_value(reader, &iteration->figures[i]);
    return json_value(&reader->scan);
}

static bool read_member(struct reader *reader, struct trace_iteration *iteration)
{
    struct json_string key;
    if (!json_string(&reader->scan, &key, "a key of an iteration") ||
        !json_take(&reader->scan, ':', "':'"))
        return false;
    if (json_string_is(&key, "samples"))
        return read_samples(reader);
    if (json_string_is(&key, "peak_allocated_MB"))
        return read_value(reader, &iteration->peak_mb);
    if (json_string_is(&key, "theoretical_memory_MB"))
        return read_value(reader, &iteration->theoretical_mb);
    if (json_string_is(&key, "static_memory_MB"))
        return read_value(reader, &iteration->static_mb);
    if (json_string_is(&key, "dropped_samples"))
        return read_count(reader, &iteration->dropped_samples);
    if (json_string_is(&key, "left_out_samples"))
        return read_left_out(reader);
    if (json_string_is(&key, "markers"))
        return read_markers(reader);
    if (json_string_is(&key, "coordinates"))
        return read_coordinates(reader);
    if (json_string_is(&key, "allocated_of"))
        return read_measure(reader, &iteration->allocated_of);
    if (json_string_is(&key, "reserved_of"))
        return read_measure(reader, &iteration->reserved_of);
    if (json_string_is(&key, "peak_of"))
        return read_peak_word(reader, &iteration->peak_sampled);
    if (json_string_is(&key, "device_capacity_MB"))
        return read_capacity(reader);
    if (json_string_is(&key, "environment"))
        return read_environment(reader);
    if (json_string_is(&key, "ended"))
        return read_ending(reader);
    return read_further_value(reader, &key, iteration);
}

/* ---- the trace ---- */

static bool iteration_number(const struct json_string *key, int64_t *number)
{
    char text[24];
    if (key->length >= sizeof text)
        return false;
    size_t length = json_string_decode(key, text);
    text[length] = '\0';
    const char *digits = text + (*text == '-');
    if (*digits < '0' || *digits > '9')
        return false;
    char *end;
    errno = 0;
    *number = strtoll(text, &end, 10);
    return errno == 0 && end == text + length;
}

static bool read_iteration(struct reader *reader)
{
    struct json_scan *scan = &reader->scan;
    struct json_string key;
    int64_t number;
    json_space(scan);
    const char *key_at = scan->at;
    if (!json_string(scan, &key, "an iteration's number in double quotes"))
        return false;
    if (!iteration_number(&key, &number)) {
        scan->at = key_at;
        return json_refused(scan, "expected an iteration's number as the key");
    }
    if (!json_take(scan, ':', "':'") || !json_take(scan, '{', "an iteration in '{'"))
        return false;
    struct trace_iteration *iteration = trace_store_iteration(reader->trace, number);
    if (!iteration)
        return out_of_memory(reader);
    bool more = json_peek(scan) != '}';
    if (!more)
        scan->at++;
    while (more)
        if (!read_member(reader, iteration) || !json_next(scan, '}', &more))
            return false;
    return true;
}

static bool read_trace(struct reader *reader)
{
    struct json_scan *scan = &reader->scan;
    static const char MARK[] = "\xEF\xBB\xBF";
    if (scan->end - scan->at >= 3 && memcmp(scan->at, MARK, 3) == 0)
        scan->at += 3;
    if (!json_take(scan, '{', "a trace in '{'"))
        return false;
    bool more = json_peek(scan) != '}';
    if (!more)
        scan->at++;
    while (more)
        if (!read_iteration(reader) || !json_next(scan, '}', &more))
            return false;
    json_space(scan);
    if (scan->at != scan->end)
        return json_expected(scan, "the end of the file");
    return trace_store_end(reader->trace) || out_of_memory(reader);
}

bool trace_json_parse(const char *bytes, size_t length, const char *name, enum trace_depth depth,
                      struct trace *trace, struct fault *fault)
{
    struct reader reader = {
        .scan = {.start = bytes, .at = bytes, .end = bytes + length, .name = name, .fault = fault},
        .depth = depth,
        .trace = trace,
    };
    if (!trace_store_begin(trace))
        return out_of_memory(&reader);
    if (read_trace(&reader))
        return true;
    trace->count = 0;
    return false;
}

/* ---- the file ---- */

static bool read_mapped(struct mapped_file *file, const char *path, enum trace_depth depth,
                        struct trace *trace, struct fault *fault)
{
    bool read = trace_json_parse(file->bytes, file->length, path, depth, trace, fault);
    if (mapped_file_is_changed(file)) {
        trace->count = 0;
        read = fault_set(fault, "%s: it was changed while it was read", path);
    }
    mapped_file_close(file);
    return read;
}

bool trace_json_read(const char *path, enum trace_depth depth, struct trace *trace,
                     struct fault *fault)
{
    size_t length = 0;
    struct mapped_file file;
    trace->count = 0;
    int fd = input_file_open(path, "a trace file", &length, fault);
    if (fd < 0)
        return false;
    bool read = mapped_file_open(&file, fd, MAP_PRIVATE | MAP_POPULATE);
    if (!read)
        fault_set_errno(fault, errno, "%s: cannot be read", path);
    else
        read = read_mapped(&file, path, depth, trace, fault);
    close(fd);
    return read;
}
