/* Names of trace files, and the configuration that their tags tell. */
#include "schemas/configuration/filter.h"
#include "schemas/trace/trace_name.h"
#include "tests/unit/unit.h"

static struct trace_name parsed(const char *text)
{
    struct trace_name name;
    struct fault why;
    if (!trace_name_parse(text, &name, &why))
        fail_msg("not a trace's name: %s: %s", text, why.text);
    return name;
}

static int64_t number(const struct trace_name *name, const char *key)
{
    return configuration_number(&name->configuration, dimension_by_key(key, strlen(key)));
}

static void test_real_names(void **state)
{
    (void)state;
    struct trace_name name = parsed("memory_trace_rank0_wd8_tp2_pp4_l40_bs1.json");
    assert_int_equal(name.rank, 0);
    assert_int_equal(name.format, TRACE_FORMAT_JSON);
    assert_int_equal(number(&name, "wd"), 8);
    assert_int_equal(number(&name, "mbs"), 1);
    assert_int_equal(number(&name, "bs"), 1);
    assert_int_equal(number(&name, "dp"), 1); /* 8 / (2 * 4) */
    assert_int_equal(number(&name, "gbs"), -1);
    name = parsed("memory_trace_rank17_wd8192_tp2_pp64_dp64_exp1_expNumNone_l96_mbs1_nmbs384_"
                  "gbs24576_ts60530.gmtrace");
    assert_int_equal(name.format, TRACE_FORMAT_RECORDING);
    assert_int_equal(name.rank, 17);
    assert_int_equal(number(&name, "nmbs"), 384);
    assert_int_equal(number(&name, "exp"), 1);
    assert_int_equal(number(&name, "ep"), 1);
    assert_int_equal(number(&name, "expNum"), 0); /* None */
    assert_int_equal(number(&name, "ts"), 60530);
    assert_string_equal(name.configuration.tags, "");
}

static void test_odd_names(void **state)
{
    (void)state;
    struct trace_name name = parsed("memory_trace_rank3.json");
    assert_int_equal(name.configuration.written, 0);
    name = parsed("memory_trace_rank3_lr0.1_run-7_2024_\n\"\xC3\xA9__tp4.json");
    assert_string_equal(name.configuration.tags, "\n\"\xC3\xA9_2024_lr0.1_run-7");
    assert_int_equal(number(&name, "tp"), 4);
    assert_int_equal(number(&name, "l"), -1);
    struct trace_name none;
    struct fault why;
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
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_false(trace_name_parse(others[i], &none, &why));
        assert_string_equal(why.text, "");
    }
}

static void refused(const char *text, const char *expected)
{
    struct trace_name none;
    struct fault why;
    assert_false(trace_name_parse(text, &none, &why));
    assert_string_equal(why.text, expected);
}

/* What cannot be kept whole is not kept in part. */
static void test_refused_names(void **state)
{
    (void)state;
    refused("memory_trace_rank1_tp2_tp4.json", "TP is given as 2 and as 4");
    refused("memory_trace_rank1_rc-full_rc-none.json", "recompute is given as full and as none");
    parsed("memory_trace_rank1_tp2_tp2.json");
    char text[1024] = "memory_trace_rank1";
    for (int i = 0; i < 60; i++)
        sprintf(text + strlen(text), "_averylongkey%d", i); /* NOLINT: 1024 is enough */
    strcat(text, ".json");                                  /* NOLINT: as above */
    refused(text, "there is no room for the tag 'averylongkey17'");
    /* A word too long for its dimension is kept as a tag that nobody knows. */
    struct trace_name name = parsed("memory_trace_rank1_model-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                                    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.json");
    assert_int_equal(strlen(name.configuration.tags), strlen("model-") + 70);
}

static bool chooses(const char *where, const char *text)
{
    struct filter filter;
    struct fault why;
    if (!filter_parse(where, &filter, &why))
        fail_msg("%s: %s", where, why.text);
    struct trace_name name = parsed(text);
    return filter_matches(&filter, &name.configuration, name.rank);
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
    struct filter filter;
    assert_false(filter_parse("wd", &filter, NULL) || filter_parse("=8", &filter, NULL) ||
                 filter_parse("wd=8,", &filter, NULL));
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
        cmocka_unit_test(test_real_names),    cmocka_unit_test(test_odd_names),
        cmocka_unit_test(test_refused_names), cmocka_unit_test(test_where),
        cmocka_unit_test(test_format),
    };
    return cmocka_run_group_tests_name("trace_name", tests, NULL, NULL);
}
