/* What export_trace writes, byte by byte, of a small trace that has one of everything. */
#include "schemas/trace/json/trace_json.h"
#include "tests/unit/unit.h"
#include "tracer/export/formats.h"

#include <math.h>

static const char TRACE[] =
    "{\"3\": {\"samples\": [\n"
    "{\"timestamp_s\": 1, \"allocated_memory_MB\": 5, \"reserved_memory_MB\": 8},\n"
    "{\"timestamp_s\": 1.25, \"allocated_memory_MB\": 6.5, \"device_memory_MB\": 9},\n"
    "{\"timestamp_s\": 1.5}],\n"
    "\"left_out_samples\": [[0, 4]], \"reserved_of\": \"allocator\",\n"
    "\"markers\": [{\"timestamp_s\": 1.125, \"name\": \"a \\\"mark\\\"\"}],\n"
    "\"peak_allocated_MB\": 7, \"theoretical_memory_MB\": 11.5},\n"
    "\"4\": {\"samples\": [{\"timestamp_s\": 2, \"reserved_memory_MB\": 3}], "
    "\"static_memory_MB\": 2},\n"
    "\"5\": {\"peak_allocated_MB\": 9}}";

static struct trace parse(const char *json)
{
    struct trace trace = {0};
    struct fault fault = {0};
    if (!trace_json_parse(json, strlen(json), "it", TRACE_FULL, &trace, &fault))
        fail_msg("%s", fault.text);
    return trace;
}

static char *put(const char *format, const char *name, const char *json, size_t before)
{
    struct trace trace = parse(json);
    struct trace_name parsed;
    struct fault fault = {0};
    char *text = NULL;
    size_t length;
    if (!trace_name_parse(name, &parsed, &fault))
        fail_msg("%s", fault.text);
    FILE *stream = open_memstream(&text, &length);
    export_format_named(format)->put(stream, &parsed, &trace, before);
    fclose(stream);
    trace_free(&trace);
    return text;
}

static void puts_out(const char *format, const char *name, const char *json, size_t before,
                     const char *expected)
{
    char *text = put(format, name, json, before);
    assert_string_equal(text, expected);
    free(text);
}

#define NAMED "memory_trace_rank5_wd8_tp2_pp4_rc-full_lr0.1_ts99999.json"
#define SAME                                                                                       \
    "{\"rank\": 5, \"stage\": 2, \"world_size\": 8, \"tp\": 2, \"pp\": 4, \"dp\": 1, \"vpp\": 1, " \
    "\"cp\": 1, \"ep\": 1, \"etp\": 2, \"experts\": 0, \"recompute\": \"full\", \"tags\": "        \
    "\"lr0.1\", \"iteration\": "
#define OF(reserved) ", \"allocated_of\": \"allocator\", \"reserved_of\": \"" reserved "\", "

static void test_ndjson(void **state)
{
    (void)state;
    static const char summary[] = "\"peak_allocated_MB\": 7.0, \"static_memory_MB\": null, "
                                  "\"theoretical_memory_MB\": 11.5}\n";
    char expected[4096];
    snprintf(expected, sizeof expected, "%s%s%s%s%s%s%s%s",
             SAME "3, \"timestamp_s\": 1.0, \"allocated_memory_MB\": 5.0, \"reserved_memory_MB\": "
                  "8.0, \"device_memory_MB\": null, \"left_out_samples\": 4" OF("allocator"),
             summary,
             SAME "3, \"timestamp_s\": 1.25, \"allocated_memory_MB\": 6.5, \"reserved_memory_MB\": "
                  "null, \"device_memory_MB\": 9.0, \"left_out_samples\": 0" OF("allocator"),
             summary,
             SAME "3, \"timestamp_s\": 1.5, \"allocated_memory_MB\": null, \"reserved_memory_MB\": "
                  "null, \"device_memory_MB\": null, \"left_out_samples\": 0" OF("allocator"),
             summary,
             SAME "4, \"timestamp_s\": 2.0, \"allocated_memory_MB\": null, \"reserved_memory_MB\": "
                  "3.0, \"device_memory_MB\": null, \"left_out_samples\": 0" OF(
                      "device") "\"peak_allocated_MB\": null, \"static_memory_MB\": 2.0, "
                                "\"theoretical_memory_MB\": null}\n",
             SAME "5, \"timestamp_s\": null, \"allocated_memory_MB\": null, "
                  "\"reserved_memory_MB\": null, \"device_memory_MB\": null, "
                  "\"left_out_samples\": 0" OF(
                      "device") "\"peak_allocated_MB\": 9.0, \"static_memory_MB\": null, "
                                "\"theoretical_memory_MB\": null}\n");
    puts_out("ndjson", NAMED, TRACE, 0, expected);
    /* A column that nothing stands in is left out. */
    puts_out("ndjson", "memory_trace_rank0.json",
             "{\"0\": {\"samples\": [{\"timestamp_s\": 1, \"allocated_memory_MB\": 2}]}}", 0,
             "{\"rank\": 0, \"vpp\": 1, \"cp\": 1, \"ep\": 1, \"experts\": 0, \"iteration\": 0, "
             "\"timestamp_s\": 1.0, \"allocated_memory_MB\": 2.0, \"reserved_memory_MB\": null, "
             "\"left_out_samples\": 0" OF(
                 "device") "\"peak_allocated_MB\": null, "
                           "\"static_memory_MB\": null, \"theoretical_memory_MB\": null}\n");
}

static void test_csv(void **state)
{
    (void)state;
    puts_out("csv", NAMED, TRACE, 0,
             "5,3,1.0,5.0,8.0,,4\n5,3,1.25,6.5,,9.0,0\n5,3,1.5,,,,0\n5,4,2.0,,3.0,,0\n");
}

/* One line per event, as they are written. */
/* clang-format off */
#define EVENT(kind, at) "{\"ph\": \"" kind "\", \"pid\": 5, \"tid\": 0, \"ts\": " at ", "
#define COUNTER(at, values) EVENT("C", at) \
    "\"name\": \"rank 5, stage 2: memory, MB\", \"args\": {" values "}}"
static const char CHROME[] =
    "\n" EVENT("M", "0.000") "\"name\": \"process_name\", \"args\": {\"name\": \"rank 5, stage 2\"}},"
    "\n" EVENT("M", "0.000") "\"name\": \"process_sort_index\", \"args\": {\"sort_index\": 2000005}},"
    "\n" EVENT("M", "0.000") "\"name\": \"thread_name\", \"args\": {\"name\": \"iterations\"}},"
    "\n" EVENT("X", "1000000.000") "\"dur\": 500000.000, \"name\": \"iteration 3\", \"args\": "
         "{\"peak_allocated_MB\": 7.0, \"theoretical_memory_MB\": 11.5}},"
    "\n" COUNTER("1000000.000", "\"allocated\": 5.0, \"reserved\": 8.0") ","
    "\n" COUNTER("1250000.000", "\"allocated\": 6.5, \"device\": 9.0") ","
    "\n" EVENT("i", "1125000.000") "\"s\": \"t\", \"name\": \"a \\\"mark\\\"\"},"
    "\n" EVENT("X", "2000000.000") "\"dur\": 0.000, \"name\": \"iteration 4\", \"args\": {\"static_memory_MB\": 2.0}},"
    "\n" COUNTER("2000000.000", "\"reserved\": 3.0");
/* clang-format on */

static void test_chrome(void **state)
{
    (void)state;
    puts_out("chrome", NAMED, TRACE, 0, CHROME);
    char *further = put("chrome", NAMED, TRACE, 1); /* behind another rank's */
    assert_int_equal(further[0], ',');
    assert_string_equal(further + 1, CHROME);
    free(further);
}

/* Where a rank stands among the others; without a stage, by its number. */
static void test_places(void **state)
{
    (void)state;
    static const struct {
        const char *name, *place;
    } cases[] = {
        {"memory_trace_rank7.json", "7}"},
        {"memory_trace_rank1_wd8_tp2_pp4.json", "1}"},
        {"memory_trace_rank2_wd8_tp2_pp4.json", "1000002}"},
        {"memory_trace_rank999999_wd2000000_tp1_pp2.json", "999999}"},
        {"memory_trace_rank1000000_wd2000000_tp1_pp2.json", "1000000}"},
        {"memory_trace_rank1000000_wd2000000_tp1_pp4.json", "1000000}"},
        {"memory_trace_rank1999_wd2001_tp1_pp2001.json", "1999001999}"},
        {"memory_trace_rank2000_wd2001_tp1_pp2001.json", "2000}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = put("chrome", cases[i].name, "{}", 0);
        const char *index = strstr(text, "\"sort_index\": ");
        assert_non_null(index);
        assert_memory_equal(index + strlen("\"sort_index\": "), cases[i].place,
                            strlen(cases[i].place));
        free(text);
    }
}

static void test_formats(void **state)
{
    (void)state;
    assert_null(export_format_named("xml"));
    assert_null(export_format_named("json")->put);
    assert_true(export_format_named("chrome")->joins_ranks);
    assert_false(export_format_named("csv")->joins_ranks ||
                 export_format_named("ndjson")->joins_ranks);
    char *folder = unit_make_folder(), path[4200];
    struct trace trace = parse(TRACE);
    struct trace_name name;
    struct fault fault = {0};
    size_t length;
    assert_true(trace_name_parse(NAMED, &name, &fault));
    snprintf(path, sizeof path, "%s/it.csv", folder);
    assert_true(export_write(export_format_named("csv"), path, &name, &trace, &fault));
    char *text = unit_read_file(folder, "it.csv", &length);
    assert_int_equal(strncmp(text, "rank,iteration,timestamp_s,allocated_memory_MB,", 47), 0);
    assert_non_null(strstr(text, "\n5,3,1.0,5.0,8.0,,4\n"));
    free(text);
    trace_free(&trace);
    unit_remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ndjson),  cmocka_unit_test(test_csv),
        cmocka_unit_test(test_chrome),  cmocka_unit_test(test_places),
        cmocka_unit_test(test_formats),
    };
    return cmocka_run_group_tests_name("export", tests, NULL, NULL);
}
