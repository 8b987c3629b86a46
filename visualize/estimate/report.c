#include "visualize/estimate/report.h"

#include "schemas/support/units.h"

#include <math.h>
#include <stddef.h>

enum part { PART_PARAMETERS, PART_STATE, PART_ACTIVATIONS };

/* Every term of theory, in the order in which they are shown. */
static const struct term {
    const char *key, *label;
    size_t offset;
    enum part part;
} TERMS[] = {
#define TERM(part, field, label)                                                                   \
    {                                                                                              \
#field, label, offsetof(gmt_memory_estimate, field), part                                  \
    }
    TERM(PART_PARAMETERS, model_parameters, "of the whole model"),
    TERM(PART_PARAMETERS, attention_parameters, "on this rank: attention"),
    TERM(PART_PARAMETERS, mlp_parameters, "MLP"),
    TERM(PART_PARAMETERS, expert_parameters, "experts"),
    TERM(PART_PARAMETERS, norm_parameters, "norms"),
    TERM(PART_PARAMETERS, router_parameters, "routers"),
    TERM(PART_PARAMETERS, embedding_parameters, "embedding"),
    TERM(PART_PARAMETERS, output_parameters, "output layer"),
    TERM(PART_STATE, weights_bytes, "weights"),
    TERM(PART_STATE, gradients_bytes, "gradients"),
    TERM(PART_STATE, master_weights_bytes, "master weights"),
    TERM(PART_STATE, moments_bytes, "Adam's moments"),
    TERM(PART_ACTIVATIONS, layer_activations_bytes, "activations of layers"),
    TERM(PART_ACTIVATIONS, embedding_activations_bytes, "activations of the embedding"),
    TERM(PART_ACTIVATIONS, output_activations_bytes, "activations of the output layer"),
    TERM(PART_ACTIVATIONS, overhead_bytes, "5% on activations"),
#undef TERM
};
enum { TERM_COUNT = sizeof TERMS / sizeof *TERMS };

static double value_of(const struct term *term, const gmt_memory_estimate *estimate)
{
    return *(const double *)(const void *)((const char *)estimate + term->offset);
}

static double mb(double bytes)
{
    return bytes / UNITS_BYTES_PER_MB;
}

static double gb(double bytes)
{
    return gb_from_mb(mb(bytes));
}

static int64_t or_one(int64_t value)
{
    return value > 0 ? value : 1;
}

/* Terms that fewer than five measured configurations exercise: see estimate_memory.md. */
static bool term_is_judged(gmt_term term)
{
    return term != GMT_TERM_GATHERED_WEIGHTS && term != GMT_TERM_CHECKPOINTS &&
           term != GMT_TERM_FURTHER_TOKENS && term != GMT_TERM_BACKWARD && term != GMT_TERM_DELTA;
}

static bool fits(const struct estimate_report *report, double bytes)
{
    return gb(bytes) < report->gpu_gb;
}

static const char *moment_name(gmt_moment moment)
{
    return moment == GMT_AT_LOSS       ? "the loss"
           : moment == GMT_AT_BACKWARD ? "the first backward pass"
                                       : "the optimizer's step";
}

/* ---- for people ---- */

static void print_heading(const struct estimate_report *report, FILE *stream)
{
    const gmt_parallel *parallel = &report->parallel;
    fprintf(stream, "%s%s%.1f billion parameters\n", report->name, *report->name ? ": " : "",
            report->stages[0].model_parameters / 1e9);
    fprintf(stream, "TP %lld, PP %lld, DP %lld", (long long)or_one(parallel->tp),
            (long long)or_one(parallel->pp), (long long)or_one(parallel->dp));
    if (parallel->cp > 1)
        fprintf(stream, ", CP %lld", (long long)parallel->cp);
    if (parallel->ep > 1)
        fprintf(stream, ", EP %lld", (long long)parallel->ep);
    if (parallel->virtual_stages > 1)
        fprintf(stream, ", %lld chunks a rank", (long long)parallel->virtual_stages);
    fprintf(stream, "; sequence %lld, micro-batch %lld", (long long)report->model.sequence_length,
            (long long)or_one(parallel->micro_batch_size));
    if (parallel->micro_batches > 0)
        fprintf(stream, ", %lld micro-batches", (long long)parallel->micro_batches);
    fprintf(stream, "; %s%s\n",
            parallel->precision == GMT_BF16   ? "bf16"
            : parallel->precision == GMT_FP16 ? "fp16"
                                              : "fp32",
            parallel->fp8 ? " and fp8" : "");
    if (report->stages[0].layers_uneven)
        fprintf(stream,
                "%lld layers do not divide by the stages: figures are of a stage of %.2f layers\n",
                (long long)report->model.layers,
                (double)report->model.layers / (double)or_one(parallel->pp));
}

static void print_fit(const struct estimate_report *report, double bytes, FILE *stream)
{
    if (report->gpu_gb > 0)
        fprintf(stream, "  %s %g GB", fits(report, bytes) ? "fits into" : "does not fit into",
                round(report->gpu_gb * 10) / 10);
}

static void print_sum(const char *label, double bytes, FILE *stream)
{
    fprintf(stream, "  %-34s %12.2f MB %9.1f GB", label, mb(bytes), gb(bytes));
}

static void print_memory(const struct estimate_report *report, FILE *stream)
{
    const gmt_memory_estimate *stage = report->stages;
    for (int i = 0; i < TERM_COUNT; i++) {
        double bytes = value_of(&TERMS[i], stage);
        if (TERMS[i].part != PART_PARAMETERS && bytes > 0)
            fprintf(stream, "    %-32s %12.2f MB\n", TERMS[i].label, mb(bytes));
    }
    if (*stage->no_total) {
        if (!isnan(stage->state_bytes))
            print_sum("weight and optimizer", stage->state_bytes, stream);
        fprintf(stream, "\n  no total: %s\n", stage->no_total);
        return;
    }
    print_sum("total, as Megatron-LM reports it", stage->total_bytes, stream);
    putc('\n', stream);
}

static void print_stage(const struct estimate_report *report, FILE *stream)
{
    const gmt_memory_estimate *stage = report->stages;
    fprintf(stream, "\nStage %lld of %lld, %g micro-batches in flight at its peak\n",
            (long long)stage->stage, (long long)or_one(report->parallel.pp), stage->in_flight);
    fputs("  parameters\n", stream);
    for (int i = 0; i < TERM_COUNT; i++)
        if (TERMS[i].part == PART_PARAMETERS && value_of(&TERMS[i], stage) > 0)
            fprintf(stream, "    %-32s %12.1f million\n", TERMS[i].label,
                    value_of(&TERMS[i], stage) / 1e6);
    if (!report->model.hybrid_pattern)
        fprintf(stream, "  memory in theory, by Megatron-LM 0.%lld\n",
                (long long)stage->megatron_minor);
    print_memory(report, stream);
}

/* ---- expected memory ---- */

static const struct {
    gmt_term term;
    const char *label;
} EXPECTED[] = {
    {GMT_TERM_WEIGHTS, "weights"},
    {GMT_TERM_GRADIENTS, "gradients"},
    {GMT_TERM_MASTER_WEIGHTS, "master weights"},
    {GMT_TERM_OPTIMIZER_STATE, "optimizer's state"},
    {GMT_TERM_GRADIENT_COPIES, "float32 copies of gradients"},
    {GMT_TERM_GATHERED_WEIGHTS, "weights that stay gathered"},
    {GMT_TERM_CUBLAS_WORKSPACE, "cuBLAS's workspaces"},
    {GMT_TERM_ENGINE_WORKSPACE, "Transformer Engine's workspaces"},
    {GMT_TERM_GLOBAL_BUFFER, "Megatron-LM's global buffer"},
    {GMT_TERM_PIPELINE_TENSORS, "tensors between stages"},
    {GMT_TERM_ATTENTION, "attention"},
    {GMT_TERM_SCORES, "attention scores"},
    {GMT_TERM_MLP, "MLPs"},
    {GMT_TERM_EXPERTS, "experts"},
    {GMT_TERM_MAMBA, "Mamba layers"},
    {GMT_TERM_DELTA, "gated delta nets"},
    {GMT_TERM_NORMS, "norms, residuals, dropout"},
    {GMT_TERM_CHECKPOINTS, "inputs of recomputed layers"},
    {GMT_TERM_EMBEDDING, "embedding"},
    {GMT_TERM_FURTHER_TOKENS, "prediction of further tokens"},
    {GMT_TERM_HEAD, "last norm, output layer"},
    {GMT_TERM_LOGITS, "logits and loss"},
    {GMT_TERM_BACKWARD, "gradients within a layer"},
    {GMT_TERM_FREED, "freed by then"},
};
_Static_assert(sizeof EXPECTED / sizeof *EXPECTED == GMT_TERM_COUNT, "every term has a label");

static void print_expected(const struct estimate_report *report, FILE *stream)
{
    const gmt_expected_memory *e = report->expected;
    fprintf(stream, "\nStage %lld of %lld, expected on one %s: %.1f million parameters a rank\n",
            (long long)e->stage, (long long)or_one(report->parallel.pp), report->gpu,
            e->parameters / 1e6);
    for (int i = 0; i < GMT_TERM_COUNT; i++) {
        if (EXPECTED[i].term == GMT_TERM_ATTENTION) {
            print_sum("static, between iterations", e->static_bytes, stream);
            putc('\n', stream);
        }
        double bytes = e->terms[EXPECTED[i].term];
        if (bytes != 0)
            fprintf(stream, "    %-32s %12.2f MB%s\n", EXPECTED[i].label, mb(bytes),
                    term_is_judged(EXPECTED[i].term) ? "" : "  not judged");
    }
    double imbalance = report->parallel.moe_imbalance;
    if (e->terms[GMT_TERM_EXPERTS] > 0 && imbalance > 0)
        fprintf(stream, "    (the fullest rank's experts get %g times their share of tokens)\n",
                imbalance);
    else if (e->terms[GMT_TERM_EXPERTS] > 0)
        fputs("    (tokens are taken to be routed evenly; else --moe-imbalance FACTOR)\n", stream);
    char label[64];
    snprintf(label, sizeof label, "peak, at %s", moment_name(e->moment));
    print_sum(label, e->peak_bytes, stream);
    print_fit(report, e->peak_bytes, stream);
    fprintf(stream, "\n  %-34s %5.1f to %.1f GB\n", "device use, as nvidia-smi shows it",
            gb(e->device_low_bytes), gb(e->device_high_bytes));
}

static void print_all_expected(const struct estimate_report *report, FILE *stream)
{
    fprintf(stream, "\n  expected on one %s\n", report->gpu);
    fputs("  stage  in flight      static         peak  at                        device use\n",
          stream);
    for (size_t i = 0; i < report->count; i++) {
        const gmt_expected_memory *e = &report->expected[i];
        fprintf(stream, "  %5lld  %9g %8.1f GB  %8.1f GB  %-23s  %.1f to %.1f GB",
                (long long)e->stage, e->in_flight, gb(e->static_bytes), gb(e->peak_bytes),
                moment_name(e->moment), gb(e->device_low_bytes), gb(e->device_high_bytes));
        print_fit(report, e->peak_bytes, stream);
        putc('\n', stream);
    }
}

static void print_stages(const struct estimate_report *report, FILE *stream)
{
    fprintf(stream, "\n  in theory, by Megatron-LM 0.%lld\n",
            (long long)report->stages->megatron_minor);
    fputs("  stage  in flight  weights, optimizer  activations        total\n", stream);
    for (size_t i = 0; i < report->count; i++) {
        const gmt_memory_estimate *stage = &report->stages[i];
        fprintf(stream, "  %5lld  %9g  %15.1f GB", (long long)stage->stage, stage->in_flight,
                gb(stage->state_bytes));
        if (*stage->no_total) {
            fprintf(stream, "  no total: %s\n", stage->no_total);
            continue;
        }
        fprintf(stream, " %9.1f GB %9.1f GB", gb(stage->activations_bytes), gb(stage->total_bytes));
        putc('\n', stream);
    }
}

void report_print(const struct estimate_report *report, FILE *stream)
{
    print_heading(report, stream);
    if (report->count == 1)
        print_stage(report, stream), print_expected(report, stream);
    else
        print_stages(report, stream), print_all_expected(report, stream);
}

/* ---- for programs ---- */

/* What is not known is absent. */
static bool add_bytes(cJSON *object, const char *key, double value)
{
    return isnan(value) || cJSON_AddNumberToObject(object, key, value);
}

static bool add_theory(cJSON *stage, const gmt_memory_estimate *estimate)
{
    bool added = true;
    for (int i = 0; i < TERM_COUNT && added; i++)
        added = add_bytes(stage, TERMS[i].key, value_of(&TERMS[i], estimate));
    double total = estimate->total_bytes;
    added = added && add_bytes(stage, "state_bytes", estimate->state_bytes) &&
            add_bytes(stage, "activations_bytes", estimate->activations_bytes) &&
            add_bytes(stage, "theory_bytes", total) && add_bytes(stage, "formula_bytes", total) &&
            add_bytes(stage, "total_bytes", total) && add_bytes(stage, "total_MB", mb(total));
    return added && (!*estimate->no_total ||
                     cJSON_AddStringToObject(stage, "no_theory", estimate->no_total));
}

static bool add_expected(cJSON *stage, const struct estimate_report *report,
                         const gmt_expected_memory *e)
{
    bool added =
        cJSON_AddNumberToObject(stage, "rank_parameters", e->parameters) &&
        cJSON_AddNumberToObject(stage, "expected_static_bytes", e->static_bytes) &&
        cJSON_AddNumberToObject(stage, "expected_first_peak_bytes", e->first_peak_bytes) &&
        cJSON_AddNumberToObject(stage, "expected_peak_bytes", e->peak_bytes) &&
        cJSON_AddNumberToObject(stage, "expected_device_low_bytes", e->device_low_bytes) &&
        cJSON_AddNumberToObject(stage, "expected_device_high_bytes", e->device_high_bytes) &&
        cJSON_AddStringToObject(stage, "expected_peak_at", moment_name(e->moment));
    if (added && report->model.experts > 0)
        added = cJSON_AddNumberToObject(
            stage, "moe_imbalance",
            report->parallel.moe_imbalance > 0 ? report->parallel.moe_imbalance : 1);
    cJSON *terms = added ? cJSON_AddObjectToObject(stage, "expected_terms") : NULL;
    added = terms != NULL;
    for (int i = 0; i < GMT_TERM_COUNT && added; i++)
        if (e->terms[i] != 0)
            added = cJSON_AddNumberToObject(terms, gmt_term_name((gmt_term)i), e->terms[i]);
    cJSON *unjudged = added ? cJSON_AddArrayToObject(stage, "expected_terms_not_judged") : NULL;
    added = unjudged != NULL;
    for (int i = 0; i < GMT_TERM_COUNT && added; i++)
        if (e->terms[i] != 0 && !term_is_judged((gmt_term)i)) {
            cJSON *name = cJSON_CreateString(gmt_term_name((gmt_term)i));
            added = name && cJSON_AddItemToArray(unjudged, name);
        }
    if (added && report->gpu_gb > 0)
        added = cJSON_AddBoolToObject(stage, "fits", fits(report, e->peak_bytes));
    return added;
}

static bool add_stage(cJSON *stages, const struct estimate_report *report, size_t index)
{
    const gmt_memory_estimate *theory = &report->stages[index];
    cJSON *stage = cJSON_CreateObject();
    if (!stage || !cJSON_AddItemToArray(stages, stage)) {
        cJSON_Delete(stage);
        return false;
    }
    return cJSON_AddNumberToObject(stage, "stage", (double)theory->stage) &&
           cJSON_AddNumberToObject(stage, "expected_stage",
                                   (double)report->expected[index].stage) &&
           cJSON_AddNumberToObject(stage, "in_flight", theory->in_flight) &&
           add_theory(stage, theory) && add_expected(stage, report, &report->expected[index]);
}

cJSON *report_to_json(const struct estimate_report *report)
{
    cJSON *object = cJSON_CreateObject();
    const gmt_parallel *parallel = &report->parallel;
    char version[32];
    snprintf(version, sizeof version, "0.%lld", (long long)report->stages[0].megatron_minor);
    bool added =
        object && cJSON_AddStringToObject(object, "model", report->name) &&
        cJSON_AddNumberToObject(object, "tp", (double)or_one(parallel->tp)) &&
        cJSON_AddNumberToObject(object, "pp", (double)or_one(parallel->pp)) &&
        cJSON_AddNumberToObject(object, "dp", (double)or_one(parallel->dp)) &&
        (parallel->micro_batches > 0
             ? cJSON_AddNumberToObject(object, "micro_batches", (double)parallel->micro_batches)
             : cJSON_AddNullToObject(object, "micro_batches")) &&
        cJSON_AddBoolToObject(object, "layers_uneven", report->stages[0].layers_uneven) &&
        cJSON_AddStringToObject(object, "megatron_version", version) &&
        messages_to_json(report->messages, object);
    cJSON *stages = added ? cJSON_AddArrayToObject(object, "stages") : NULL;
    added = stages != NULL;
    for (size_t i = 0; i < report->count && added; i++)
        added = add_stage(stages, report, i);
    if (added)
        return object;
    cJSON_Delete(object);
    return NULL;
}
