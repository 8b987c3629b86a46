#include "sweep/plan/plan.h"

#include "schemas/support/memory_text.h"
#include "schemas/support/units.h"
#include "sweep/plan/expression.h"
#include "tracer/estimator/model/configuration_settings.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the rules ---- */

static const int64_t NOT_KNOWN = -1;

static void leave_out(struct plan_item *item, const struct fault *why)
{
    if (!item->left_out[0])
        snprintf(item->left_out, sizeof item->left_out, "%.*s", (int)sizeof item->left_out - 1,
                 why->text);
}

/* What is known of an item: its own sizes, and what holds for all. */
static struct configuration whole_of(const struct plan_rules *rules,
                                     const struct configuration *own)
{
    struct configuration whole = *own;
    if (rules->world_size > 0)
        configuration_set_number(&whole, DIMENSION_WORLD_SIZE, rules->world_size);
    configuration_add_missing(&whole, &rules->given, NULL);
    return whole;
}

struct dimension_value plan_value(const struct plan_rules *rules, const struct sweep_entry *entry,
                                  size_t dimension)
{
    const struct configuration whole = whole_of(rules, &entry->configuration);
    return configuration_value(&whole, dimension);
}

static int64_t plan_number(const struct plan_rules *rules, const struct sweep_entry *entry,
                           size_t dimension)
{
    struct dimension_value value = plan_value(rules, entry, dimension);
    return value.known ? value.number : NOT_KNOWN;
}

/* Every name that stands for a number: tags, columns and other keys of the table. */
enum { MOST_NAMES = 4 * DIMENSION_ROOM };

static size_t expression_names(const struct plan_rules *rules, const struct sweep_entry *entry,
                               struct expression_name names[MOST_NAMES])
{
    size_t count = 0;
    for (size_t i = 0; i < DIMENSION_COUNT; i++) {
        const struct dimension *row = &DIMENSIONS[i];
        if (row->kind == DIMENSION_WORD || row->not_compared)
            continue;
        const char *const keys[] = {row->tag, row->column, row->older_tag, row->other_key};
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
            if (keys[k])
                names[count++] = (struct expression_name){keys[k], plan_number(rules, entry, i)};
    }
    return count;
}

/* One of the two expressions for one configuration. False: the expression makes no sense at all. */
static bool evaluate(const struct plan_rules *rules, const char *option, const char *text,
                     size_t dimension, struct plan_item *item, struct fault *fault)
{
    struct expression_name names[MOST_NAMES];
    size_t count = expression_names(rules, &item->entry, names);
    struct fault why;
    int64_t value;
    enum expression_end end = expression_evaluate(text, names, count, &value, &why);
    if (end == EXPRESSION_MALFORMED)
        return fault_set(fault, "%s: %s", option, why.text);
    if (end == EXPRESSION_DONE && value < 1) {
        end = EXPRESSION_NO_VALUE;
        fault_set(&why, "%.60s: it is %" PRId64, text, value);
    }
    if (end == EXPRESSION_NO_VALUE)
        leave_out(item, &why);
    else
        configuration_set_number(&item->entry.configuration, dimension, value);
    return true;
}

/* Global batch size = micro-batches * micro-batch size * DP, whichever of them is asked for. */
static void reconcile_batches(const struct plan_rules *rules, struct plan_item *item)
{
    struct configuration *configuration = &item->entry.configuration;
    int64_t size = plan_number(rules, &item->entry, DIMENSION_MICRO_BATCH_SIZE);
    int64_t dp = configuration_number(configuration, DIMENSION_DP);
    int64_t micro_batches = configuration_number(configuration, DIMENSION_MICRO_BATCHES);
    int64_t global = configuration_number(configuration, DIMENSION_GLOBAL_BATCH_SIZE);
    struct fault why = {0};
    int64_t at_once, product;
    if (item->left_out[0])
        return;
    if (__builtin_mul_overflow(size, dp, &at_once)) {
        fault_set(&why, "the micro-batches of all are too large");
    } else if (micro_batches > 0) {
        if (__builtin_mul_overflow(at_once, micro_batches, &product))
            fault_set(&why, "the global batch size is too large");
        else if (global < 0)
            configuration_set_number(configuration, DIMENSION_GLOBAL_BATCH_SIZE, product);
        else if (global != product)
            fault_set(&why,
                      "%" PRId64 " micro-batches of %" PRId64 " by DP %" PRId64
                      " are not the global batch size of %" PRId64,
                      micro_batches, size, dp, global);
    } else if (global > 0) {
        if (global % at_once != 0)
            fault_set(&why,
                      "the global batch size of %" PRId64 " is no multiple of %" PRId64
                      ", micro-batch size by DP",
                      global, at_once);
        else
            configuration_set_number(configuration, DIMENSION_MICRO_BATCHES, global / at_once);
    }
    if (why.text[0])
        leave_out(item, &why);
}

/* What a model's own sizes demand: they stand for those that were not given. */
static bool check_model(const struct model_settings *model, const struct configuration *whole,
                        struct fault *why)
{
    int64_t tp = configuration_number(whole, DIMENSION_TP);
    int64_t heads = model->model.attention_heads;
    if (heads > 0 && heads % tp != 0)
        return fault_set(why, "%" PRId64 " attention heads do not divide by TP %" PRId64, heads,
                         tp);
    return true;
}

static void check_sizes(const struct plan_rules *rules, struct plan_item *item)
{
    const struct configuration whole = whole_of(rules, &item->entry.configuration);
    struct fault why = {0};
    int64_t dp = configuration_number(&whole, DIMENSION_DP);
    bool allowed = configuration_allowed(&whole, &why) &&
                   (!rules->model || check_model(rules->model, &whole, &why));
    if (allowed && rules->dp_even && dp % 2 != 0)
        fault_set(&why, "DP %" PRId64 " is not even", dp);
    if (why.text[0])
        leave_out(item, &why);
}

static bool fill(const struct plan_rules *rules, struct plan_item *item, struct fault *fault)
{
    struct configuration *configuration = &item->entry.configuration;
    const struct configuration whole = whole_of(rules, configuration);
    configuration_set_number(configuration, DIMENSION_DP,
                             configuration_number(&whole, DIMENSION_DP));
    check_sizes(rules, item);
    if (rules->global_batch_size &&
        !evaluate(rules, "--global-batch-size", rules->global_batch_size,
                  DIMENSION_GLOBAL_BATCH_SIZE, item, fault))
        return false;
    /* An expression over a global batch size that this configuration has not is no error. */
    bool missing = rules->global_batch_size &&
                   configuration_number(configuration, DIMENSION_GLOBAL_BATCH_SIZE) == NOT_KNOWN;
    if (rules->micro_batches && !missing &&
        !evaluate(rules, "--micro-batches", rules->micro_batches, DIMENSION_MICRO_BATCHES, item,
                  fault))
        return false;
    reconcile_batches(rules, item);
    return true;
}

/* ---- theory ---- */

static double theory_mb(const struct plan_rules *rules, const struct sweep_entry *entry)
{
    const struct configuration whole = whole_of(rules, &entry->configuration);
    return settings_theory_mb(rules->model, &whole);
}

/* What no GPU could hold is not tried. */
static void add_theory(const struct plan_rules *rules, struct plan_item *item)
{
    item->theory_mb = rules->model ? theory_mb(rules, &item->entry) : NAN;
    if (item->left_out[0] || rules->skip_over <= 0 ||
        !(item->theory_mb > rules->skip_over * rules->gpu_mb))
        return;
    item->entry.outcome = SWEEP_SKIPPED;
    char theory[MEMORY_TEXT];
    snprintf(item->entry.cause, sizeof item->entry.cause, "theory: %s, over %g x %g GB",
             memory_text(item->theory_mb, theory), rules->skip_over, gb_from_mb(rules->gpu_mb));
}

/* ---- all of them ---- */

static bool add_combinations(const struct plan_rules *rules, struct plan *plan, struct fault *fault)
{
    size_t combinations = combinations_count(&rules->axes);
    for (size_t i = 0; i < combinations; i++) {
        struct plan_item *item = &plan->items[plan->count];
        *item = (struct plan_item){.entry = {.status = NOT_KNOWN, .signal = NOT_KNOWN}};
        if (!combinations_take(&rules->axes, i, &item->entry.configuration, fault))
            return false;
        if (!configuration_fills_world(&item->entry.configuration, rules->world_size)) {
            plan->not_filling++;
            continue;
        }
        if (!fill(rules, item, fault))
            return false;
        add_theory(rules, item);
        if (!item->left_out[0])
            item->entry.number = (int64_t)++plan->kept;
        plan->count++;
    }
    return true;
}

static bool nothing_left(const struct plan_rules *rules, const struct plan *plan,
                         struct fault *fault)
{
    char text[CONFIGURATION_TEXT];
    if (plan->count == 0)
        return fault_set(fault, "no TP x PP of these lists divides the world size of %" PRId64,
                         rules->world_size);
    return fault_set(fault, "no configuration is left to try; %s: %s",
                     configuration_text(text, sizeof text, &plan->items[0].entry.configuration,
                                        plan->items[0].entry.configuration.written &
                                            ~DIMENSION_BIT(DIMENSION_DP)),
                     plan->items[0].left_out);
}

enum { MOST_COMBINATIONS = 10000000 };

bool plan_make(const struct plan_rules *rules, struct plan *plan, struct fault *fault)
{
    size_t combinations = combinations_count(&rules->axes);
    *plan = (struct plan){0};
    if (combinations > MOST_COMBINATIONS)
        return fault_set(fault, "the axes have over %d combinations", MOST_COMBINATIONS);
    plan->items = calloc(combinations + 1, sizeof *plan->items);
    if (!plan->items)
        return fault_set_errno(fault, ENOMEM, "the plan");
    bool made = add_combinations(rules, plan, fault);
    if (made && plan->kept > 0)
        return true;
    if (made)
        nothing_left(rules, plan, fault);
    plan_free(plan);
    return false;
}

void plan_free(struct plan *plan)
{
    free(plan->items);
    *plan = (struct plan){0};
}

void plan_unused_values(const struct plan_rules *rules, const struct plan *plan,
                        void (*found)(void *context, size_t dimension,
                                      const struct dimension_value *value),
                        void *context)
{
    for (size_t i = 0; i < rules->axes.axis_count; i++) {
        const struct axis *axis = &rules->axes.axes[i];
        for (size_t v = 0; v < axis->count; v++) {
            bool used = false;
            for (size_t k = 0; k < plan->count && !used; k++) {
                struct dimension_value value =
                    configuration_value(&plan->items[k].entry.configuration, axis->dimension);
                used = !plan->items[k].left_out[0] &&
                       dimension_value_compare(axis->dimension, &value, &axis->values[v]) == 0;
            }
            if (!used)
                found(context, axis->dimension, &axis->values[v]);
        }
    }
}

/* ---- for people ---- */

static void print_theory(FILE *stream, double mb)
{
    char text[MEMORY_TEXT];
    fprintf(stream, " %11s", memory_text(mb, text));
}

/* The columns: those that were always there, and the other axes behind them. */
struct column {
    size_t dimension;
    int width;
};

static size_t columns_of(const struct plan_rules *rules, struct column columns[DIMENSION_ROOM])
{
    static const struct column always[] = {{DIMENSION_TP, 5},
                                           {DIMENSION_PP, 5},
                                           {DIMENSION_DP, 6},
                                           {DIMENSION_MICRO_BATCHES, 13},
                                           {DIMENSION_GLOBAL_BATCH_SIZE, 18}};
    size_t count = sizeof always / sizeof *always;
    dimension_set there = 0;
    for (size_t i = 0; i < count; i++) {
        columns[i] = always[i];
        there |= DIMENSION_BIT(always[i].dimension);
    }
    for (size_t i = 0; i < rules->axes.axis_count; i++) {
        size_t dimension = rules->axes.axes[i].dimension;
        int width = (int)strlen(DIMENSIONS[dimension].name);
        if (!(there & DIMENSION_BIT(dimension)))
            columns[count++] = (struct column){dimension, width > 5 ? width : 5};
    }
    return count;
}

static void print_item(const struct plan_item *item, const struct column *columns, size_t count,
                       bool theory, FILE *stream)
{
    const struct sweep_entry *entry = &item->entry;
    char text[DIMENSION_WORD_SIZE];
    if (item->left_out[0])
        fprintf(stream, "%6s", "-");
    else
        fprintf(stream, "%6" PRId64, entry->number);
    for (size_t i = 0; i < count; i++) {
        struct dimension_value value =
            configuration_value(&entry->configuration, columns[i].dimension);
        fprintf(stream, " %*s", columns[i].width,
                value.known ? dimension_value_text(columns[i].dimension, &value, text) : "-");
    }
    if (theory)
        print_theory(stream, item->theory_mb);
    fprintf(stream, "%s%s%s\n", item->left_out[0] ? "  left out: " : "", item->left_out,
            entry->outcome == SWEEP_SKIPPED ? "  skipped" : "");
}

static void print_unused(void *context, size_t dimension, const struct dimension_value *value)
{
    char text[DIMENSION_WORD_SIZE];
    fprintf((FILE *)context, "no configuration has %s %s\n", DIMENSIONS[dimension].name,
            dimension_value_text(dimension, value, text));
}

void plan_print(const struct plan_rules *rules, const struct plan *plan, FILE *stream)
{
    bool theory = false;
    size_t skipped = 0;
    struct column columns[DIMENSION_ROOM];
    size_t count = columns_of(rules, columns);
    for (size_t i = 0; i < plan->count; i++) {
        theory = theory || !isnan(plan->items[i].theory_mb);
        skipped += plan->items[i].entry.outcome == SWEEP_SKIPPED;
    }
    fprintf(stream, "%6s", "config");
    for (size_t i = 0; i < count; i++)
        fprintf(stream, " %*s", columns[i].width, DIMENSIONS[columns[i].dimension].name);
    fprintf(stream, "%s\n", theory ? "      theory" : "");
    for (size_t i = 0; i < plan->count; i++)
        print_item(&plan->items[i], columns, count, theory, stream);
    fprintf(stream, "%zu configurations, %zu left out", plan->kept, plan->count - plan->kept);
    if (skipped)
        fprintf(stream, ", %zu skipped", skipped);
    putc('\n', stream);
    char text[200];
    if (theory)
        fprintf(stream, "%s\n", settings_theory_text(rules->model, text, sizeof text));
    if (plan->not_filling)
        fprintf(stream,
                "%zu combinations are not listed: TP x CP x PP does not divide the world size of "
                "%" PRId64 "\n",
                plan->not_filling, rules->world_size);
    plan_unused_values(rules, plan, print_unused, stream);
}
