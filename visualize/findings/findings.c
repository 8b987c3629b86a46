#include "visualize/findings/findings.h"

#include "schemas/support/array.h"
#include "visualize/findings/definitions.h"
#include "visualize/findings/findings_internal.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *text, *advice;
} KINDS[FINDING_KINDS] = {
    [FINDING_HEADROOM] = {"headroom",
                          "--recompute-granularity selective (then full), a larger tensor or "
                          "pipeline parallel size, --use-distributed-optimizer, a smaller "
                          "--micro-batch-size"},
    [FINDING_GROWTH] = {"growth",
                        "look for losses kept with their graph (.item(), .detach()), lists and "
                        "hooks that hold tensors, and evaluation without torch.no_grad(); "
                        "torch.cuda.memory._record_memory_history() names the allocations"},
    [FINDING_RISE] = {"monotonic rise", "as for growth: something is added in each iteration"},
    [FINDING_CLEANUP] = {"insufficient cleanup",
                         "free what evaluation, checkpoints and logging allocate: del, "
                         "optimizer.zero_grad(set_to_none=True)"},
    [FINDING_SPIKES] = {"spikes",
                        "look at what these iterations do besides training (evaluation, "
                        "checkpoints, longer sequences): mark it with gmt_mark, and the next trace "
                        "shows it"},
    [FINDING_FRAGMENTATION] = {"fragmentation",
                               "PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True; a fixed "
                               "--seq-length; --empty-unused-memory-level 1"},
    [FINDING_RETRIES] =
        {"allocator retries",
         "PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True; if they stay, use less: "
         "--recompute-granularity selective (then full), a larger tensor or "
         "pipeline parallel size"},
    [FINDING_IMBALANCE] = {"imbalance",
                           "fewer layers on the stage that needs most "
                           "(--decoder-first-pipeline-num-layers, "
                           "--decoder-last-pipeline-num-layers), "
                           "--num-layers-per-virtual-pipeline-stage, more recomputation there"},
    [FINDING_HIDDEN] = {"hidden memory",
                        "smaller NCCL buffers (NCCL_BUFFSIZE, NCCL_MAX_NCHANNELS), fewer process "
                        "groups, no other process on the GPU; CUDA_MODULE_LOADING=LAZY"},
    [FINDING_THEORY] = {"theory gap",
                        "estimate_memory shows the terms; add what the job does differently "
                        "(--recompute-granularity, --no-sequence-parallel, --fixed-mb)"},
    [FINDING_EFFICIENCY] = {"efficiency", "the first place gets most work out of the memory"},
    [FINDING_ENDED] = {"ended", "export_trace says when, and in which iteration"},
};

const char *finding_kind_text(enum finding_kind kind)
{
    return KINDS[kind].text;
}

const char *finding_severity_text(enum finding_severity severity)
{
    static const char *const texts[] = {"info", "warning", "critical"};
    return texts[severity];
}

size_t findings_at_least(const struct findings *findings, enum finding_severity severity)
{
    size_t count = 0;
    for (size_t i = 0; i < findings->count; i++)
        count += findings->list[i].severity >= severity;
    return count;
}

size_t findings_group_end(const struct findings *findings, size_t first, bool *same_meaning)
{
    const struct finding *list = findings->list;
    size_t end = first;
    bool same = true;
    for (; end < findings->count && list[end].kind == list[first].kind &&
           list[end].severity == list[first].severity;
         end++)
        same = same && strcmp(list[end].meaning, list[first].meaning) == 0;
    if (same_meaning)
        *same_meaning = same;
    return end;
}

/* ---- adding ---- */

struct finding *findings_add(struct findings *findings, enum finding_kind kind,
                             enum finding_severity severity, size_t configuration)
{
    struct finding *finding = ARRAY_ADD(findings->list, findings->count);
    if (!finding)
        return NULL;
    *finding = (struct finding){.kind = kind,
                                .severity = severity,
                                .configuration = configuration,
                                .advice = KINDS[kind].advice};
    return finding;
}

void finding_add_value(struct finding *finding, const char *name, double value, const char *unit)
{
    if (finding->value_count < FINDING_MOST_VALUES)
        finding->values[finding->value_count++] = (struct finding_value){name, unit, value};
}

void finding_mean(struct finding *finding, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&finding->meaning, format, arguments) < 0)
        finding->meaning = NULL;
    va_end(arguments);
}

/* Texts that nobody set are empty, not NULL. */
static bool complete(struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        struct finding *finding = &findings->list[i];
        if (!finding->ranks)
            finding->ranks = strdup("");
        if (!finding->iterations)
            finding->iterations = strdup("");
        if (!finding->ranks || !finding->iterations || !finding->meaning)
            return false;
    }
    return true;
}

/* ---- order and scores ---- */

static int compare_findings(const void *a, const void *b)
{
    const struct finding *first = a, *second = b;
    if (first->severity != second->severity)
        return first->severity > second->severity ? -1 : 1;
    if (first->kind != second->kind)
        return first->kind < second->kind ? -1 : 1;
    return (first->configuration > second->configuration) -
           (first->configuration < second->configuration);
}

/* As FINDINGS_SCORE has it. */
static void score(struct findings *findings)
{
    for (size_t c = 0; c < findings->configuration_count; c++) {
        struct finding_configuration *of = &findings->configurations[c];
        double points = SCORE_BEST;
        for (size_t i = 0; i < findings->count; i++) {
            if (findings->list[i].configuration != c)
                continue;
            points -= findings->list[i].severity == FINDING_WARNING    ? SCORE_WARNING
                      : findings->list[i].severity == FINDING_CRITICAL ? SCORE_CRITICAL
                                                                       : 0;
        }
        bool failed = of->outcome == SWEEP_OOM || of->outcome == SWEEP_FAILED;
        of->score = failed ? 0 : isnan(of->peak_mb) ? NAN : fmax(0, points);
    }
}

static bool find_all(const struct findings_input *input, const struct groups *groups,
                     struct findings *findings)
{
    for (size_t i = 0; i < groups->count; i++)
        if (!findings_of_ranks(input, &groups->list[i], findings) ||
            !findings_of_configuration(input, &groups->list[i], findings))
            return false;
    return findings_of_efficiency(input, findings) && complete(findings);
}

bool findings_make(const struct findings_input *input, struct findings *findings,
                   struct fault *fault)
{
    *findings = (struct findings){0};
    struct groups groups;
    bool room = groups_make(input, findings, &groups);
    bool done = room && findings_take_outcomes(input->log, findings, fault);
    if (done)
        done = room = find_all(input, &groups, findings);
    groups_free(&groups);
    if (!room)
        fault_set_errno(fault, ENOMEM, "the findings of %zu traces", input->set->count);
    if (!done) {
        findings_free(findings);
        return false;
    }
    score(findings);
    if (findings->count > 1)
        qsort(findings->list, findings->count, sizeof *findings->list, compare_findings);
    return true;
}

void findings_free(struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        free(findings->list[i].ranks);
        free(findings->list[i].iterations);
        free(findings->list[i].meaning);
    }
    free(findings->list);
    free(findings->configurations);
    *findings = (struct findings){0};
}
