/* Names of trace files, their tags, and --where. */
#include "schemas/trace/trace_name.h"
#include "tests/unit/unit.h"

static struct trace_name parsed(const char *text)
{
    struct trace_name name;
    if (!trace_name_parse(text, &name))
        fail_msg("not a trace's name: %s", text);
    return name;
}

static void test_real_names(void **state)
{
    (void)state;
    struct trace_name name = parsed("memory_trace_rank0_wd8_tp2_pp4_l40_bs1.json");
    assert_int_equal(name.rank, 0);
    assert_int_equal(name.format, TRACE_FORMAT_JSON);
    assert_int_equal(trace_name_number(&name, "wd", -1), 8);
    assert_int_equal(trace_name_number(&name, "mbs", -1), 1);
    assert_int_equal(trace_name_number(&name, "bs", -1), 1);
    assert_int_equal(trace_name_number(&name, "dp", -1), 1); /* 8 / (2 * 4) */
    assert_int_equal(trace_name_number(&name, "gbs", -7), -7);
    name = parsed("memory_trace_rank17_wd8192_tp2_pp64_dp64_exp1_expNumNone_l96_mbs1_nmbs384_"
                  "gbs24576_ts60530.gmtrace");
    assert_int_equal(name.format, TRACE_FORMAT_RECORDING);
    assert_int_equal(name.rank, 17);
    assert_int_equal(trace_name_number(&name, "nmbs", -1), 384);
    assert_int_equal(trace_name_number(&name, "exp", -1), 1);
    assert_int_equal(trace_name_number(&name, "ep", -1), 1);
    assert_string_equal(trace_name_text(&name, "expNum"), "None");
    assert_int_equal(trace_name_number(&name, "expNum", -1), -1);
}

static void test_odd_names(void **state)
{
    (void)state;
    struct trace_name name = parsed("memory_trace_rank3.json");
    assert_int_equal(name.tag_count, 0);
    name = parsed("memory_trace_rank3_lr0.1_run-7_2024_\n\"\xC3\xA9__tp4.json");
    assert_string_equal(trace_name_text(&name, "lr"), "0.1");
    assert_int_equal(trace_name_number(&name, "tp", -1), 4);
    assert_string_equal(trace_name_text(&name, ""), "\n\"\xC3\xA9");
    assert_int_equal(trace_name_number(&name, "l", -1), -1);
    struct trace_name none;
    static const char *const others[] = {"",
                                         ".json",
                                         "memory_trace_rank.json",
                                         "memory_trace_rankx.json",
                                         "memory_trace_rank1",
                                         "memory_trace_rank1x.json",
                                         "memory_trace_rank-1.json",
                                         "memory_trace_rank1.json.tmp",
                                         "memory_trace_rank99999999999999999999.json",
                                         "Memory_trace_rank1.json",
                                         "summary.log",
                                         ".memory_trace_rank1.json.abcdef"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(trace_name_parse(others[i], &none));
}

static void test_many_tags(void **state)
{
    (void)state;
    char text[1024] = "memory_trace_rank1";
    for (int i = 0; i < 60; i++)
        strcat(text, i == 5 ? "_averyveryverylongkey1" : "_a1"); /* NOLINT: 1024 is enough */
    strcat(text, ".json");                                       /* NOLINT: as above */
    struct trace_name name = parsed(text);
    assert_int_equal(name.tag_count, TRACE_NAME_MAX_TAGS);
}

static bool chooses(const char *where, const char *text)
{
    struct tag_filter filter;
    assert_true(tag_filter_parse(where, &filter));
    struct trace_name name = parsed(text);
    return tag_filter_matches(&filter, &name);
}

static void test_where(void **state)
{
    (void)state;
    static const char text[] = "memory_trace_rank5_wd8_tp2_pp2_expNumNone_l40_bs1.json";
    assert_true(chooses("", text) && chooses("wd=8", text) && chooses(" wd = 8 , l = 40 ", text));
    assert_true(chooses("mbs=1", text) && chooses("bs=1", text) && chooses("dp=2", text));
    assert_true(chooses("rank=5", text) && chooses("expNum=None", text) && chooses("l=040", text));
    assert_false(chooses("wd=16", text) || chooses("gbs=1", text) || chooses("l=40,tp=4", text));
    assert_false(chooses("rank=4", text) || chooses("gbs=0", text) || chooses("dp=1", text));
    struct tag_filter filter;
    assert_false(tag_filter_parse("wd", &filter) || tag_filter_parse("=8", &filter) ||
                 tag_filter_parse("wd=8,", &filter));
}

static void test_format(void **state)
{
    (void)state;
    char text[64];
    assert_true(trace_name_format(text, sizeof text, 3, "wd8_tp2", TRACE_FORMAT_JSON));
    assert_string_equal(text, "memory_trace_rank3_wd8_tp2.json");
    assert_true(trace_name_format(text, sizeof text, 3, "", TRACE_FORMAT_RECORDING));
    assert_string_equal(text, "memory_trace_rank3.gmtrace");
    assert_false(trace_name_format(text, 10, 3, "", TRACE_FORMAT_JSON));
    assert_false(trace_name_format(text, sizeof text, -1, "", TRACE_FORMAT_JSON));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_real_names), cmocka_unit_test(test_odd_names),
        cmocka_unit_test(test_many_tags),  cmocka_unit_test(test_where),
        cmocka_unit_test(test_format),
    };
    return cmocka_run_group_tests_name("trace_name", tests, NULL, NULL);
}
