#include "sweep/plan/plan.h"

#include "schemas/support/units.h"
#include "sweep/plan/expression.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* ---- the rules ---- */

static const int64_t NOT_KNOWN = -1;

static void leave_out(struct plan_item *item, const struct fault *why)
{
    if (!item->left_out[0])
        snprintf(item->left_out, sizeof item->left_out, "%.*s", (int)sizeof item->left_out - 1,
                 why->text);
}

/* One of the two expressions for one configuration. False: the expression makes no sense at all. */
static bool evaluate(const struct plan_rules *rules, const char *option, const char *text,
                     struct plan_item *item, int64_t *value, struct fault *fault)
{
    const struct sweep_entry *entry = &item->entry;
    const struct expression_name names[] = {
        {"tp", entry->tp},
        {"pp", entry->pp},
        {"dp", entry->dp},
        {"gbs", entry->global_batch_size},
        {"mbs", rules->micro_batch_size},
        {"world_size", rules->world_size},
        {"layers", rules->layers},
    };
    struct fault why;
    enum expression_end end =
        expression_evaluate(text, names, sizeof names / sizeof *names, value, &why);
    if (end == EXPRESSION_MALFORMED)
        return fault_set(fault, "%s: %s", option, why.text);
    if (end == EXPRESSION_DONE && *value < 1) {
        end = EXPRESSION_NO_VALUE;
        fault_set(&why, "%.60s: it is %" PRId64, text, *value);
    }
    if (end == EXPRESSION_NO_VALUE) {
        *value = NOT_KNOWN;
        leave_out(item, &why);
    }
    return true;
}

/* Global batch size = micro-batches * micro-batch size * DP, whichever of them is asked for. */
static void reconcile_batches(const struct plan_rules *rules, struct plan_item *item)
{
    struct sweep_entry *entry = &item->entry;
    struct fault why;
    int64_t at_once, product;
    if (item->left_out[0])
        return;
    if (__builtin_mul_overflow(rules->micro_batch_size, entry->dp, &at_once)) {
        fault_set(&why, "the micro-batches of all are too large");
        leave_out(item, &why);
    } else if (rules->micro_batches) {
        if (__builtin_mul_overflow(at_once, entry->micro_batches, &product)) {
            fault_set(&why, "the global batch size is too large");
            leave_out(item, &why);
        } else if (!rules->global_batch_size) {
            entry->global_batch_size = product;
        } else if (entry->global_batch_size != product) {
            fault_set(&why,
                      "%" PRId64 " micro-batches of %" PRId64 " by DP %" PRId64
                      " are not the global batch size of %" PRId64,
                      entry->micro_batches, rules->micro_batch_size, entry->dp,
                      entry->global_batch_size);
            leave_out(item, &why);
        }
    } else if (rules->global_batch_size) {
        if (entry->global_batch_size % at_once != 0) {
            fault_set(&why,
                      "the global batch size of %" PRId64 " is no multiple of %" PRId64
                      ", micro-batch size by DP",
                      entry->global_batch_size, at_once);
            leave_out(item, &why);
        } else {
            entry->micro_batches = entry->global_batch_size / at_once;
        }
    }
}

static void check_sizes(const struct plan_rules *rules, struct plan_item *item)
{
    const struct sweep_entry *entry = &item->entry;
    struct fault why = {0};
    if (rules->layers != NOT_KNOWN && entry->pp > rules->layers)
        fault_set(&why, "PP %" PRId64 " is more than the %" PRId64 " layers", entry->pp,
                  rules->layers);
    else if (rules->layers != NOT_KNOWN && rules->layers % entry->pp != 0)
        fault_set(&why, "%" PRId64 " layers do not divide by PP %" PRId64, rules->layers,
                  entry->pp);
    else if (rules->dp_even && entry->dp % 2 != 0)
        fault_set(&why, "DP %" PRId64 " is not even", entry->dp);
    if (why.text[0])
        leave_out(item, &why);
}

static bool fill(const struct plan_rules *rules, int64_t tp, int64_t pp, struct plan_item *item,
                 struct fault *fault)
{
    *item = (struct plan_item){.entry = {.tp = tp,
                                         .pp = pp,
                                         .dp = rules->world_size / tp / pp,
                                         .micro_batches = NOT_KNOWN,
                                         .global_batch_size = NOT_KNOWN,
                                         .status = NOT_KNOWN,
                                         .signal = NOT_KNOWN}};
    check_sizes(rules, item);
    if (rules->global_batch_size &&
        !evaluate(rules, "--global-batch-size", rules->global_batch_size, item,
                  &item->entry.global_batch_size, fault))
        return false;
    /* An expression over a global batch size that this configuration has not is no error. */
    bool missing = rules->global_batch_size && item->entry.global_batch_size == NOT_KNOWN;
    if (rules->micro_batches && !missing &&
        !evaluate(rules, "--micro-batches", rules->micro_batches, item, &item->entry.micro_batches,
                  fault))
        return false;
    reconcile_batches(rules, item);
    return true;
}

/* ---- theory ---- */

static double theory_mb(const struct plan_rules *rules, const struct sweep_entry *entry)
{
    struct model_settings settings = *rules->model;
    settings.parallel.tp = entry->tp;
    settings.parallel.pp = entry->pp;
    settings.parallel.micro_batch_size = rules->micro_batch_size;
    settings.world_size = rules->world_size;
    settings.data_parallel_size = settings.global_batch_size = 0;
    settings.micro_batches = entry->micro_batches > 0 ? entry->micro_batches : 0;
    gmt_model model;
    gmt_parallel parallel;
    if (!settings_resolve(&settings, &model, &parallel, NULL))
        return NAN;
    return mb_from_bytes(gmt_theoretical_bytes(&model, &parallel));
}

/* What no GPU could hold is not tried. */
static void add_theory(const struct plan_rules *rules, struct plan_item *item)
{
    item->theory_mb = rules->model ? theory_mb(rules, &item->entry) : NAN;
    if (item->left_out[0] || rules->skip_over <= 0 ||
        !(item->theory_mb > rules->skip_over * rules->gpu_mb))
        return;
    item->entry.outcome = SWEEP_SKIPPED;
    snprintf(item->entry.cause, sizeof item->entry.cause, "theory: %.1f GB, over %g x %g GB",
             gb_from_mb(item->theory_mb), rules->skip_over, gb_from_mb(rules->gpu_mb));
}

static bool divides(int64_t world_size, int64_t tp, int64_t pp)
{
    return world_size % tp == 0 && world_size / tp % pp == 0;
}

bool plan_make(const struct plan_rules *rules, struct plan *plan, struct fault *fault)
{
    *plan = (struct plan){0};
    plan->items = calloc(rules->tp.count * rules->pp.count, sizeof *plan->items);
    if (!plan->items)
        return fault_set_errno(fault, ENOMEM, "the plan");
    for (size_t i = 0; i < rules->tp.count; i++)
        for (size_t j = 0; j < rules->pp.count; j++) {
            int64_t tp = rules->tp.values[i], pp = rules->pp.values[j];
            if (!divides(rules->world_size, tp, pp))
                continue;
            struct plan_item *item = &plan->items[plan->count++];
            if (!fill(rules, tp, pp, item, fault)) {
                plan_free(plan);
                return false;
            }
            add_theory(rules, item);
            if (!item->left_out[0])
                item->entry.number = (int64_t)++plan->kept;
        }
    if (plan->kept > 0)
        return true;
    if (plan->count > 0)
        fault_set(fault, "no configuration is left to try; TP %" PRId64 ", PP %" PRId64 ": %s",
                  plan->items[0].entry.tp, plan->items[0].entry.pp, plan->items[0].left_out);
    else
        fault_set(fault, "no TP x PP of these lists divides the world size of %" PRId64,
                  rules->world_size);
    plan_free(plan);
    return false;
}

void plan_free(struct plan *plan)
{
    free(plan->items);
    *plan = (struct plan){0};
}

/* ---- for people, and for names ---- */

static void print_figure(FILE *stream, int width, int64_t figure)
{
    if (figure < 0)
        fprintf(stream, " %*s", width, "-");
    else
        fprintf(stream, " %*" PRId64, width, figure);
}

static void print_theory(FILE *stream, double mb)
{
    if (isnan(mb))
        fprintf(stream, " %11s", "-");
    else
        fprintf(stream, " %8.1f GB", gb_from_mb(mb));
}

void plan_print(const struct plan *plan, FILE *stream)
{
    bool theory = false;
    size_t skipped = 0;
    for (size_t i = 0; i < plan->count; i++)
        theory = theory || !isnan(plan->items[i].theory_mb);
    fprintf(stream, "%6s %5s %5s %6s %13s %18s%s\n", "config", "TP", "PP", "DP", "micro-batches",
            "global batch size", theory ? "      theory" : "");
    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_item *item = &plan->items[i];
        const struct sweep_entry *entry = &item->entry;
        if (item->left_out[0])
            fprintf(stream, "%6s", "-");
        else
            fprintf(stream, "%6" PRId64, entry->number);
        print_figure(stream, 5, entry->tp);
        print_figure(stream, 5, entry->pp);
        print_figure(stream, 6, entry->dp);
        print_figure(stream, 13, entry->micro_batches);
        print_figure(stream, 18, entry->global_batch_size);
        if (theory)
            print_theory(stream, item->theory_mb);
        bool is_skipped = item->entry.outcome == SWEEP_SKIPPED;
        skipped += is_skipped;
        fprintf(stream, "%s%s%s\n", item->left_out[0] ? "  left out: " : "", item->left_out,
                is_skipped ? "  skipped" : "");
    }
    fprintf(stream, "%zu configurations, %zu left out", plan->kept, plan->count - plan->kept);
    if (skipped)
        fprintf(stream, ", %zu skipped", skipped);
    putc('\n', stream);
}

void plan_folder_name(const struct sweep_entry *entry, char name[PLAN_FOLDER_TEXT])
{
    int used = snprintf(name, PLAN_FOLDER_TEXT, "TP%" PRId64 "_PP%" PRId64 "_DP%" PRId64, entry->tp,
                        entry->pp, entry->dp);
    if (entry->micro_batches >= 0)
        snprintf(name + used, PLAN_FOLDER_TEXT - (size_t)used, "_NMB%" PRId64 "_GBS%" PRId64,
                 entry->micro_batches, entry->global_batch_size);
}

bool plan_same(const struct sweep_entry *a, const struct sweep_entry *b)
{
    return a->tp == b->tp && a->pp == b->pp && a->dp == b->dp &&
           a->micro_batches == b->micro_batches && a->global_batch_size == b->global_batch_size;
}
