/* Trace files in JSON: what is read, what is refused and how, and that writing reads back. */
#include "schemas/trace/json/trace_json.h"
#include "schemas/trace/trace_store.h"
#include "tests/unit/trace_text.h"

#include <cjson/cJSON.h>
#include <dirent.h>
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

static const char COMPACT[] =
    "{\"0\":{\"samples\":[{\"timestamp_s\":0.5,\"reserved_memory_MB\":2,\"allocated_memory_MB\":1."
    "25}"
    ",{\"timestamp_s\":0.75,\"reserved_memory_MB\":3,\"allocated_memory_MB\":1.5}],"
    "\"peak_allocated_MB\":58716.72,\"theoretical_memory_MB\":140204.06,\"static_memory_MB\":256.0}"
    "}";

static void accepted(const char *text)
{
    struct trace trace = {0};
    struct fault fault = {0};
    if (!parse(text, TRACE_FULL, &trace, &fault) || !parse(text, TRACE_SUMMARY, &trace, &fault))
        fail_msg("refused: %s", fault.text);
    trace_free(&trace);
}

/* Refused in full depth, with this message; and in summary depth unless the fault is in samples. */
static void refused(const char *text, const char *message)
{
    struct trace trace = {0};
    struct fault fault = {0};
    if (parse(text, TRACE_FULL, &trace, &fault))
        fail_msg("accepted: %s", text);
    assert_string_equal(fault.text, message);
    assert_int_equal(trace.count, 0);
    trace_free(&trace);
}

static void refused_in_both(const char *text, const char *message)
{
    struct trace trace = {0};
    struct fault fault = {0};
    refused(text, message);
    assert_false(parse(text, TRACE_SUMMARY, &trace, &fault));
    assert_string_equal(fault.text, message);
    trace_free(&trace);
}

static void test_fields(void **state)
{
    (void)state;
    struct trace trace = {0};
    struct fault fault = {0};
    assert_true(parse(COMPACT, TRACE_FULL, &trace, &fault));
    assert_int_equal(trace.count, 1);
    assert_int_equal(trace.ending, TRACE_ENDED_CLEAN);
    const struct trace_iteration *iteration = &trace.iterations[0];
    assert_int_equal(iteration->number, 0);
    assert_true(iteration->peak_mb == 58716.72 && iteration->theoretical_mb == 140204.06 &&
                iteration->static_mb == 256);
    assert_int_equal(iteration->samples.count, 2);
    assert_true(iteration->samples.time_s[1] == 0.75 && iteration->samples.reserved_mb[1] == 3 &&
                iteration->samples.allocated_mb[1] == 1.5);
    assert_true(parse(COMPACT, TRACE_SUMMARY, &trace, &fault));
    assert_int_equal(trace.iterations[0].samples.count, 0);
    assert_true(trace.iterations[0].peak_mb == 58716.72);
    trace_free(&trace);
}

static void test_not_recorded(void **state)
{
    (void)state;
    struct trace trace = {0};
    struct fault fault = {0};
    assert_true(parse("{\"3\":{\"peak_allocated_MB\":-1,\"static_memory_MB\":null}}", TRACE_FULL,
                      &trace, &fault));
    assert_true(isnan(trace.iterations[0].peak_mb) && isnan(trace.iterations[0].static_mb) &&
                isnan(trace.iterations[0].theoretical_mb));
    assert_true(isnan(trace_iteration_peak(&trace.iterations[0]).mb));
    assert_true(parse("{\"3\":{\"samples\":[{\"allocated_memory_MB\":5},{\"allocated_memory_MB\":9,"
                      "\"timestamp_s\":null},{}]}}",
                      TRACE_FULL, &trace, &fault));
    assert_int_equal(trace.iterations[0].samples.count, 3);
    assert_true(trace_iteration_peak(&trace.iterations[0]).mb == 9);
    assert_true(isnan(trace.iterations[0].samples.time_s[1]));
    trace_free(&trace);
}

/* What figures measure; a word that is none of ours is not what its absence would mean. */
static void test_measures(void **state)
{
    (void)state;
    struct trace trace = {0};
    struct fault fault = {0};
    assert_true(parse("{\"0\":{\"peak_allocated_MB\":5,\"peak_of\":\"sampled\",\"allocated_of\":"
                      "\"process\",\"reserved_of\":\"allocator\"},\"1\":{\"peak_allocated_MB\":6,"
                      "\"peak_of\":\"logged\",\"allocated_of\":\"rss\",\"reserved_of\":null}}",
                      TRACE_SUMMARY, &trace, &fault));
    struct trace_peak peak = trace_iteration_peak(&trace.iterations[0]);
    assert_true(peak.sampled && peak.mb == 5);
    assert_int_equal(peak.measure, TRACE_MEASURE_PROCESS);
    assert_int_equal(trace_measure_of_reserved(&trace.iterations[0]), TRACE_MEASURE_ALLOCATOR);
    peak = trace_iteration_peak(&trace.iterations[1]);
    assert_false(peak.sampled);
    assert_int_equal(peak.measure, TRACE_MEASURE_ALLOCATOR);
    assert_int_equal(trace_measure_of_allocated(&trace.iterations[1]), TRACE_MEASURE_MIXED);
    assert_int_equal(trace_measure_of_reserved(&trace.iterations[1]), TRACE_MEASURE_DEVICE);
    trace_free(&trace);
}

#define SAMPLE(time) "{\"timestamp_s\":" time ",\"reserved_memory_MB\":2,\"allocated_memory_MB\":1}"
#define WITH_DEVICE(time, mb)                                                                      \
    "{\"timestamp_s\":" time                                                                       \
    ",\"reserved_memory_MB\":2,\"allocated_memory_MB\":1,\"device_memory_MB\":" mb "}"

/* Samples with and without the device's use, long enough to be read by their pattern. */
static void test_device_memory(void **state)
{
    (void)state;
    static const char plain[] = "{\"0\":{\"samples\":[" SAMPLE("1") "," SAMPLE("2") "," SAMPLE(
        "3") "]},\"1\":{}}                                                                     ";
    static const char with[] =
        "{\"0\":{\"samples\":[" SAMPLE("1") "," SAMPLE("2") "," SAMPLE("3") "," WITH_DEVICE(
            "4",
            "9.5") "," WITH_DEVICE("5",
                                   "10.5") "," WITH_DEVICE("6",
                                                           "11") "," SAMPLE("7") ","
                                                                                 "{\"timestamp_s\":"
                                                                                 "8,\"device_"
                                                                                 "memory_MB\":3,"
                                                                                 "\"allocated_"
                                                                                 "memory_MB\":4},"
                                                                                 "{\"timestamp_s\":"
                                                                                 "9,\"device_"
                                                                                 "memory_MB\":5,"
                                                                                 "\"allocated_"
                                                                                 "memory_MB\":6},"
                                                                                 "{\"timestamp_s\":"
                                                                                 "10,\"device_"
                                                                                 "memory_MB\":null,"
                                                                                 "\"allocated_"
                                                                                 "memory_MB\":7}"
                                                                                 "]},\"1\":{}}     "
                                                                                 "                 "
                                                                                 "                 "
                                                                                 "                 "
                                                                                 "                "
                                                                                 " ";
    const double device[] = {NAN, NAN, NAN, 9.5, 10.5, 11, NAN, 3, 5, NAN};
    struct trace trace = {0};
    struct fault fault = {0};
    for (int again = 0; again < 2; again++) { /* into the same memory */
        assert_true(parse(with, TRACE_FULL, &trace, &fault));
        const struct trace_samples *samples = &trace.iterations[0].samples;
        assert_int_equal(samples->count, 10);
        for (size_t i = 0; i < 10; i++) {
            assert_true(samples->time_s[i] == (double)(i + 1));
            assert_true(isnan(device[i]) ? isnan(samples->device_mb[i])
                                         : samples->device_mb[i] == device[i]);
            assert_int_equal(isnan(samples->reserved_mb[i]), i >= 7);
        }
        assert_true(parse(plain, TRACE_FULL, &trace, &fault));
        assert_int_equal(trace.iterations[0].samples.count, 3);
        assert_null(trace.iterations[0].samples.device_mb);
    }
    trace_free(&trace);
}

static void test_run(void **state)
{
    (void)state;
    struct trace trace = {0};
    struct fault fault = {0};
    assert_true(parse("{\"0\":{\"device_capacity_MB\":81559.25,\"environment\":{\"torch\":\"2.8\","
                      "\"x\":{\"y\":[]},\"n\":5,\"torch\":\"2.9 \\u00e9\",\"tor\":\"\"}}}",
                      TRACE_SUMMARY, &trace, &fault));
    assert_true(trace.device_capacity_mb == 81559.25);
    assert_int_equal(trace.fact_count, 2);
    assert_string_equal(trace.facts[0].name, "torch");
    assert_string_equal(trace.facts[0].value, "2.9 \xC3\xA9");
    assert_string_equal(trace.facts[1].name, "tor");
    assert_true(parse("{\"0\":{\"device_capacity_MB\":-1,\"environment\":[1]}}", TRACE_SUMMARY,
                      &trace, &fault));
    assert_true(isnan(trace.device_capacity_mb));
    assert_int_equal(trace.fact_count, 0);
    refused_in_both("{\"0\":{\"environment\":{\"a\":\"b\"", "t.json:1:29: expected ',' or '}', "
                                                            "found the end of the file");
    trace_free(&trace);
}

static void test_order_and_duplicates(void **state)
{
    (void)state;
    struct trace trace = {0};
    struct fault fault = {0};
    assert_true(parse("{\"10\":{\"peak_allocated_MB\":1},\"2\":{\"peak_allocated_MB\":2},"
                      "\"10\":{\"static_memory_MB\":7},\"-3\":{}}",
                      TRACE_FULL, &trace, &fault));
    assert_int_equal(trace.count, 3);
    assert_int_equal(trace.iterations[0].number, -3);
    assert_int_equal(trace.iterations[1].number, 2);
    assert_int_equal(trace.iterations[2].number, 10);
    /* The last of two iterations stands whole, as in Python's json: nothing of the first is left.
     */
    assert_true(isnan(trace.iterations[2].peak_mb) && trace.iterations[2].static_mb == 7);
    assert_true(parse("{\"0\":{\"samples\":[{\"timestamp_s\":1}],\"samples\":[{\"timestamp_s\":2},"
                      "{\"timestamp_s\":3}],\"peak_allocated_MB\":1,\"peak_allocated_MB\":4}}",
                      TRACE_FULL, &trace, &fault));
    assert_int_equal(trace.iterations[0].samples.count, 2);
    assert_true(trace.iterations[0].samples.time_s[0] == 2 && trace.iterations[0].peak_mb == 4);
    trace_free(&trace);
}

static void test_our_additions(void **state)
{
    (void)state;
    struct trace trace = {0};
    struct fault fault = {0};
    assert_true(parse("{\"0\":{\"dropped_samples\":12,\"markers\":[{\"timestamp_s\":0.5,\"name\":"
                      "\"a \\\"b\\\" \\u00e9\\ud83d\\ude00\"}],\"other\":{\"x\":[1,{\"y\":[]}]}}}",
                      TRACE_FULL, &trace, &fault));
    assert_int_equal(trace.iterations[0].dropped_samples, 12);
    assert_int_equal(trace.iterations[0].marker_count, 1);
    assert_string_equal(trace.iterations[0].markers[0].name, "a \"b\" \xC3\xA9\xF0\x9F\x98\x80");
    trace_free(&trace);
}

/* How the run ended, in words; what is none of them is as good as none. */
static void test_ending(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum trace_ending ending;
    } cases[] = {
        {"{\"0\":{},\"1\":{\"ended\":\"killed\"}}", TRACE_ENDED_KILLED},
        {"{\"0\":{\"ended\":\"running\"}}", TRACE_ENDED_NOT_YET},
        {"{\"0\":{\"ended\":\"stopped\"}}", TRACE_ENDED_CLEAN},
        {"{\"0\":{\"ended\":\"kill\"}}", TRACE_ENDED_CLEAN},
        {"{\"0\":{\"ended\":17.5}}", TRACE_ENDED_CLEAN},
        {"{\"0\":{\"ended\":null}}", TRACE_ENDED_CLEAN},
    };
    struct trace trace = {0};
    struct fault fault = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int depth = TRACE_SUMMARY; depth <= TRACE_FULL; depth++) {
            assert_true(parse(cases[i].text, (enum trace_depth)depth, &trace, &fault));
            assert_int_equal(trace.ending, cases[i].ending);
        }
    trace_free(&trace);
}

/* The rank's places; what is none of ours is passed over, and the last one of a name stands. */
static void test_coordinates(void **state)
{
    (void)state;
    struct trace trace = {0};
    struct fault fault = {0};
    assert_true(parse("{\"0\": {\"coordinates\": {\"tp\": 1, \"dp\": 5}},"
                      " \"1\": {\"coordinates\": {\"pp\": 3, \"dp\": -1, \"cp\": 0.5, \"ep\": null,"
                      " \"other\": [\"x\"], \"tp\": 0}}}",
                      TRACE_SUMMARY, &trace, &fault));
    static const int64_t expected[COORDINATES] = {0, -1, -1, 3, -1};
    for (int i = 0; i < COORDINATES; i++)
        assert_int_equal(coordinate_place(&trace.coordinates, (enum coordinate)i), expected[i]);
    trace_free(&trace);
    accepted("{\"0\": {\"coordinates\": [0, 1]}}"); /* another program's */
    accepted("{\"0\": {\"coordinates\": {}}}");
    refused_in_both("{\"0\": {\"coordinates\": {\"pp\": \"3\"}}}",
                    "t.json:1:30: expected a place in a group, found '\"'");
}

static void test_accepted(void **state)
{
    (void)state;
    accepted("{}");
    accepted(" \r\n\t{ \"1\" : { } } \r\n");
    accepted("\xEF\xBB\xBF{\"0\":{}}");
    accepted("{\r\n\"0\":{\r\n\"samples\":[\r\n{\"timestamp_s\":1}\r\n]\r\n}\r\n}\r\n");
    accepted("{\"0\":{\"samples\":null}}");
    accepted("{\"0\":{\"samples\":[]}}");
    accepted("{\"0\":{\"p\\u0065ak_allocated_MB\":1}}");
    accepted("{\"\\u0030\":{}}");
    accepted("{\"0\":{\"peak_allocated_MB\":1e-400}}");
    accepted("{\"0\":{\"note\":\"[[[\\\"\\\\\"}}");
}

static void test_refused(void **state)
{
    (void)state;
    refused_in_both("", "t.json:1:1: expected a trace in '{', found the end of the file");
    refused_in_both("[]", "t.json:1:1: expected a trace in '{', found '['");
    refused_in_both("{\n  \"a\": {}}", "t.json:2:3: expected an iteration's number as the key");
    refused_in_both("{\"1.5\":{}}", "t.json:1:2: expected an iteration's number as the key");
    refused_in_both("{\"0\":{},}",
                    "t.json:1:9: expected an iteration's number in double quotes, found '}'");
    refused_in_both("{\"0\":{}} x", "t.json:1:10: expected the end of the file, found 'x'");
    refused_in_both("{\"0\":{\"peak_allocated_MB\":NaN}}",
                    "t.json:1:27: expected a number of MB, found 'N'");
    refused_in_both("{\"0\":{\"peak_allocated_MB\":\"9\"}}",
                    "t.json:1:27: expected a number of MB, found '\"'");
    refused_in_both("{\"0\":{\"peak_allocated_MB\":1e400}}",
                    "t.json:1:27: a number past the range of a double");
    refused_in_both("{\"0\":{\"peak_allocated_MB\":01}}",
                    "t.json:1:28: expected ',' or '}', found '1'");
    refused_in_both("{\"0\":{\"x\":\"\\x\"}}", "t.json:1:12: not an escape sequence of JSON");
    refused_in_both("{\"0\":{\"x\":\"\\ud800\"}}", "t.json:1:12: not an escape sequence of JSON");
    refused_in_both("{\"0\":{\"x\":\"\\udc00\"}}", "t.json:1:12: not an escape sequence of JSON");
    refused_in_both("{\"0\":{\"x\":\"\xC0\x80\"}}", "t.json:1:12: not valid UTF-8");
    refused_in_both("{\"0\":{\"x\":\"\xED\xA0\x80\"}}", "t.json:1:12: not valid UTF-8");
    refused_in_both("{\"0\":{\"x\":\"\xF4\x90\x80\x80\"}}", "t.json:1:12: not valid UTF-8");
    refused_in_both("{\"0\":{\"x\":\"a\nb\"}}",
                    "t.json:1:13: a control character in a string must be escaped");
    refused_in_both("{\"0\\u0000x\":{}}", "t.json:1:2: expected an iteration's number as the key");
    refused_in_both("{\"0\":{\"dropped_samples\":-5}}",
                    "t.json:1:25: expected a whole number of samples");
    refused_in_both("{\"0\":{\"dropped_samples\":1.5}}",
                    "t.json:1:25: expected a whole number of samples");
    refused_in_both("{\"0\":{\"markers\":5}}",
                    "t.json:1:17: expected an array of markers, found '5'");
    refused_in_both("{\"0\":{\"markers\":[{\"name\":1}]}}",
                    "t.json:1:26: expected a marker's name, found '1'");
    refused_in_both("{\"0\":{\"x\":[1,]}}", "t.json:1:14: expected a value, found ']'");
    refused_in_both("{\"0\":{\"x\":tru}}", "t.json:1:11: expected a value, found 't'");
    refused_in_both("{\"0\":{\"x\":1.}}", "t.json:1:13: expected a digit, found '}'");
    refused_in_both("{\"0\":{'x':1}}", "t.json:1:7: expected a key of an iteration, found '''");
    refused_in_both("{\"0\":[]}", "t.json:1:6: expected an iteration in '{', found '['");
    refused_in_both("{\"0\":{\"samples\":{}}}",
                    "t.json:1:17: expected an array of samples, found '{'");
    refused("{\"0\":{\"samples\":[1]}}", "t.json:1:18: expected a sample in '{', found '1'");
    refused("{\"0\":{\"samples\":[{\"timestamp_s\":\"1\"}]}}",
            "t.json:1:33: expected a number, found '\"'");
}

static void test_nesting(void **state)
{
    (void)state;
    for (int extra = -1; extra <= 1; extra++) {
        char text[512] = "{\"0\":{\"x\":";
        size_t used = strlen(text);
        int depth = TRACE_JSON_MAX_NESTING + extra;
        memset(text + used, '[', (size_t)depth);
        memset(text + used + depth, ']', (size_t)depth);
        snprintf(text + used + 2 * (size_t)depth, 8, "}}");
        struct trace trace = {0};
        struct fault fault = {0};
        assert_int_equal(parse(text, TRACE_FULL, &trace, &fault), extra <= 0);
        if (extra > 0)
            assert_non_null(strstr(fault.text, "nested too deep"));
        trace_free(&trace);
    }
}

static void test_write_and_read_back(void **state)
{
    (void)state;
    double times[] = {0.001, 0.1 + 0.2, 1e-9}, reserved[] = {1, NAN, 3.25};
    double allocated[] = {5e-324, 1.7976931348623157e308, 28572.94482421875};
    double device[] = {NAN, 77.125, NAN};
    struct trace_fact facts[] = {{(char *)"torch", (char *)"2.9 \"x\""}, {(char *)"n", (char *)""}};
    struct trace_marker markers[] = {{0.5, (char *)"step \"1\"\n\xFF"}};
    struct trace_iteration iterations[] = {
        {.number = 7,
         .peak_mb = 58716.72,
         .theoretical_mb = NAN,
         .static_mb = 0,
         .samples = {3, times, reserved, allocated, device},
         .marker_count = 1,
         .markers = markers,
         .dropped_samples = 3,
         .peak_sampled = true,
         .allocated_of = TRACE_MEASURE_DRIVER,
         .reserved_of = TRACE_MEASURE_MIXED},
        {.number = 8, .peak_mb = NAN, .theoretical_mb = 1, .static_mb = NAN},
    };
    const struct trace written = {.count = 2,
                                  .iterations = iterations,
                                  .ending = TRACE_ENDED_KILLED,
                                  .device_capacity_mb = 81559.25,
                                  .fact_count = 2,
                                  .facts = facts};
    char *folder = unit_make_folder(), path[4200];
    snprintf(path, sizeof path, "%s/memory_trace_rank0.json", folder);
    struct fault fault = {0};
    struct trace trace = {0};
    if (!trace_json_write(path, &written, &fault) ||
        !trace_json_read(path, TRACE_FULL, &trace, &fault))
        fail_msg("%s", fault.text);
    assert_int_equal(trace.count, 2);
    assert_true(trace.iterations[0].peak_mb == 58716.72 && trace.iterations[0].static_mb == 0);
    assert_true(isnan(trace.iterations[0].theoretical_mb) && isnan(trace.iterations[1].peak_mb));
    assert_int_equal(trace.iterations[0].samples.count, 3);
    for (int i = 0; i < 3; i++)
        assert_true(unit_same_double(trace.iterations[0].samples.time_s[i], times[i]) &&
                    unit_same_double(trace.iterations[0].samples.allocated_mb[i], allocated[i]));
    assert_true(isnan(trace.iterations[0].samples.reserved_mb[1]));
    assert_string_equal(trace.iterations[0].markers[0].name, "step \"1\"\n\xEF\xBF\xBD");
    assert_int_equal(trace.iterations[0].dropped_samples, 3);
    assert_int_equal(trace.ending, TRACE_ENDED_KILLED);
    assert_true(isnan(trace.iterations[0].samples.device_mb[0]) &&
                trace.iterations[0].samples.device_mb[1] == 77.125);
    assert_true(trace.device_capacity_mb == 81559.25);
    assert_int_equal(trace.fact_count, 2);
    assert_string_equal(trace.facts[0].value, "2.9 \"x\"");
    assert_string_equal(trace.facts[1].name, "n");
    assert_true(trace.iterations[0].peak_sampled);
    assert_int_equal(trace.iterations[0].allocated_of, TRACE_MEASURE_DRIVER);
    assert_int_equal(trace.iterations[0].reserved_of, TRACE_MEASURE_MIXED);
    assert_int_equal(trace.iterations[1].allocated_of, TRACE_MEASURE_NOT_SAID);
    trace_free(&trace);
    unit_remove_folder(folder);
}

static void test_not_a_file(void **state)
{
    (void)state;
    struct trace trace = {0};
    struct fault fault = {0};
    char *folder = unit_make_folder(), path[4200];
    assert_false(trace_json_read(folder, TRACE_FULL, &trace, &fault));
    assert_non_null(strstr(fault.text, "found a folder"));
    snprintf(path, sizeof path, "%s/pipe", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_false(trace_json_read(path, TRACE_FULL, &trace, &fault));
    assert_non_null(strstr(fault.text, "not a regular file"));
    snprintf(path, sizeof path, "%s/missing", folder);
    assert_false(trace_json_read(path, TRACE_FULL, &trace, &fault));
    assert_non_null(strstr(fault.text, "No such file"));
    unit_write_file(folder, "empty", "", 0);
    snprintf(path, sizeof path, "%s/empty", folder);
    assert_false(trace_json_read(path, TRACE_FULL, &trace, &fault));
    assert_non_null(strstr(fault.text, ":1:1: expected a trace in '{', found the end of the file"));
    trace_free(&trace);
    unit_remove_folder(folder);
}

/* ---- real traces, against cJSON ---- */

static char *read_file(const char *path, size_t *length)
{
    FILE *stream = fopen(path, "re");
    assert_non_null(stream);
    assert_int_equal(fseek(stream, 0, SEEK_END), 0);
    *length = (size_t)ftell(stream);
    rewind(stream);
    char *bytes = malloc(*length + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *length, stream), *length);
    bytes[*length] = '\0';
    fclose(stream);
    return bytes;
}

static void same_as_cjson(const char *path)
{
    size_t length;
    char *bytes = read_file(path, &length);
    cJSON *tree = cJSON_Parse(bytes);
    struct trace trace = {0};
    struct fault fault = {0};
    assert_non_null(tree);
    if (!trace_json_read(path, TRACE_FULL, &trace, &fault))
        fail_msg("%s", fault.text);
    assert_int_equal(trace.count, cJSON_GetArraySize(tree));
    for (size_t i = 0; i < trace.count; i++) {
        char key[24];
        snprintf(key, sizeof key, "%lld", (long long)trace.iterations[i].number);
        const cJSON *iteration = cJSON_GetObjectItemCaseSensitive(tree, key);
        const cJSON *peak = cJSON_GetObjectItemCaseSensitive(iteration, "peak_allocated_MB");
        assert_true(peak->valuedouble == trace.iterations[i].peak_mb);
        const cJSON *samples = cJSON_GetObjectItemCaseSensitive(iteration, "samples"), *sample;
        assert_int_equal(cJSON_GetArraySize(samples), trace.iterations[i].samples.count);
        size_t at = 0;
        cJSON_ArrayForEach(sample, samples)
        {
            assert_true(
                cJSON_GetObjectItemCaseSensitive(sample, "timestamp_s")->valuedouble ==
                    trace.iterations[i].samples.time_s[at] &&
                cJSON_GetObjectItemCaseSensitive(sample, "allocated_memory_MB")->valuedouble ==
                    trace.iterations[i].samples.allocated_mb[at]);
            at++;
        }
    }
    trace_free(&trace);
    cJSON_Delete(tree);
    free(bytes);
}

static void test_real_traces(void **state)
{
    (void)state;
    const char *data = getenv("REAL_DATA");
    static const char *const folders[] = {"30b_tp2_pp4/real", "30b_tp2_pp4/simulated",
                                          "6.7b_tp2_pp2/real", "6.7b_tp2_pp2/simulated"};
    int files = 0;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char path[4200];
        snprintf(path, sizeof path, "%s/real_vs_sim/%s", data ? data : "../shared/data",
                 folders[i]);
        DIR *folder = opendir(path);
        if (!folder)
            skip();
        for (struct dirent *entry; (entry = readdir(folder));) {
            if (entry->d_name[0] == '.')
                continue;
            char file[8192];
            snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
            same_as_cjson(file);
            files++;
        }
        closedir(folder);
    }
    assert_int_equal(files, 24);
}

/* Which sample stands for how many: places that are not there, or not ascending, are passed over.
 */
static void test_left_out(void **state)
{
    (void)state;
    struct trace trace = {0};
    struct fault fault;
    assert_true(parse("{\"0\":{\"left_out_samples\":[[1, 3],[1,7],[0,9],[2,5],[3,1]],\"samples\":["
                      "{\"timestamp_s\":1},{\"timestamp_s\":2},{\"timestamp_s\":3}]},"
                      "\"1\":{\"samples\":[{\"timestamp_s\":4}],\"left_out_samples\":[]},"
                      "\"2\":{\"left_out_samples\":null}}",
                      TRACE_FULL, &trace, &fault));
    const struct trace_samples *samples = &trace.iterations[0].samples;
    const uint64_t weights[] = {1, 4, 6};
    assert_int_equal(samples->left_out_count, 2);
    for (size_t i = 0, next = 0; i < 3; i++)
        assert_int_equal(trace_samples_weight(samples, i, &next), weights[i]);
    assert_int_equal(trace_samples_taken(samples), 11);
    assert_int_equal(trace_samples_taken(&trace.iterations[1].samples), 1);
    assert_int_equal(trace_samples_taken(&trace.iterations[2].samples), 0);
    assert_false(parse("{\"0\":{\"left_out_samples\":[[1,2,3]]}}", TRACE_FULL, &trace, &fault));
    assert_non_null(strstr(fault.text, "expected two numbers"));
    assert_false(parse("{\"0\":{\"left_out_samples\":[[1,-2]]}}", TRACE_FULL, &trace, &fault));
    assert_non_null(strstr(fault.text, "expected a whole number of samples"));
    trace_free(&trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_left_out),      cmocka_unit_test(test_fields),
        cmocka_unit_test(test_not_recorded),  cmocka_unit_test(test_order_and_duplicates),
        cmocka_unit_test(test_our_additions), cmocka_unit_test(test_measures),
        cmocka_unit_test(test_device_memory), cmocka_unit_test(test_run),
        cmocka_unit_test(test_ending),        cmocka_unit_test(test_coordinates),
        cmocka_unit_test(test_accepted),      cmocka_unit_test(test_refused),
        cmocka_unit_test(test_nesting),       cmocka_unit_test(test_write_and_read_back),
        cmocka_unit_test(test_not_a_file),    cmocka_unit_test(test_real_traces),
    };
    return cmocka_run_group_tests_name("trace_json", tests, NULL, NULL);
}
