/* Folders of traces: what is listed, in which order, and that one bad file spoils no other. */
#include "schemas/trace_folder/trace_set.h"
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <math.h>
#include <stdatomic.h>
#include <sys/stat.h>

static const char TRACE[] = "{\"0\":{\"samples\":[{\"allocated_memory_MB\":3}],"
                            "\"peak_allocated_MB\":5}}";
static const char WITHOUT_PEAK[] = "{\"0\":{\"samples\":[{\"allocated_memory_MB\":3},"
                                   "{\"allocated_memory_MB\":7}]}}";

static void put(const char *folder, const char *name, const char *text)
{
    unit_write_file(folder, name, text, strlen(text));
}

static struct trace_folder listed(const char *path, const struct filter *filter)
{
    struct trace_folder folder;
    struct fault fault = {0};
    if (!trace_folder_list(path, filter, &folder, &fault))
        fail_msg("%s", fault.text);
    return folder;
}

static void test_list(void **state)
{
    (void)state;
    char *path = unit_make_folder(), sub[4200];
    put(path, "memory_trace_rank10_wd16_tp2_pp4.json", TRACE);
    put(path, "memory_trace_rank2_wd160_tp10_pp1.json", TRACE);
    put(path, "memory_trace_rank2_wd160_tp2_pp1.json", TRACE);
    put(path, "memory_trace_rank2_wd160_tp2_pp1.gmtrace", "");
    put(path, "memory_trace_rank3_wd16_tp2_pp1.gmtrace", "");
    put(path, ".memory_trace_rank1.json.abcdef", TRACE);
    put(path, "notes.txt", "");
    snprintf(sub, sizeof sub, "%s/memory_traces", path);
    assert_int_equal(mkdir(sub, 0700), 0);
    struct trace_folder folder = listed(path, NULL);
    static const char *const expected[] = {
        "memory_trace_rank2_wd160_tp2_pp1.json", "memory_trace_rank2_wd160_tp10_pp1.json",
        "memory_trace_rank3_wd16_tp2_pp1.gmtrace", "memory_trace_rank10_wd16_tp2_pp4.json"};
    assert_int_equal(folder.count, 4);
    assert_int_equal(folder.others, 1);
    for (int i = 0; i < 4; i++)
        assert_string_equal(folder.files[i].base, expected[i]);
    trace_folder_free(&folder);

    struct filter filter;
    assert_true(filter_parse("tp=2,pp=4", &filter, NULL));
    folder = listed(path, &filter);
    assert_int_equal(folder.count, 1);
    trace_folder_free(&folder);
    unit_remove_folder(path);
}

static void set_time(const char *folder, const char *name, time_t when)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    const struct timespec times[2] = {{.tv_sec = when}, {.tv_sec = when}};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* A recording that is newer than the JSON file of its name is of a new run, not what it became. */
static void test_newer_stands(void **state)
{
    (void)state;
    static const char json[] = "memory_trace_rank0_tp2.json";
    static const char recording[] = "memory_trace_rank0_tp2.gmtrace";
    char *path = unit_make_folder();
    put(path, json, "{}");
    put(path, recording, "");
    put(path, "memory_trace_rank0_tp2_pp2.json", "{}");
    for (int newer = 0; newer < 2; newer++) {
        set_time(path, json, 1000);
        set_time(path, recording, newer ? 1001 : 1000);
        struct trace_folder folder = listed(path, NULL);
        assert_int_equal(folder.count, 2);
        bool found = false;
        for (int i = 0; i < 2; i++)
            found |= strcmp(folder.files[i].base, newer ? recording : json) == 0;
        assert_true(found);
        trace_folder_free(&folder);
    }
    unit_remove_folder(path);
}

static void test_missing(void **state)
{
    (void)state;
    struct trace_folder folder;
    struct fault fault = {0};
    assert_false(trace_folder_list("/no/such/folder", NULL, &folder, &fault));
    assert_non_null(strstr(fault.text, "/no/such/folder: cannot be read"));
}

enum { FILES = 200 };

struct seen {
    double peaks[FILES];
    atomic_int visits;
    size_t done;
};

static bool visit(void *context, size_t index, const struct trace *trace)
{
    struct seen *seen = context;
    atomic_fetch_add(&seen->visits, 1);
    seen->peaks[index] = trace_iteration_peak(&trace->iterations[0]).mb;
    return true;
}

static void count_done(void *context, size_t done)
{
    struct seen *seen = context;
    seen->done = done;
}

static void test_read(void **state)
{
    (void)state;
    char *path = unit_make_folder();
    for (int i = 0; i < FILES; i++) {
        char name[64], text[128];
        snprintf(name, sizeof name, "memory_trace_rank%d.json", i);
        snprintf(text, sizeof text, "{\"0\":{\"peak_allocated_MB\":%d}}", i);
        put(path, name, i % 10 == 3 ? "{\"0\":{" : i % 10 == 4 ? WITHOUT_PEAK : text);
    }
    for (unsigned jobs = 0; jobs < 6; jobs++) {
        struct seen seen = {0};
        struct trace_set set;
        struct fault fault = {0};
        assert_true(trace_set_list(&set, &path, 1, NULL, &fault));
        assert_true(trace_set_read(&set, TRACE_SUMMARY, jobs, visit, count_done, &seen, &fault));
        assert_int_equal(atomic_load(&seen.visits), FILES - FILES / 10);
        assert_int_equal(set.unreadable, FILES / 10);
        assert_true(jobs == 1 ? seen.done == FILES : seen.done <= FILES);
        for (int i = 0; i < FILES; i++) {
            bool failed = !set.summaries[i].read;
            assert_int_equal(failed, i % 10 == 3);
            if (failed)
                assert_non_null(strstr(set.faults[i].text, "memory_trace_rank"));
            else
                assert_true(seen.peaks[i] == (i % 10 == 4 ? 7 : i));
            if (!failed)
                assert_true(set.summaries[i].peak_mb == seen.peaks[i]);
        }
        trace_set_free(&set);
    }
    unit_remove_folder(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_newer_stands),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_read),
    };
    return cmocka_run_group_tests_name("trace_folder", tests, NULL, NULL);
}
