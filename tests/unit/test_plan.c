/* What a sweep tries: lists, expressions, and the plan that they make. */
#include "schemas/configuration/value_list.h"
#include "sweep/plan/expression.h"
#include "sweep/plan/plan.h"
#include "tests/unit/unit.h"
#include "tracer/estimator/model/model_file.h"

/* ---- lists ---- */

static void list_is(const char *text, size_t count, const int64_t *values)
{
    struct value_list list;
    struct fault fault = {0};
    if (!value_list_parse(text, &list, &fault))
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
    LIST_IS("9223372036854775807..9223372036854775807", INT64_MAX);
    LIST_IS("pow2:4611686018427387904..9223372036854775807", (int64_t)1 << 62);

    static const char *const wrong[] = {
        "",       ",",     "1,",      "0",         "-1",       "1.5",
        "a",      "4..2",  "1..",     "..4",       "1:2",      "pow2:4",
        "1..4:0", "1 , 2", "1..9999", "pow2:5..7", "1..4:2:2", "99999999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct value_list list;
        struct fault fault = {0};
        if (value_list_parse(wrong[i], &list, &fault))
            fail_msg("'%s' is accepted", wrong[i]);
        assert_true(fault.text[0] && list.count == 0);
    }
}

/* ---- expressions ---- */

static enum expression_end evaluate(const char *text, int64_t *value, struct fault *fault)
{
    static const struct expression_name names[] = {{"tp", 2},      {"pp", 64}, {"dp", 64},
                                                   {"gbs", 24576}, {"mbs", 1}, {"layers", -1}};
    return expression_evaluate(text, names, 6, value, fault);
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

static struct plan make(struct plan_rules rules, const char *tp, const char *pp)
{
    struct plan plan;
    struct fault fault = {0};
    assert_true(value_list_parse(tp, &rules.tp, &fault) && value_list_parse(pp, &rules.pp, &fault));
    if (!plan_make(&rules, &plan, &fault))
        fail_msg("%s", fault.text);
    value_list_free(&rules.tp);
    value_list_free(&rules.pp);
    return plan;
}

static const struct plan_item *item(const struct plan *plan, int64_t tp, int64_t pp)
{
    for (size_t i = 0; i < plan->count; i++)
        if (plan->items[i].entry.tp == tp && plan->items[i].entry.pp == pp)
            return &plan->items[i];
    return NULL;
}

static void test_published_sweep(void **state)
{
    (void)state;
    struct plan_rules rules = {
        .world_size = 8192, .layers = -1, .micro_batch_size = 1, .micro_batches = "6*pp"};
    struct plan plan = make(rules, "1,2,4,8", "pow2:2..64");
    assert_int_equal(plan.count, 24);
    assert_int_equal(plan.kept, 24);
    const struct plan_item *known = item(&plan, 2, 64);
    assert_true(known->entry.number == 12 && known->entry.dp == 64 &&
                known->entry.micro_batches == 384 && known->entry.global_batch_size == 24576);
    char name[PLAN_FOLDER_TEXT];
    plan_folder_name(&known->entry, name);
    assert_string_equal(name, "TP2_PP64_DP64_NMB384_GBS24576");
    plan_free(&plan);
}

static void test_rules(void **state)
{
    (void)state;
    struct plan_rules rules = {.world_size = 24,
                               .layers = 8,
                               .micro_batch_size = 2,
                               .global_batch_size = "48",
                               .dp_even = true};
    struct plan plan = make(rules, "1..24", "1..24");
    for (size_t i = 0; i < plan.count; i++) {
        const struct sweep_entry *entry = &plan.items[i].entry;
        assert_int_equal(entry->tp * entry->pp * entry->dp, 24);
        if (plan.items[i].left_out[0])
            continue;
        assert_true(entry->pp <= 8 && 8 % entry->pp == 0 && entry->dp % 2 == 0);
        assert_int_equal(entry->micro_batches * 2 * entry->dp, 48);
    }
    assert_non_null(strstr(item(&plan, 1, 12)->left_out, "12 is more than the 8 layers"));
    assert_non_null(strstr(item(&plan, 1, 3)->left_out, "do not divide by PP 3"));
    assert_non_null(strstr(item(&plan, 3, 8)->left_out, "DP 1 is not even"));
    assert_null(item(&plan, 5, 1));
    plan_free(&plan);

    rules.global_batch_size = "20";
    rules.dp_even = false;
    plan = make(rules, "1,2,12", "1");
    assert_non_null(strstr(item(&plan, 1, 1)->left_out, "no multiple of 48"));
    assert_int_equal(item(&plan, 12, 1)->entry.micro_batches, 5);
    plan_free(&plan);

    struct fault fault = {0};
    assert_true(value_list_parse("5", &rules.tp, &fault) &&
                value_list_parse("1", &rules.pp, &fault));
    assert_false(plan_make(&rules, &plan, &fault));
    assert_non_null(strstr(fault.text, "divides the world size of 24"));
    rules.micro_batches = "6*qq";
    value_list_free(&rules.tp);
    assert_true(value_list_parse("4", &rules.tp, &fault));
    assert_false(plan_make(&rules, &plan, &fault));
    assert_non_null(strstr(fault.text, "--micro-batches"));
    value_list_free(&rules.tp);
    value_list_free(&rules.pp);
}

static void test_theory(void **state)
{
    (void)state;
    struct model_settings model = {0};
    struct fault fault = {0};
    assert_true(model_load("gpt-485b", &model, &fault));
    struct plan_rules rules = {.world_size = 8192,
                               .layers = -1,
                               .micro_batch_size = 1,
                               .micro_batches = "6*pp",
                               .model = &model,
                               .gpu_mb = 80 * 1024,
                               .skip_over = 2};
    struct plan plan = make(rules, "1,2,4,8", "pow2:2..64");
    assert_true(item(&plan, 2, 64)->theory_mb > 140204.05 &&
                item(&plan, 2, 64)->theory_mb < 140204.07);
    for (size_t i = 0; i < plan.count; i++) {
        bool over = plan.items[i].theory_mb > 2 * 80 * 1024;
        assert_int_equal(plan.items[i].entry.outcome, over ? SWEEP_SKIPPED : SWEEP_PLANNED);
    }
    assert_string_equal(item(&plan, 1, 64)->entry.cause, "theory: 273.8 GB, over 2 x 80 GB");
    assert_int_equal(plan.kept, 24);
    plan_free(&plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),           cmocka_unit_test(test_expressions),
        cmocka_unit_test(test_published_sweep), cmocka_unit_test(test_rules),
        cmocka_unit_test(test_theory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
