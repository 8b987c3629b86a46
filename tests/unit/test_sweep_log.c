/* Sweep logs: lines as we and older tools write them, and folders of them. */
#include "schemas/sweep_log/sweep_log.h"
#include "tests/unit/unit.h"

#include <sys/stat.h>
#include <unistd.h>

static struct sweep_entry parsed(const char *line)
{
    struct sweep_entry entry;
    struct fault fault;
    if (!sweep_log_parse_line(line, &entry, &fault))
        fail_msg("%s: %s", line, fault.text);
    return entry;
}

static int64_t size(const struct sweep_entry *entry, size_t dimension)
{
    return configuration_number(&entry->configuration, dimension);
}

static void test_whole_line(void **state)
{
    (void)state;
    static const char line[] =
        "Config 12: TP=2, PP=64, DP=64, NUM_MICBATCH=384, GLOBAL_BATCH_SIZE=24576 - SUCCESS";
    struct sweep_entry entry = parsed(line);
    assert_int_equal(entry.number, 12);
    assert_int_equal(size(&entry, DIMENSION_TP), 2);
    assert_int_equal(size(&entry, DIMENSION_PP), 64);
    assert_int_equal(size(&entry, DIMENSION_DP), 64);
    assert_int_equal(size(&entry, DIMENSION_MICRO_BATCHES), 384);
    assert_int_equal(size(&entry, DIMENSION_GLOBAL_BATCH_SIZE), 24576);
    assert_int_equal(entry.outcome, SWEEP_SUCCESS);
    char text[256];
    assert_int_equal(sweep_log_format_line(text, sizeof text, &entry), sizeof line - 1);
    assert_string_equal(text, line);
}

static const struct {
    const char *ending;
    enum sweep_outcome outcome;
    int64_t status, signal;
    const char *cause;
} ENDINGS[] = {
    {"", SWEEP_PLANNED, -1, -1, ""},
    {" - SUCCESS\r", SWEEP_SUCCESS, -1, -1, ""},
    {"  -  success (12 s)", SWEEP_SUCCESS, -1, -1, ""},
    {" - FAILED", SWEEP_OOM, -1, -1, ""},
    {" - FAILED (status: 1)", SWEEP_OOM, 1, -1, ""},
    {" - FAILED (status: 1, oom)", SWEEP_OOM, 1, -1, "oom"},
    {" - Failed (OOM)", SWEEP_OOM, -1, -1, "OOM"},
    {" - FAILED (status: 2, error)", SWEEP_FAILED, 2, -1, "error"},
    {" - FAILED (signal: 9)", SWEEP_FAILED, -1, 9, "signal: 9"},
    {" - FAILED (timeout)", SWEEP_FAILED, -1, -1, "timeout"},
    {" - FAILED (status:5555555555555555555                                          5)",
     SWEEP_FAILED, -1, -1, "status:5555555555555555555                                  ..."},
    {" - FAILED (oom, node: gpu12)", SWEEP_OOM, -1, -1, "oom, node: gpu12"},
    {" - FAILED ( status: 137 , oom,signal: 9 )", SWEEP_OOM, 137, 9, "oom, signal: 9"},
    {" - FAILED (signal: 15, timeout)", SWEEP_FAILED, -1, 15, "signal: 15, timeout"},
    {" - FAILED (not an oom)", SWEEP_FAILED, -1, -1, "not an oom"},
    {" - FAILED (status: 1, error (see (1))) and (oom)", SWEEP_FAILED, 1, -1, "error (see (1))"},
    {" - FAILED (a (b, c)", SWEEP_FAILED, -1, -1, "a (b, c"},
    {" - FAILED (the last words of a program that talks too much for one line, oom)", SWEEP_OOM, -1,
     -1, "oom"},
    {" - SKIPPED ( theory (300 GB) is over 80 ) x", SWEEP_SKIPPED, -1, -1,
     "theory (300 GB) is over 80"},
    {" - SKIPPED (theory, 300 GB)", SWEEP_SKIPPED, -1, -1, "theory, 300 GB"},
};

static void test_outcomes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ENDINGS / sizeof *ENDINGS; i++) {
        char line[256];
        snprintf(line, sizeof line, "Config 1: TP=2, PP=4%s", ENDINGS[i].ending);
        struct sweep_entry entry = parsed(line);
        assert_int_equal(entry.outcome, ENDINGS[i].outcome);
        assert_int_equal(entry.status, ENDINGS[i].status);
        assert_int_equal(entry.signal, ENDINGS[i].signal);
        assert_string_equal(entry.cause, ENDINGS[i].cause);
        char text[256];
        sweep_log_format_line(text, sizeof text, &entry);
        struct sweep_entry again = parsed(text);
        assert_int_equal(configuration_compare(&again.configuration, &entry.configuration), 0);
        assert_int_equal(again.outcome, ENDINGS[i].outcome);
        assert_int_equal(again.status, ENDINGS[i].status);
        assert_int_equal(again.signal, ENDINGS[i].signal);
        if (entry.cause[0] || entry.outcome != SWEEP_OOM) /* else we say what the old line meant */
            assert_string_equal(again.cause, entry.cause);
    }
}

static void test_written(void **state)
{
    (void)state;
    /* What we write of a failure that is not OOM is not read as OOM. */
    struct sweep_entry error = {.number = 1, .outcome = SWEEP_FAILED, .status = 1, .signal = -1};
    configuration_set_number(&error.configuration, DIMENSION_TP, 1);
    configuration_set_number(&error.configuration, DIMENSION_PP, 1);
    char text[256];
    sweep_log_format_line(text, sizeof text, &error);
    assert_string_equal(text, "Config 1: TP=1, PP=1 - FAILED (status: 1, error)");
    error.status = -1;
    error.signal = 11;
    sweep_log_format_line(text, sizeof text, &error);
    assert_string_equal(text, "Config 1: TP=1, PP=1 - FAILED (signal: 11)");
    /* A buffer too small is filled as snprintf fills it. */
    char small[16];
    assert_int_equal(sweep_log_format_line(small, sizeof small, &error), strlen(text));
    assert_memory_equal(small, text, sizeof small - 1);
    assert_int_equal(small[sizeof small - 1], '\0');
}

/* Words of other dimensions follow those that older readers know. */
static void test_more_dimensions(void **state)
{
    (void)state;
    static const char line[] = "Config 13: TP=2, PP=16, DP=64, NUM_MICBATCH=96, "
                               "GLOBAL_BATCH_SIZE=6144, CP=4, EP=8, RECOMPUTE=core-attn+moe-act, "
                               "flash=1 - SUCCESS";
    struct sweep_entry entry = parsed(line);
    assert_int_equal(size(&entry, DIMENSION_CP), 4);
    assert_int_equal(size(&entry, DIMENSION_EP), 8);
    assert_int_equal(size(&entry, DIMENSION_WORLD_SIZE), 2 * 16 * 64 * 4);
    assert_string_equal(configuration_word(&entry.configuration, DIMENSION_RECOMPUTE),
                        "core-attn+moe-act");
    assert_string_equal(entry.configuration.tags, "flash1");
    char text[256];
    sweep_log_format_line(text, sizeof text, &entry);
    assert_string_equal(text, line);
    /* A line without them is of another configuration. */
    struct sweep_entry other =
        parsed("Config 12: TP=2, PP=16, DP=64, NUM_MICBATCH=96, GLOBAL_BATCH_SIZE=6144");
    assert_int_not_equal(configuration_compare(&entry.configuration, &other.configuration), 0);
}

static void test_outcome_words(void **state)
{
    (void)state;
    static const char *const texts[] = {"planned", "success", "oom", "failed", "skipped"};
    for (int i = SWEEP_PLANNED; i <= SWEEP_SKIPPED; i++) {
        enum sweep_outcome outcome;
        assert_string_equal(sweep_outcome_text((enum sweep_outcome)i), texts[i]);
        assert_true(sweep_outcome_parse(sweep_outcome_word((enum sweep_outcome)i), &outcome));
        assert_int_equal(outcome, i);
        assert_true(sweep_outcome_parse(texts[i], &outcome));
        assert_int_equal(outcome, i);
    }
    enum sweep_outcome none;
    assert_false(sweep_outcome_parse("MAYBE", &none));
}

static void test_lenient(void **state)
{
    (void)state;
    struct sweep_entry entry = parsed("  config 7 :PP=4 ,EXTRA=some thing, TP= 2 - SUCCESS");
    assert_int_equal(entry.number, 7);
    assert_int_equal(size(&entry, DIMENSION_TP), 2);
    assert_int_equal(size(&entry, DIMENSION_PP), 4);
    assert_int_equal(size(&entry, DIMENSION_DP), -1);
}

static void refused(const char *line, const char *part)
{
    struct sweep_entry entry;
    struct fault fault;
    assert_false(sweep_log_parse_line(line, &entry, &fault));
    if (!strstr(fault.text, part) || (!*part && fault.text[0]))
        fail_msg("%s: said '%s'", line, fault.text);
}

/* The outcome is none of its letters. */
static void test_word_without_value(void **state)
{
    (void)state;
    struct sweep_entry entry = parsed("Config 3: TP=2, PP=4, note= - FAILED (status: 1, oom)");
    assert_int_equal(entry.outcome, SWEEP_OOM);
    assert_int_equal(entry.status, 1);
    assert_string_equal(entry.configuration.tags, "note");
}

static void test_refused(void **state)
{
    (void)state;
    refused("Config 1: TP=2, PP=4, = - SUCCESS", "expected KEY=value, found '= -");
    refused("", "");
    refused("Successful configurations:", "");
    refused("Config list", "");
    refused("Config 1 TP=1, PP=1", "expected ':'");
    refused("Config 1: TP=x, PP=1", "whole number after 'TP='");
    refused("Config 1: TP=-1, PP=1", "whole number after 'TP='");
    refused("Config 1: PP=1", "TP and PP of at least 1");
    refused("Config 1: TP=0, PP=1", "TP and PP of at least 1");
    refused("Config 1: TP=1, PP=1 - MAYBE", "expected SUCCESS");
    refused("Config 1: TP=1, PP", "expected KEY=value");
    refused("Config 1: TP=99999999999999999999, PP=1", "whole number");
}

static void put(const char *folder, const char *name, const char *text)
{
    unit_write_file(folder, name, text, strlen(text));
}

static void test_folder(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    put(folder, SWEEP_LOG_COMBINATIONS,
        "All:\n\nConfig 1: TP=1, PP=1, DP=4\nConfig 2: TP=1, PP=2, DP=2\n"
        "Config 3: TP=2, PP=1, DP=2\nConfig 4: TP=2, PP=2, DP=1\n");
    put(folder, SWEEP_LOG_FAILED,
        "Config 1: TP=1, PP=1, DP=4 - FAILED (signal: 9)\n"
        "Config 1: TP=1, PP=1, DP=4 - FAILED (status: 1, oom)\n"
        "Config 2: TP=1, PP=2, DP=2 - FAILED\n"
        "Config 3: TP=2, PP=zwei\nConfig 3: TP=2, PP=1, DP=2 - SUCCESS");
    put(folder, SWEEP_LOG_SUCCESSFUL, "Config 2: TP=1, PP=2, DP=2 - SUCCESS\r\n");
    struct sweep_log log;
    struct fault fault = {0};
    if (!sweep_log_read(folder, &log, &fault))
        fail_msg("%s", fault.text);
    assert_int_equal(log.count, 4);
    assert_int_equal(log.entries[0].outcome, SWEEP_OOM);     /* the last line stands */
    assert_int_equal(log.entries[1].outcome, SWEEP_SUCCESS); /* after a retry */
    assert_int_equal(log.entries[2].outcome, SWEEP_SUCCESS);
    assert_int_equal(log.entries[3].outcome, SWEEP_PLANNED);
    assert_int_equal(log.warning_count, 2);
    assert_non_null(strstr(log.warnings[0], SWEEP_LOG_FAILED ":4: expected a whole number"));
    assert_non_null(strstr(log.warnings[1], SWEEP_LOG_FAILED ":5: the outcome"));
    sweep_log_free(&log);
    unit_remove_folder(folder);
}

static void test_missing(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    struct sweep_log log;
    struct fault fault = {0};
    assert_false(sweep_log_read(folder, &log, &fault));
    assert_non_null(strstr(fault.text, SWEEP_LOG_SUCCESSFUL));
    put(folder, SWEEP_LOG_FAILED, "");
    assert_true(sweep_log_read(folder, &log, &fault));
    assert_int_equal(log.count, 0);
    sweep_log_free(&log);
    unit_remove_folder(folder);
}

/* What a crashed machine and a careless hand leave in a folder. */
static void test_spoiled(void **state)
{
    (void)state;
    static const char zeros[] =
        "Config 1: TP=1, PP=1 - SUCCESS\n\0\0\0Config 2: TP=2, PP=2 - SUCCESS\n"
        "Config 3: TP=4, PP=1 - SUCCESS";
    char *folder = unit_make_folder(), path[4200];
    unit_write_file(folder, SWEEP_LOG_SUCCESSFUL, zeros, sizeof zeros - 1);
    struct sweep_log log;
    struct fault fault = {0};
    assert_true(sweep_log_read(folder, &log, &fault));
    assert_int_equal(log.count, 2);
    assert_int_equal(log.warning_count, 1);
    assert_non_null(strstr(log.warnings[0], SWEEP_LOG_SUCCESSFUL ":2: expected a line of text"));
    sweep_log_free(&log);

    snprintf(path, sizeof path, "%s/" SWEEP_LOG_FAILED, folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_false(sweep_log_read(folder, &log, &fault)); /* and does not wait for a writer */
    assert_non_null(
        strstr(fault.text, SWEEP_LOG_FAILED ": expected a sweep's log, found something"));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_false(sweep_log_read(folder, &log, &fault));
    assert_non_null(strstr(fault.text, "found a folder"));
    snprintf(path, sizeof path, "%s/" SWEEP_LOG_SUCCESSFUL, folder);
    assert_false(sweep_log_read(path, &log, &fault));
    assert_non_null(strstr(fault.text, "Not a directory"));
    unit_remove_folder(folder);
}

static void test_long(void **state)
{
    (void)state;
    enum { LINES = 100000 };
    char *folder = unit_make_folder(), *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    for (int i = 0; i < LINES; i++)
        fprintf(stream, "Config %d: TP=%d, PP=%d - %s\n", i, 1 + i % 300, 1 + i / 300 % 300,
                i % 2 ? "SUCCESS" : "FAILED");
    for (int i = 0; i < 1 << 20; i++)
        fputc(i % 3 ? 'x' : '\0', stream);
    fclose(stream);
    unit_write_file(folder, SWEEP_LOG_COMBINATIONS, text, size);
    free(text);
    struct sweep_log log;
    struct fault fault = {0};
    assert_true(sweep_log_read(folder, &log, &fault));
    assert_int_equal(log.count, 90000);
    assert_int_equal(log.warning_count, 1); /* the line of zero bytes */
    sweep_log_free(&log);
    unit_remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_line),    cmocka_unit_test(test_outcomes),
        cmocka_unit_test(test_written),       cmocka_unit_test(test_more_dimensions),
        cmocka_unit_test(test_outcome_words), cmocka_unit_test(test_lenient),
        cmocka_unit_test(test_refused),       cmocka_unit_test(test_folder),
        cmocka_unit_test(test_missing),       cmocka_unit_test(test_spoiled),
        cmocka_unit_test(test_long),          cmocka_unit_test(test_word_without_value),
    };
    return cmocka_run_group_tests_name("sweep_log", tests, NULL, NULL);
}
