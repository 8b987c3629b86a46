/* What a sweep tries: lists, expressions, and the plan that they make. */
#include "schemas/configuration/value_list.h"
#include "sweep/plan/expression.h"
#include "sweep/plan/plan.h"
#include "sweep/plan/template.h"
#include "tests/unit/unit.h"
#include "tracer/estimator/model/model_file.h"

/* ---- lists ---- */

static void list_is(const char *text, size_t count, const int64_t *values)
{
    struct value_list list;
    struct fault fault = {0};
    if (!value_list_parse(text, 1, &list, &fault))
        fail_msg("%s", fault.text);
    assert_int_equal(list.count, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(list.values[i], values[i]);
    value_list_free(&list);
}
#define LIST_IS(text, ...)                                                                         \
    list_is(text, sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t), (int64_t[]){__VA_ARGS__})

static void test_lists(void **state)
{
    (void)state;
    LIST_IS("8", 8);
    LIST_IS("1,2,4,8", 1, 2, 4, 8);
    LIST_IS("8,1,8,2", 1, 2, 8);
    LIST_IS("2..6", 2, 3, 4, 5, 6);
    LIST_IS("2..64:20", 2, 22, 42, 62);
    LIST_IS("pow2:1..64", 1, 2, 4, 8, 16, 32, 64);
    LIST_IS("pow2:3..20", 4, 8, 16);
    LIST_IS("3,pow2:1..4,6..8:2", 1, 2, 3, 4, 6, 8);
    LIST_IS("0003-5,7-7", 3, 4, 5, 7);
    LIST_IS("2-64:20", 2, 22, 42, 62);
    LIST_IS("pow2:1-8", 1, 2, 4, 8);
    LIST_IS("9223372036854775807..9223372036854775807", INT64_MAX);
    LIST_IS("pow2:4611686018427387904..9223372036854775807", (int64_t)1 << 62);

    static const char *const wrong[] = {
        "",       ",",     "1,",      "0",         "-1",       "1.5",
        "a",      "4..2",  "1..",     "..4",       "1:2",      "pow2:4",
        "1..4:0", "1 , 2", "1..9999", "pow2:5..7", "1..4:2:2", "99999999999999999999",
        "3-1",    "1-",    "1--2"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct value_list list;
        struct fault fault = {0};
        if (value_list_parse(wrong[i], 1, &list, &fault))
            fail_msg("'%s' is accepted", wrong[i]);
        assert_true(fault.text[0] && list.count == 0);
    }
    /* Ranks: no list is made, and so there may be any number of them. */
    assert_true(value_list_check("0,3,7-9,16-1000000", 0, NULL));
    assert_true(value_list_contains("0,3,7-9,16-1000000", 0));
    assert_true(value_list_contains("0,3,7-9,16-1000000", 8));
    assert_true(value_list_contains("0,3,7-9,16-1000000", 999999));
    assert_false(value_list_contains("0,3,7-9,16-1000000", 4));
    static const char *const bad[] = {"", ",", "1,", "3-1", "x", "-1", "1-", "1 2"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(value_list_check(bad[i], 0, NULL));
}

/* ---- expressions ---- */

static enum expression_end evaluate(const char *text, int64_t *value, struct fault *fault)
{
    static const struct expression_name names[] = {
        {"zero", 0}, {"tp", 2}, {"pp", 64}, {"dp", 64}, {"gbs", 24576}, {"mbs", 1}, {"layers", -1}};
    return expression_evaluate(text, names, 7, value, fault);
}

static void test_expressions(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } right[] = {{"6*pp", 384},
                 {"gbs/(mbs*dp)", 384},
                 {" 1 + 2*3 - 4 / 2 ", 5},
                 {"-(2-5)", 3},
                 {"--2", 2},
                 {"2*(3+(4-1))*tp", 24},
                 {"100/10/5", 2},
                 {"zero + 4", 4},
                 {"9223372036854775807", INT64_MAX}};
    struct fault fault = {0};
    int64_t value;
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        assert_int_equal(evaluate(right[i].text, &value, &fault), EXPRESSION_DONE);
        assert_int_equal(value, right[i].value);
    }
    static const char *const no_value[] = {"pp/5",
                                           "1/0",
                                           "gbs/(tp-2)",
                                           "9223372036854775807+1",
                                           "-9223372036854775807-1",
                                           "4611686018427387904*2"};
    for (size_t i = 0; i < sizeof no_value / sizeof *no_value; i++)
        assert_int_equal(evaluate(no_value[i], &value, &fault), EXPRESSION_NO_VALUE);
    static const char *const wrong[] = {
        "",      "6*",    "*6",  "(6",       "6)",  "6 pp", "pp pp",
        "micro", "6**pp", "1.5", "layers*2", "tpp", "6;rm", "99999999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (evaluate(wrong[i], &value, &fault) != EXPRESSION_MALFORMED)
            fail_msg("'%s' is accepted", wrong[i]);
    char deep[4001];
    memset(deep, '(', sizeof deep - 1);
    deep[sizeof deep - 1] = '\0';
    assert_int_equal(evaluate(deep, &value, &fault), EXPRESSION_MALFORMED);
    memset(deep, '-', sizeof deep - 1);
    assert_int_equal(evaluate(deep, &value, &fault), EXPRESSION_MALFORMED);
}

/* ---- the plan ---- */

static void set_axis(struct plan_rules *rules, const char *text)
{
    struct axis axis;
    struct fault fault;
    if (!axis_parse(text, &axis, &fault))
        fail_msg("%s", fault.text);
    combinations_add(&rules->axes, &axis);
}

static void set_axes(struct plan_rules *rules, const char *tp, const char *pp)
{
    char text[64];
    snprintf(text, sizeof text, "tp=%s", tp);
    set_axis(rules, text);
    snprintf(text, sizeof text, "pp=%s", pp);
    set_axis(rules, text);
}

static struct plan make(struct plan_rules *rules, const char *tp, const char *pp)
{
    struct plan plan;
    struct fault fault = {0};
    set_axes(rules, tp, pp);
    if (!plan_make(rules, &plan, &fault))
        fail_msg("%s", fault.text);
    return plan;
}

static int64_t size(const struct plan_item *item, size_t dimension)
{
    return configuration_number(&item->entry.configuration, dimension);
}

static const struct plan_item *item(const struct plan *plan, int64_t tp, int64_t pp)
{
    for (size_t i = 0; i < plan->count; i++)
        if (size(&plan->items[i], DIMENSION_TP) == tp && size(&plan->items[i], DIMENSION_PP) == pp)
            return &plan->items[i];
    return NULL;
}

static struct configuration given(const char *text)
{
    struct configuration configuration = {0};
    assert_true(configuration_add_given(&configuration, text, NULL));
    return configuration;
}

static void test_published_sweep(void **state)
{
    (void)state;
    struct plan_rules rules = {
        .world_size = 8192, .given = given("mbs=1"), .micro_batches = "6*pp"};
    struct plan plan = make(&rules, "1,2,4,8", "pow2:2..64");
    assert_int_equal(plan.count, 24);
    assert_int_equal(plan.kept, 24);
    const struct plan_item *known = item(&plan, 2, 64);
    assert_true(known->entry.number == 12 && size(known, DIMENSION_DP) == 64 &&
                size(known, DIMENSION_MICRO_BATCHES) == 384 &&
                size(known, DIMENSION_GLOBAL_BATCH_SIZE) == 24576);
    char name[CONFIGURATION_TEXT];
    configuration_folder(name, sizeof name, &known->entry.configuration);
    assert_string_equal(name, "TP2_PP64_DP64_NMB384_GBS24576");
    plan_free(&plan);
    combinations_free(&rules.axes);
}

static void test_rules(void **state)
{
    (void)state;
    struct plan_rules rules = {.world_size = 24,
                               .given = given("layers=8,mbs=2"),
                               .global_batch_size = "48",
                               .dp_even = true};
    struct plan plan = make(&rules, "1..24", "1..24");
    for (size_t i = 0; i < plan.count; i++) {
        int64_t pp = size(&plan.items[i], DIMENSION_PP), dp = size(&plan.items[i], DIMENSION_DP);
        assert_int_equal(size(&plan.items[i], DIMENSION_TP) * pp * dp, 24);
        if (plan.items[i].left_out[0])
            continue;
        assert_true(pp <= 8 && 8 % pp == 0 && dp % 2 == 0);
        assert_int_equal(size(&plan.items[i], DIMENSION_MICRO_BATCHES) * 2 * dp, 48);
    }
    assert_non_null(strstr(item(&plan, 1, 12)->left_out, "12 is more than the 8 layers"));
    assert_non_null(strstr(item(&plan, 1, 3)->left_out, "do not divide by PP 3"));
    assert_non_null(strstr(item(&plan, 3, 8)->left_out, "DP 1 is not even"));
    assert_false(item(&plan, 12, 1)->left_out[0]); /* DP 2 is even, if not by 4 */
    assert_int_equal(size(item(&plan, 12, 1), DIMENSION_MICRO_BATCHES), 12);
    assert_null(item(&plan, 5, 1));
    plan_free(&plan);

    rules.global_batch_size = "20";
    rules.dp_even = false;
    plan = make(&rules, "1,2,12", "1");
    assert_non_null(strstr(item(&plan, 1, 1)->left_out, "no multiple of 48"));
    assert_int_equal(size(item(&plan, 12, 1), DIMENSION_MICRO_BATCHES), 5);
    plan_free(&plan);

    struct fault fault = {0};
    set_axes(&rules, "5", "1");
    assert_false(plan_make(&rules, &plan, &fault));
    assert_non_null(strstr(fault.text, "divides the world size of 24"));
    rules.micro_batches = "6*qq";
    set_axes(&rules, "4", "1");
    assert_false(plan_make(&rules, &plan, &fault));
    assert_non_null(strstr(fault.text, "--micro-batches"));
    combinations_free(&rules.axes);
}

/* ---- any axis ---- */

static const struct plan_item *item_where(const struct plan *plan, const char *where)
{
    struct configuration wanted = given(where);
    for (size_t i = 0; i < plan->count; i++)
        if (configuration_compatible(&plan->items[i].entry.configuration, &wanted, false, NULL))
            return &plan->items[i];
    fail_msg("no configuration has %s", where);
    return NULL;
}

static void note_unused(void *context, size_t dimension, const struct dimension_value *value)
{
    char *text = context, value_text[DIMENSION_WORD_SIZE];
    snprintf(text + strlen(text), 256 - strlen(text), "%s=%s ", DIMENSIONS[dimension].column,
             dimension_value_text(dimension, value, value_text));
}

static void test_axes_of_experts_and_context(void **state)
{
    (void)state;
    struct plan_rules rules = {.world_size = 16,
                               .given = given("layers=8,mbs=1,experts=8,s=4096"),
                               .micro_batches = "2*pp*vpp*ep"};
    set_axis(&rules, "ep=1,2,8,16");
    set_axis(&rules, "cp=pow2:1..4");
    set_axis(&rules, "vpp=1,2");
    set_axis(&rules, "recompute=none,full");
    struct plan plan = make(&rules, "1,2", "1,2,3");
    /* 2 x 2 (PP 3 does not divide) x 3 x 4 x 2 x 2, each with its share of the world as DP. */
    assert_int_equal(plan.count, 2 * 2 * 3 * 4 * 2 * 2);
    assert_int_equal(plan.not_filling, 2 * 3 * 4 * 2 * 2);
    const struct plan_item *one = item_where(&plan, "tp=2,pp=2,cp=2,ep=2,vpp=2,rc=full");
    assert_int_equal(size(one, DIMENSION_DP), 2); /* 16 / (2 * 2 * 2) */
    assert_int_equal(size(one, DIMENSION_MICRO_BATCHES), 16);
    assert_string_equal(one->left_out, "");
    char text[CONFIGURATION_TEXT];
    assert_string_equal(
        configuration_log_words(text, sizeof text, &one->entry.configuration),
        "TP=2, PP=2, DP=2, NUM_MICBATCH=16, GLOBAL_BATCH_SIZE=32, VPP=2, CP=2, EP=2, "
        "RECOMPUTE=full");
    assert_string_equal(configuration_folder(text, sizeof text, &one->entry.configuration),
                        "TP2_PP2_DP2_NMB16_GBS32_VPP2_CP2_EP2_RECOMPUTE-full");
    assert_non_null(strstr(item_where(&plan, "pp=1,vpp=2")->left_out, "VPP 2 wants a PP over 1"));
    assert_non_null(strstr(item_where(&plan, "tp=1,pp=1,vpp=1,ep=16")->left_out,
                           "8 experts do not divide by EP 16"));
    assert_non_null(strstr(item_where(&plan, "tp=2,pp=2,vpp=1,ep=8")->left_out,
                           "no multiple of ETP x EP x PP, 2 x 8 x 2"));
    char unused[256] = "";
    plan_unused_values(&rules, &plan, note_unused, unused);
    assert_string_equal(unused, "pp=3 ep=16 ");
    plan_free(&plan);
    combinations_free(&rules.axes);
}

/* ---- templates ---- */

static void check_fails(const char *text, const struct template_values *values, const char *part)
{
    struct fault why;
    if (template_check(text, values, &why) || !strstr(why.text, part))
        fail_msg("%s: said '%s'", text, why.text);
}

static void test_templates(void **state)
{
    (void)state;
    struct plan_rules rules = {.world_size = 8, .given = given("mbs=1")};
    struct sweep_entry entry = {.configuration = given("tp=2,pp=2,ep=2,rc=full")};
    struct template_values values = {
        .rules = &rules, .entry = &entry, .trace_dir = "/t", .log_dir = "/l"};
    char *const arguments[] = {
        "{tp}-{pp}-{dp}-{ep}-{exp}-{cp}-{mbs}-{micro_batch_size}-{world_size}-{wd}",
        "{recompute}{rc} ${HOME} ${tp} awk '{print}' {{tp} {i} {} {trace_dir}{log_dir}", NULL};
    char **made = template_arguments(arguments, &values);
    assert_string_equal(made[0], "2-2-2-2-2-1-1-1-8-8");
    assert_string_equal(made[1], "fullfull ${HOME} ${tp} awk '{print}' {tp} {i} {} /t/l");
    template_free(made);
    struct fault why;
    assert_true(template_check(arguments[0], &values, &why));
    assert_true(template_check(arguments[1], &values, &why));
    assert_true(template_check("{-tp} {,}", &values, &why));
    check_fails("--tp {tpp}", &values, "{tpp} is no name; did you mean {tp}?");
    check_fails("{world_sise}", &values, "did you mean {world_size}?");
    check_fails("{trace_di}", &values, "did you mean {trace_dir}?");
    check_fails("{nmb}", &values, "{nmb} has no value here");
    check_fails("{layers}", &values, "{layers} has no value here");
    assert_true(template_has_names("{tp}.sh"));
    assert_false(template_has_names("{print}.sh"));
    char **environment = template_environment(&values);
    static const char *const expected[] = {
        "GMT_TP=2",           "GMT_EP=2",   "GMT_DP=2",
        "GMT_MBS=1",          "GMT_CP=1",   "GMT_WORLD_SIZE=8",
        "GMT_RECOMPUTE=full", "GMT_DIR=/t", "GMT_MICRO_BATCH_SIZE=1"};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        bool found = false;
        for (char **variable = environment; *variable; variable++)
            found |= strcmp(*variable, expected[i]) == 0;
        if (!found)
            fail_msg("%s is not set", expected[i]);
    }
    template_free(environment);
}

static void test_theory(void **state)
{
    (void)state;
    struct model_settings model = {0};
    struct fault fault = {0};
    assert_true(model_load("gpt-485b", &model, &fault));
    model.parallel.megatron_minor = 17;
    struct plan_rules rules = {.world_size = 8192,
                               .given = given("mbs=1"),
                               .micro_batches = "6*pp",
                               .model = &model,
                               .gpu_mb = 80 * 1024,
                               .skip_over = 2};
    struct plan plan = make(&rules, "1,2,4,8", "pow2:2..64");
    assert_true(item(&plan, 2, 64)->theory_mb > 140204.05 &&
                item(&plan, 2, 64)->theory_mb < 140204.07);
    for (size_t i = 0; i < plan.count; i++) {
        bool over = plan.items[i].theory_mb > 2 * 80 * 1024;
        assert_int_equal(plan.items[i].entry.outcome, over ? SWEEP_SKIPPED : SWEEP_PLANNED);
    }
    assert_string_equal(item(&plan, 1, 64)->entry.cause, "theory: 273.8 GB, over 2 x 80 GB");
    assert_int_equal(plan.kept, 24);
    plan_free(&plan);
    combinations_free(&rules.axes);
    /* What is left out is not skipped as well: 96 layers make no 64 stages. */
    rules.given = given("mbs=1,l=96");
    plan = make(&rules, "1", "32,64");
    assert_true(item(&plan, 1, 64)->left_out[0]);
    assert_true(item(&plan, 1, 64)->theory_mb > 2 * 80 * 1024);
    assert_int_equal(item(&plan, 1, 64)->entry.outcome, SWEEP_PLANNED);
    assert_int_equal(item(&plan, 1, 32)->entry.outcome, SWEEP_SKIPPED);
    plan_free(&plan);
    combinations_free(&rules.axes);
    rules.skip_over = 0;
    plan = make(&rules, "1", "32");
    assert_int_equal(item(&plan, 1, 32)->entry.outcome, SWEEP_PLANNED);
    plan_free(&plan);
    combinations_free(&rules.axes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),           cmocka_unit_test(test_expressions),
        cmocka_unit_test(test_published_sweep), cmocka_unit_test(test_rules),
        cmocka_unit_test(test_theory),          cmocka_unit_test(test_axes_of_experts_and_context),
        cmocka_unit_test(test_templates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
