/* The table of dimensions, and what is said with it: derived sizes, the two relations, texts,
 * filters, axes, Megatron's arguments. */
#include "schemas/configuration/axis.h"
#include "schemas/configuration/coordinates.h"
#include "schemas/configuration/filter.h"
#include "schemas/configuration/megatron_arguments.h"
#include "tests/unit/unit.h"

/* From a name's tags. */
static struct configuration of(const char *tags)
{
    struct configuration configuration = {0};
    struct fault why;
    for (const char *at = tags; *at; at += *at == '_') {
        size_t length = strcspn(at, "_");
        if (!configuration_add_tag(&configuration, at, length, &why))
            fail_msg("%s: %s", tags, why.text);
        at += length;
    }
    return configuration;
}

/* ---- the table ---- */

static void test_every_dimension_has_its_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < DIMENSION_COUNT; i++) {
        const struct dimension *row = &DIMENSIONS[i];
        assert_non_null(row->name);
        assert_non_null(row->long_name);
        assert_int_equal(dimension_by_key(row->tag, strlen(row->tag)), i);
        assert_int_equal(dimension_by_key(row->column, strlen(row->column)), i);
        assert_int_equal(dimension_by_key(row->log_word, strlen(row->log_word)), i);
        assert_int_equal(dimension_by_log_word(row->log_word, strlen(row->log_word)), i);
        assert_int_equal(dimension_by_column(row->column), i);
        if (row->older_tag)
            assert_int_equal(dimension_by_key(row->older_tag, strlen(row->older_tag)), i);
    }
}

static size_t key(const char *text)
{
    return dimension_by_key(text, strlen(text));
}

static void test_keys_in_any_spelling(void **state)
{
    (void)state;
    assert_int_equal(key("TP"), DIMENSION_TP);
    assert_int_equal(key("--context-parallel-size"), DIMENSION_CP);
    assert_int_equal(key("Expert_Model_Parallel_Size"), DIMENSION_EP);
    assert_int_equal(key("GMT_NUM_MICBATCH"), DIMENSION_MICRO_BATCHES);
    assert_int_equal(key("nmb"), DIMENSION_MICRO_BATCHES);
    assert_int_equal(key("micro-batch size"), DIMENSION_MICRO_BATCH_SIZE);
    assert_int_equal(key("recompute"), DIMENSION_RECOMPUTE);
    assert_int_equal(key("xq"), DIMENSION_COUNT);
    assert_int_equal(key(""), DIMENSION_COUNT);
    struct fault why;
    assert_false(dimension_key_fault("xq", 2, &why));
    assert_non_null(strstr(why.text, "'xq' names no dimension"));
    assert_non_null(strstr(why.text, "world_size, tp, pp, dp, vpp, cp, ep, etp"));
    assert_null(strstr(why.text, "stamp"));
}

/* ---- tags ---- */

static void test_tags(void **state)
{
    (void)state;
    struct configuration one = of("wd64_tp2_pp4_vpp2_cp2_exp4_etp1_expNum8_s4096_zero1_sp1_rc-full_"
                                  "prec-bf16_model-llama3-70b_seed42_lr0.1");
    assert_int_equal(configuration_number(&one, DIMENSION_VPP), 2);
    assert_int_equal(configuration_number(&one, DIMENSION_CP), 2);
    assert_int_equal(configuration_number(&one, DIMENSION_EP), 4);
    assert_int_equal(configuration_number(&one, DIMENSION_ETP), 1);
    assert_int_equal(configuration_number(&one, DIMENSION_EXPERTS), 8);
    assert_int_equal(configuration_number(&one, DIMENSION_SEQUENCE_LENGTH), 4096);
    assert_int_equal(configuration_number(&one, DIMENSION_ZERO), 1);
    assert_int_equal(configuration_number(&one, DIMENSION_SEQUENCE_PARALLEL), 1);
    assert_string_equal(configuration_word(&one, DIMENSION_RECOMPUTE), "full");
    assert_string_equal(configuration_word(&one, DIMENSION_PRECISION), "bf16");
    assert_string_equal(configuration_word(&one, DIMENSION_MODEL), "llama3-70b");
    assert_string_equal(one.tags, "lr0.1_seed42"); /* "seed42" is not s */
    char text[CONFIGURATION_TEXT];
    assert_string_equal(configuration_tags(text, sizeof text, &one),
                        "wd64_tp2_pp4_vpp2_cp2_exp4_etp1_expNum8_s4096_sp1_zero1_rc-full_"
                        "prec-bf16_model-llama3-70b_lr0.1_seed42");
    struct configuration again = of(text);
    assert_int_equal(configuration_compare(&one, &again), 0);
    /* What is no value of the dimension is a tag that nobody knows. */
    struct configuration odd = of("wdfoo_tpx_rcfull_sp7");
    assert_int_equal(odd.written, 0);
    assert_string_equal(odd.tags, "rcfull_sp7_tpx_wdfoo");
    odd = of("b_a_ab_a_c");
    assert_string_equal(odd.tags, "a_ab_b_c");
}

/* ---- what follows from what ---- */

/* Parts of a folder's name: a dimension's word and its value, of words behind a dash. */
static void test_folder_words(void **state)
{
    (void)state;
    static const struct {
        const char *word, *tags; /* "": not a dimension */
    } cases[] = {{"TP2", "tp2"},
                 {"PP16", "pp16"},
                 {"EP8", "exp8"},
                 {"EPx", ""},
                 {"TP", ""},
                 {"XP2", ""},
                 {"RECOMPUTE-full", "rc-full"},
                 {"PRECISION-fp8", "prec-fp8"},
                 {"RECOMPUTEfull", ""},
                 {"", ""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct configuration one = {0};
        char text[CONFIGURATION_TEXT];
        bool taken = configuration_add_folder_word(&one, cases[i].word, strlen(cases[i].word));
        if (taken != (*cases[i].tags != '\0'))
            fail_msg("%s", cases[i].word);
        configuration_tags(text, sizeof text, &one);
        assert_string_equal(text, cases[i].tags);
    }
}

/* Words of a log that are no dimension's are kept as a tag, fit for a file's name. */
static void test_other_log_words(void **state)
{
    (void)state;
    struct configuration one = {0};
    struct fault fault = {0};
    char text[CONFIGURATION_TEXT];
    assert_true(configuration_add_log_word(&one, "Warm_Up", 7, "a_b c", 5, &fault));
    configuration_tags(text, sizeof text, &one);
    assert_string_equal(text, "warm-upa-b-c");
    assert_true(configuration_add_log_word(&one, "TP", 2, "4", 1, &fault));
    configuration_tags(text, sizeof text, &one);
    assert_string_equal(text, "tp4_warm-upa-b-c");
    char value[CONFIGURATION_TAGS];
    memset(value, 'x', sizeof value);
    assert_false(configuration_add_log_word(&one, "LR", 2, value, sizeof value - 2, &fault));
    assert_string_equal(fault.text, "'LR...': the word is too long");
}

static void test_absent(void **state)
{
    (void)state;
    struct configuration one = of("tp2_pp4");
    assert_int_equal(configuration_number(&one, DIMENSION_CP), 1);
    assert_int_equal(configuration_number(&one, DIMENSION_VPP), 1);
    assert_int_equal(configuration_number(&one, DIMENSION_EP), 1);
    assert_int_equal(configuration_number(&one, DIMENSION_ETP), 2);
    assert_int_equal(configuration_number(&one, DIMENSION_EXPERTS), 0);
    assert_int_equal(configuration_number(&one, DIMENSION_DP), -1);
    assert_int_equal(configuration_number(&one, DIMENSION_LAYERS), -1);
    assert_null(configuration_word(&one, DIMENSION_RECOMPUTE));
}

static void test_derived_sizes(void **state)
{
    (void)state;
    struct configuration one = of("wd64_tp2_pp4_cp2");
    assert_int_equal(configuration_number(&one, DIMENSION_DP), 4); /* 64 / (2 * 4 * 2) */
    one = of("tp2_pp4_cp2_dp4");
    assert_int_equal(configuration_number(&one, DIMENSION_WORLD_SIZE), 64);
    one = of("wd64_tp2_pp3");
    assert_int_equal(configuration_number(&one, DIMENSION_DP), -1);
    one = of("wd64_tp2_pp4_exp4_etp1");
    assert_int_equal(configuration_expert_dp(&one), 4); /* 64 / (1 * 4 * 4) */
    one = of("wd64_tp2_pp4_exp4");
    assert_int_equal(configuration_expert_dp(&one), 2); /* ETP is TP */
    assert_int_equal(configuration_stage(&one, 0), 0);
    assert_int_equal(configuration_stage(&one, 15), 0);
    assert_int_equal(configuration_stage(&one, 16), 1);
    assert_int_equal(configuration_stage(&one, 63), 3);
    assert_int_equal(configuration_stage(&one, 64), -1);
    struct coordinates place = {0};
    assert_int_equal(rank_stage(&place, &one, 16), 1);
    coordinate_set(&place, COORDINATE_PP, 2); /* ranks are numbered in another order */
    assert_int_equal(rank_stage(&place, &one, 16), 2);
    coordinate_set(&place, COORDINATE_PP, 4); /* of four stages, from 0 */
    assert_int_equal(rank_stage(&place, &one, 16), -1);
    coordinate_set(&place, COORDINATE_PP, -5);
    assert_int_equal(rank_stage(&place, &one, 16), 1);
    assert_int_equal(coordinate_named("pp", 2), COORDINATE_PP);
    assert_int_equal(coordinate_named("ppx", 3), COORDINATES);
    one = of("wd64_tp2_pp1");
    assert_int_equal(configuration_stage(&one, 3), -1);
    static const int64_t sizes[][5] = {{1, 1, 1, 1, 1},  {64, 2, 4, 2, 4}, {64, 2, 4, 3, -1},
                                       {0, 1, 1, 1, -1}, {4, 0, 1, 1, -1}, {4, 1, 0, 1, -1},
                                       {4, 1, 1, 0, -1}, {2, 4, 1, 1, -1}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        assert_int_equal(data_parallel_size(sizes[i][0], sizes[i][1], sizes[i][2], sizes[i][3]),
                         sizes[i][4]);
}

static void contradicts(const char *tags, const char *part)
{
    struct configuration one = of(tags);
    struct fault why;
    assert_false(configuration_check(&one, &why));
    if (!strstr(why.text, part))
        fail_msg("%s: said '%s'", tags, why.text);
}

static void test_contradictions(void **state)
{
    (void)state;
    static const char *const fine[] = {
        "", "tp2", "wd8_tp2_pp4", "wd64_tp2_pp4_cp2_dp4", "wd8_dp4", "wd64_tp2_pp4_exp4_etp1"};
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
        struct configuration one = of(fine[i]);
        assert_true(configuration_check(&one, NULL));
    }
    contradicts("wd8_tp3_pp2", "world size 8 is no multiple of TP x CP x PP, 6 (CP 1)");
    contradicts("wd64_tp2_pp4_dp4",
                "TP x CP x DP x PP is 8 x 4 (CP 1), and not the world size of 64");
    contradicts("wd4_tp1_pp1_dp2",
                "TP x CP x DP x PP is 1 x 2 (CP 1), and not the world size of 4");
    contradicts("wd8_tp2_pp2_exp3", "no multiple of ETP x EP x PP, 2 x 3 x 2");
}

/* ---- the same ---- */

static void test_same(void **state)
{
    (void)state;
    static const char *const same[][2] = {
        {"wd8_tp2_pp4", "pp4_tp2_wd8_ts17"},          {"tp2_pp2_dp2", "wd8_tp2_pp2_dp2_cp1_exp1"},
        {"tp2_expNumNone_etp2_vpp1", "tp2"},          {"tp2_bs1", "tp2_mbs1"},
        {"tp2_pp2_lr0.1_run7", "tp2_run7_pp2_lr0.1"}, {"tp2_model-a-b", "tp2_model-a-b"},
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        struct configuration a = of(same[i][0]), b = of(same[i][1]);
        if (configuration_compare(&a, &b) != 0 || configuration_differences(&a, &b) != 0)
            fail_msg("%s and %s are the same", same[i][0], same[i][1]);
    }
}

/* Over every row of the table: runs that differ in it are not the same, and the texts say in what.
 */
static void test_differ_in_each_dimension(void **state)
{
    (void)state;
    for (size_t i = 0; i < DIMENSION_COUNT; i++) {
        struct configuration a = of("tp2"), b = of("tp2");
        bool word = DIMENSIONS[i].kind == DIMENSION_WORD;
        bool one_digit = DIMENSIONS[i].kind == DIMENSION_SWITCH;
        configuration_forget(&a, i);
        configuration_forget(&b, i);
        assert_true(configuration_set_text(&a, i, word ? "x" : one_digit ? "0" : "7", 1, NULL));
        assert_true(configuration_set_text(&b, i, word ? "y" : one_digit ? "1" : "9", 1, NULL));
        dimension_set differing = configuration_differences(&a, &b);
        if (DIMENSIONS[i].not_compared) {
            assert_int_equal(configuration_compare(&a, &b), 0);
            assert_int_equal(differing, 0);
            continue;
        }
        assert_int_equal(configuration_compare(&a, &b), -1);
        assert_int_equal(configuration_compare(&b, &a), 1);
        assert_true(differing & DIMENSION_BIT(i));
        assert_false(configuration_compatible(&a, &b, true, NULL));
        char where[CONFIGURATION_TEXT];
        struct filter filter;
        assert_true(
            filter_parse(configuration_where(where, sizeof where, &a, differing), &filter, NULL));
        assert_true(filter_matches(&filter, &a, -1));
        assert_false(filter_matches(&filter, &b, -1));
    }
}

static void test_not_known_equals_only_not_known(void **state)
{
    (void)state;
    struct configuration a = of("tp2_pp2"), b = of("tp2_pp2_l40"), c = of("tp2_pp2_lr0.1");
    assert_int_equal(configuration_differences(&a, &b), DIMENSION_BIT(DIMENSION_LAYERS));
    assert_int_equal(configuration_differences(&a, &c), DIMENSION_OTHER_TAGS);
    char text[CONFIGURATION_TEXT];
    assert_string_equal(configuration_where(text, sizeof text, &a,
                                            DIMENSION_BIT(DIMENSION_LAYERS) | DIMENSION_OTHER_TAGS),
                        "l=unknown,tag=none");
    struct filter filter;
    assert_true(filter_parse(text, &filter, NULL));
    assert_true(filter_matches(&filter, &a, -1));
    assert_false(filter_matches(&filter, &b, -1) || filter_matches(&filter, &c, -1));
}

/* ETP that only follows TP is not named. */
static void test_follows_tp(void **state)
{
    (void)state;
    struct configuration a = of("tp2"), b = of("tp4_etp4"), c = of("tp4_etp2");
    assert_int_equal(configuration_differences(&a, &b), DIMENSION_BIT(DIMENSION_TP));
    assert_int_equal(configuration_differences(&b, &c), DIMENSION_BIT(DIMENSION_ETP));
}

/* ---- compatible ---- */

static void test_compatible(void **state)
{
    (void)state;
    dimension_set not_known;
    struct configuration trace = of("wd8_tp2_pp2_l40"), line = of("tp2_pp2_dp2");
    assert_true(configuration_compatible(&trace, &line, true, &not_known));
    assert_int_equal(not_known, DIMENSION_BIT(DIMENSION_LAYERS));
    struct configuration with_cp = of("wd8_tp2_pp2_cp2");
    assert_false(configuration_compatible(&with_cp, &line, true, NULL)); /* DP 1, CP 2 */
    struct configuration tp1 = of("wd8_tp1_pp2_l40");
    assert_false(configuration_compatible(&trace, &tp1, false, NULL));
    /* An older log knew no EP: then it is not known, if nothing else fits. */
    struct configuration moe = of("wd8_tp2_pp2_exp2_expNum8");
    assert_false(configuration_compatible(&moe, &line, true, NULL));
    assert_true(configuration_compatible(&moe, &line, false, &not_known));
    assert_int_equal(not_known, DIMENSION_BIT(DIMENSION_EP) | DIMENSION_BIT(DIMENSION_EXPERTS));
    struct configuration tagged = of("tp2_pp2_lr0.1"), other = of("tp2_pp2_lr0.2_run7");
    assert_false(configuration_compatible(&tagged, &other, false, NULL));
    other = of("tp2_pp2_run7");
    assert_true(configuration_compatible(&tagged, &other, false, NULL));
}

static const struct configuration *at(const void *context, size_t index)
{
    return (const struct configuration *)context + index;
}

static void test_find(void **state)
{
    (void)state;
    const struct configuration lines[] = {of("tp2_pp2_dp2"), of("tp2_pp2_dp2_cp2"),
                                          of("tp4_pp2_dp1_rc-full"), of("tp4_pp2_dp1_rc-none")};
    struct configuration_matching matching;
    struct configuration wanted = of("wd16_tp2_pp2_cp2");
    assert_int_equal(configuration_find(&wanted, 4, at, lines, &matching), CONFIGURATION_ONE);
    assert_int_equal(matching.index, 1);
    wanted = of("wd8_tp2_pp2");
    assert_int_equal(configuration_find(&wanted, 4, at, lines, &matching), CONFIGURATION_ONE);
    assert_int_equal(matching.index, 0);
    wanted = of("wd8_tp4_pp2");
    assert_int_equal(configuration_find(&wanted, 4, at, lines, &matching), CONFIGURATION_SEVERAL);
    assert_int_equal(matching.differing, DIMENSION_BIT(DIMENSION_RECOMPUTE));
    wanted = of("wd8_tp8");
    assert_int_equal(configuration_find(&wanted, 4, at, lines, &matching), CONFIGURATION_NONE);
    wanted = of("wd16_tp2_pp2_cp2_exp2"); /* only without the meaning of absence */
    assert_int_equal(configuration_find(&wanted, 4, at, lines, &matching), CONFIGURATION_ONE);
    assert_int_equal(matching.index, 1);
    assert_int_equal(matching.not_known, DIMENSION_BIT(DIMENSION_EP));
}

/* ---- in words ---- */

static void test_texts(void **state)
{
    (void)state;
    struct configuration one = of("wd64_tp2_pp4_cp2_exp4_mbs1_nmbs8_gbs32_sp1_rc-full_lr0.1");
    char text[CONFIGURATION_TEXT];
    assert_string_equal(configuration_text(text, sizeof text, &one, CONFIGURATION_USUAL),
                        "TP 2, PP 4, DP 4");
    assert_string_equal(
        configuration_text(
            text, sizeof text, &one,
            DIMENSION_BIT(DIMENSION_CP) | DIMENSION_BIT(DIMENSION_SEQUENCE_PARALLEL) |
                DIMENSION_BIT(DIMENSION_RECOMPUTE) | DIMENSION_BIT(DIMENSION_LAYERS) |
                DIMENSION_BIT(DIMENSION_EXPERTS) | DIMENSION_OTHER_TAGS),
        "CP 2, experts None, SP on, recompute full, lr0.1");
    assert_string_equal(configuration_log_words(text, sizeof text, &one),
                        "TP=2, PP=4, NUM_MICBATCH=8, GLOBAL_BATCH_SIZE=32, WORLD_SIZE=64, CP=2, "
                        "EP=4, MICRO_BATCH_SIZE=1, SP=1, RECOMPUTE=full, lr=0.1");
    assert_string_equal(configuration_folder(text, sizeof text, &one),
                        "TP2_PP4_NMB8_GBS32_WD64_CP2_EP4_MBS1_SP1_RECOMPUTE-full");
    assert_string_equal(dimension_set_text(text, sizeof text, 0), "");
    assert_string_equal(dimension_set_text(text, sizeof text, DIMENSION_BIT(DIMENSION_CP)), "CP");
    assert_string_equal(
        dimension_set_text(text, sizeof text, CONFIGURATION_USUAL | DIMENSION_OTHER_TAGS),
        "TP, PP, DP and other tags");
    assert_string_equal(dimension_set_text(text, sizeof text, CONFIGURATION_USUAL),
                        "TP, PP and DP");
    assert_string_equal(configuration_text(text, 8, &one, CONFIGURATION_USUAL), "TP 2, P");
}

/* ---- filters ---- */

static bool chooses(const char *where, const char *tags)
{
    struct filter filter;
    struct fault why;
    if (!filter_parse(where, &filter, &why))
        fail_msg("%s: %s", where, why.text);
    struct configuration one = of(tags);
    return filter_matches(&filter, &one, 5);
}

static void test_filters(void **state)
{
    (void)state;
    static const char tags[] = "wd64_tp2_pp8_exp8_rc-core-attn+moe-act_sp1_lr0.1";
    static const char *const yes[] = {
        "TP=2",
        "pp=2..16,ep=1,8",
        "pp=pow2:1..8",
        "pp=2..16:2",
        "EP=8",
        "recompute=full,core-attn+moe-act",
        "rc=CORE_ATTN+MOE_ACT",
        "sp=on",
        "sequence_parallel=true",
        "lr=0.1",
        "lr=0.2,0.1",
        "lr=0.1,0.2",
        "rc=core-attn+moe-act,full",
        "dp=4",
        "rank=4..6",
        "cp=1",
        "layers=unknown",
        "--tensor-model-parallel-size=2",
        "tag=lr0.1",
        "experts=None",
    };
    static const char *const no[] = {"TP=4", "pp=9..16", "pp=1..8:2", "ep=1,2,4",  "rc=full",
                                     "sp=0", "lr=0.2",   "rank=0..4", "cp=2",      "l=96",
                                     "xy=1", "tag=none", "experts=8", "tp=unknown"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        if (!chooses(yes[i], tags))
            fail_msg("%s chooses it", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        if (chooses(no[i], tags))
            fail_msg("%s does not choose it", no[i]);
    static const char *const wrong[] = {"tp",   "tp=",  "=2",     "tp=2,",
                                        "tp=x", "sp=7", "tp=2..", "rank=a"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct filter filter;
        assert_false(filter_parse(wrong[i], &filter, NULL));
        assert_int_equal(filter.count, 0);
    }
}

static void test_filter_keys(void **state)
{
    (void)state;
    const struct configuration found[] = {of("tp2_lr0.1"), of("tp4")};
    struct filter filter;
    struct fault why;
    assert_true(filter_parse("tp=2,rank=1,tag=lr0.1,lr=0.1", &filter, NULL));
    assert_true(filter_check_keys(&filter, 2, at, found, &why));
    assert_false(filter_check_keys(&filter, 0, at, NULL, &why));
    assert_non_null(strstr(why.text, "'lr' names no dimension"));
}

/* A log's line is chosen unless it was told otherwise. */
static void test_may_match(void **state)
{
    (void)state;
    struct configuration line = of("tp2_pp4");
    struct filter filter;
    assert_true(filter_parse("tp=2,layers=96,lr=0.1,rank=3", &filter, NULL));
    assert_true(filter_may_match(&filter, &line));
    assert_true(filter_parse("tp=4,layers=96", &filter, NULL));
    assert_false(filter_may_match(&filter, &line));
    assert_true(filter_parse("cp=2", &filter, NULL)); /* absence is CP 1 */
    assert_false(filter_may_match(&filter, &line));
}

/* ---- axes ---- */

static void test_axes(void **state)
{
    (void)state;
    struct axis axis;
    struct fault why;
    assert_true(axis_parse("cp=pow2:1..8,6,2", &axis, &why));
    assert_int_equal(axis.dimension, DIMENSION_CP);
    const int64_t expected[] = {1, 2, 4, 6, 8};
    assert_int_equal(axis.count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(axis.values[i].number, expected[i]);
    const struct dimension_value six = {.known = true, .number = 6}, five = {true, 5, ""};
    assert_int_equal(axis_find(&axis, &six), 3);
    assert_int_equal(axis_find(&axis, &five), axis.count);
    axis_free(&axis);
    /* Words stand in their natural order. */
    assert_true(axis_parse("recompute=full,zzz,none,selective", &axis, &why));
    static const char *const words[] = {"none", "selective", "full", "zzz"};
    assert_int_equal(axis.count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(axis.values[i].word, words[i]);
    axis_free(&axis);
    assert_true(axis_parse("zero=0..3", &axis, &why));
    assert_int_equal(axis.count, 4);
    axis_free(&axis);
    assert_true(axis_parse("sp=off,on", &axis, &why));
    assert_int_equal(axis.count, 2);
    axis_free(&axis);
    assert_true(axis_parse("vpp=none", &axis, &why));
    assert_int_equal(axis.values[0].number, 1);
    axis_free(&axis);
    assert_false(axis_parse("tp=0", &axis, &why));
    assert_false(axis_parse("xq=1", &axis, &why));
    assert_false(axis_parse("tp", &axis, &why));
    assert_false(axis_parse("tp=", &axis, &why));
}

/* ---- Megatron's arguments ---- */

static struct configuration from_arguments(const char *const (*pairs)[2], size_t count)
{
    struct megatron_arguments arguments = {0};
    struct configuration configuration;
    for (size_t i = 0; i < count; i++)
        megatron_arguments_take(&arguments, pairs[i][0], pairs[i][1]);
    megatron_arguments_finish(&arguments, &configuration);
    return configuration;
}
#define FROM(...)                                                                                  \
    from_arguments((const char *const[][2]){__VA_ARGS__},                                          \
                   sizeof((const char *const[][2]){__VA_ARGS__}) / sizeof(char *[2]))

static void check_tags(struct configuration configuration, const char *expected)
{
    char text[CONFIGURATION_TEXT];
    assert_string_equal(configuration_tags(text, sizeof text, &configuration), expected);
}

static void test_megatron_arguments(void **state)
{
    (void)state;
    check_tags(FROM({"world_size", "64"}, {"tensor_model_parallel_size", "2"},
                    {"pipeline_model_parallel_size", "4"}, {"num_layers", "32"},
                    {"num_layers_per_virtual_pipeline_stage", "4"}, {"num_experts", "None"},
                    {"bf16", "True"}, {"fp16", "False"}, {"sequence_parallel", "True"},
                    {"recompute_granularity", "None"}, {"use_distributed_optimizer", "True"},
                    {"expert_tensor_parallel_size", "None"}),
               "wd64_tp2_pp4_vpp2_l32_sp1_zero1_rc-none_prec-bf16");
    check_tags(FROM({"--recompute-granularity", "selective"},
                    {"--recompute-modules", "core_attn moe_act"}),
               "rc-core-attn+moe-act");
    check_tags(FROM({"recompute_granularity", "selective"}, {"recompute_modules", "['core_attn']"}),
               "rc-selective");
    check_tags(FROM({"recompute_granularity", "full"}, {"recompute_modules", "['core_attn']"}),
               "rc-full");
    check_tags(FROM({"recompute_activations", "True"}), "rc-selective");
    check_tags(FROM({"fp8", "hybrid"}, {"bf16", "True"}), "prec-fp8");
    check_tags(FROM({"bf16", "False"}, {"fp16", "False"}), "prec-fp32");
    check_tags(FROM({"bf16", "False"}), "");
    check_tags(FROM({"use_distributed_optimizer", "True"},
                    {"data_parallel_sharding_strategy", "optim_grads_params"}),
               "zero3");
    check_tags(FROM({"num_virtual_stages_per_pipeline_rank", "3"}), "vpp3");
    check_tags(FROM({"is_scaling_mode", "True"}, {"fake_tp", "4"}, {"fake_pp", "8"},
                    {"fake_world_size", "64"}, {"world_size", "1"}, {"data_parallel_size", "1"},
                    {"tensor_model_parallel_size", "1"}, {"pipeline_model_parallel_size", "1"}),
               "wd64_tp4_pp8");
    check_tags(
        FROM({"is_scaling_mode", "False"}, {"fake_tp", "4"}, {"tensor_model_parallel_size", "1"}),
        "tp1");
    assert_true(megatron_argument_is_switch("--sequence-parallel"));
    assert_true(megatron_argument_is_switch("--bf16"));
    assert_false(megatron_argument_is_switch("--num-layers"));
    struct megatron_arguments arguments = {0};
    assert_false(megatron_arguments_take(&arguments, "--tp", "4"));
    assert_false(megatron_arguments_take(&arguments, "--lr", "4"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_dimension_has_its_names),
        cmocka_unit_test(test_keys_in_any_spelling),
        cmocka_unit_test(test_tags),
        cmocka_unit_test(test_folder_words),
        cmocka_unit_test(test_other_log_words),
        cmocka_unit_test(test_absent),
        cmocka_unit_test(test_derived_sizes),
        cmocka_unit_test(test_contradictions),
        cmocka_unit_test(test_same),
        cmocka_unit_test(test_differ_in_each_dimension),
        cmocka_unit_test(test_not_known_equals_only_not_known),
        cmocka_unit_test(test_follows_tp),
        cmocka_unit_test(test_compatible),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_filter_keys),
        cmocka_unit_test(test_may_match),
        cmocka_unit_test(test_axes),
        cmocka_unit_test(test_megatron_arguments),
    };
    return cmocka_run_group_tests_name("configuration", tests, NULL, NULL);
}
