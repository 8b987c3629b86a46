/* Findings, on traces that are made to have exactly one of them, and on ones that have none. */
#include "schemas/support/quantile.h"
#include "tests/unit/unit.h"
#include "visualize/findings/findings.h"

#include <math.h>

enum { MOST_ITERATIONS = 1000, MOST_SAMPLES = 8, MOST_RANKS = 8 };

/* A rank's trace while it is made. */
struct made {
    struct trace trace;
    struct trace_iteration iterations[MOST_ITERATIONS];
    double time[MOST_SAMPLES], allocated[MOST_ITERATIONS][MOST_SAMPLES],
        reserved[MOST_ITERATIONS][MOST_SAMPLES];
    struct trace_marker markers[MOST_ITERATIONS];
};

/* Evenly from -1 to 1. */
static double noise(uint64_t *seed)
{
    return (double)(unit_random(seed) >> 11) / 0x1p52 - 1;
}

static double normal(uint64_t *seed)
{
    double sum = 0;
    for (int i = 0; i < 12; i++)
        sum += noise(seed) / 2;
    return sum; /* variance 1 */
}

/* A job of 40 GB in 48 GB reserved, with 50 MB of noise in what an iteration begins with, and in
 * its peak. */
static struct made *healthy(size_t iterations, uint64_t seed)
{
    struct made *made = calloc(1, sizeof *made);
    assert_non_null(made);
    for (size_t i = 0; i < iterations; i++) {
        double base = 20000 + 50 * normal(&seed), peak = 40000 + 50 * normal(&seed);
        for (int k = 0; k < MOST_SAMPLES; k++) {
            made->time[k] = k;
            made->allocated[i][k] = base + (peak - base) * k / MOST_SAMPLES;
            made->reserved[i][k] = 41000;
        }
        made->iterations[i] = (struct trace_iteration){
            .number = (int64_t)i,
            .peak_mb = peak,
            .theoretical_mb = NAN,
            .static_mb = NAN,
            .samples = {MOST_SAMPLES, made->time, made->reserved[i], made->allocated[i]}};
    }
    made->trace = (struct trace){.count = iterations, .iterations = made->iterations};
    return made;
}

/* Adds to all of an iteration. */
static void add(struct made *made, size_t iteration, double mb)
{
    made->iterations[iteration].peak_mb += mb;
    for (int k = 0; k < MOST_SAMPLES; k++) {
        made->allocated[iteration][k] += mb;
        made->reserved[iteration][k] += mb;
    }
}

struct analysis {
    struct trace_set set;
    struct trace_file files[MOST_RANKS];
    const struct trace_file *pointers[MOST_RANKS];
    struct rank_facts facts[MOST_RANKS];
    struct findings_input input;
    struct findings findings;
};

static void take(struct analysis *analysis, const char *name, struct made *made)
{
    size_t at = analysis->set.count++;
    struct fault fault = {0};
    if (!trace_name_parse(name, &analysis->files[at].name, &fault))
        fail_msg("%s: %s", name, fault.text);
    analysis->pointers[at] = &analysis->files[at];
    const struct iteration_choice all = {0};
    struct trace_summary summary;
    assert_true(trace_summary_make(&made->trace, &all, &summary));
    assert_true(rank_facts_make(&made->trace, &summary, &analysis->facts[at]));
    free(made);
}

static bool make_findings(struct analysis *analysis, struct fault *fault)
{
    analysis->set.files = analysis->pointers;
    assert_true(trace_set_group(&analysis->set));
    analysis->input.set = &analysis->set;
    analysis->input.facts = analysis->facts;
    return findings_make(&analysis->input, &analysis->findings, fault);
}

static void free_analysis(struct analysis *analysis)
{
    findings_free(&analysis->findings);
    free(analysis->set.configuration_of);
    free((void *)analysis->set.configurations);
}

static void analyze(struct analysis *analysis, double gpu_gb)
{
    struct fault fault = {0};
    analysis->input = (struct findings_input){.gpu_mb = gpu_gb * 1024, .sequence_length = 2048};
    assert_true(make_findings(analysis, &fault));
}

static const struct finding *find(const struct analysis *analysis, enum finding_kind kind)
{
    for (size_t i = 0; i < analysis->findings.count; i++)
        if (analysis->findings.list[i].kind == kind)
            return &analysis->findings.list[i];
    return NULL;
}

static double figure(const struct finding *finding, const char *name)
{
    for (size_t i = 0; i < finding->value_count; i++)
        if (strcmp(finding->values[i].name, name) == 0)
            return finding->values[i].value;
    fail_msg("no figure '%s'", name);
    return NAN;
}

#define NAME "memory_trace_rank0_wd8_tp2_pp4.json"

/* Exactly this kind above info, and nothing else. */
static void only(struct made *made, double gpu_gb, enum finding_kind kind,
                 enum finding_severity severity, struct analysis *analysis)
{
    *analysis = (struct analysis){0};
    take(analysis, NAME, made);
    analyze(analysis, gpu_gb);
    for (size_t i = 0; i < analysis->findings.count; i++) {
        const struct finding *finding = &analysis->findings.list[i];
        if (finding->severity > FINDING_INFO && finding->kind != kind)
            fail_msg("also %s: %s", finding_kind_text(finding->kind), finding->meaning);
    }
    const struct finding *found = find(analysis, kind);
    assert_non_null(found);
    assert_int_equal(found->severity, severity);
}

static void test_healthy_is_silent(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct analysis analysis = {0};
        take(&analysis, NAME, healthy(seed % 2 ? 1000 : 60, seed));
        analyze(&analysis, 80);
        if (findings_at_least(&analysis.findings, FINDING_WARNING) > 0)
            fail_msg("seed %d: %s", (int)seed, analysis.findings.list[0].meaning);
        assert_true(analysis.findings.configurations[0].score == 10);
        free_analysis(&analysis);
    }
}

static void test_leak(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        struct made *made = healthy(300, seed);
        for (size_t i = 0; i < 300; i++)
            add(made, i, 2 * (double)i);
        struct analysis analysis = {0};
        take(&analysis, NAME, made);
        analyze(&analysis, 80);
        const struct finding *growth = find(&analysis, FINDING_GROWTH);
        assert_non_null(growth);
        assert_true(fabs(figure(growth, "slope") - 2) < 0.2);
        /* 80 GB - 40.6 GB at 2 MB per iteration: in 20,000 iterations, past ten times these. */
        assert_true(fabs(figure(growth, "until full") - 20400) < 2500);
        assert_int_equal(growth->severity, FINDING_WARNING);
        assert_string_equal(growth->iterations, "10-299");
        free_analysis(&analysis);
    }
    struct made *made = healthy(300, 1);
    for (size_t i = 0; i < 300; i++)
        add(made, i, 5 * (double)i);
    struct analysis analysis;
    only(made, 0, FINDING_GROWTH, FINDING_CRITICAL, &analysis); /* over 1 GB */
    free_analysis(&analysis);
    made = healthy(300, 1);
    for (size_t i = 0; i < 300; i++)
        add(made, i, 2 * (double)i);
    analysis = (struct analysis){0};
    take(&analysis, NAME, made);
    analyze(&analysis, 42); /* full within 1,500 iterations */
    assert_int_equal(find(&analysis, FINDING_GROWTH)->severity, FINDING_CRITICAL);
    findings_free(&analysis.findings);
    struct fault fault = {0};
    analysis.input.gpu_mb = 0;
    for (int over = 0; over < 2; over++) { /* 1 GB is not over 1 GB */
        analysis.facts[0].grown_mb = over ? 1024.01 : 1024;
        assert_true(findings_make(&analysis.input, &analysis.findings, &fault));
        assert_int_equal(find(&analysis, FINDING_GROWTH)->severity,
                         over ? FINDING_CRITICAL : FINDING_WARNING);
        if (!over)
            findings_free(&analysis.findings);
    }
    free_analysis(&analysis);
}

/* Warm-up grows, and then it stays: no leak. */
static void test_warm_up_is_no_leak(void **state)
{
    (void)state;
    struct made *made = healthy(200, 5);
    for (size_t i = 0; i < 10; i++)
        add(made, i, -1500 + 150 * (double)i);
    struct analysis analysis = {0};
    take(&analysis, NAME, made);
    analyze(&analysis, 80);
    assert_null(find(&analysis, FINDING_GROWTH));
    free_analysis(&analysis);
}

static void test_marks(void **state)
{
    (void)state;
    struct made *made = healthy(200, 3);
    static char checkpoint[] = "checkpoint", step[] = "step";
    double kept = 0;
    for (size_t i = 0; i < 200; i++) {
        add(made, i, kept);
        bool saves = i % 20 == 15;
        made->markers[i] = (struct trace_marker){0.5, saves ? checkpoint : step};
        made->iterations[i].markers = &made->markers[i];
        made->iterations[i].marker_count = 1;
        kept += saves ? 400 : 0;
    }
    struct analysis analysis = {0};
    take(&analysis, NAME, made);
    analyze(&analysis, 80);
    const struct finding *growth = find(&analysis, FINDING_GROWTH);
    assert_non_null(growth);
    assert_non_null(
        strstr(growth->meaning, "'checkpoint' is in 10 of the 10 iterations before a rise"));
    free_analysis(&analysis);
}

static void test_rise_and_cleanup(void **state)
{
    (void)state;
    struct analysis analysis;
    struct made *made = healthy(100, 9);
    for (size_t i = 0; i < 100; i++) { /* no noise: it rises in each step, by little */
        double base = made->allocated[i][0];
        for (int k = 0; k < MOST_SAMPLES; k++)
            made->allocated[i][k] += 20000 + 0.01 * (double)i - base;
    }
    analysis = (struct analysis){0};
    take(&analysis, NAME, made);
    analyze(&analysis, 80);
    assert_int_equal(find(&analysis, FINDING_RISE)->severity, FINDING_INFO);
    assert_null(find(&analysis, FINDING_CLEANUP));
    free_analysis(&analysis);

    /* From 20 GB to 23 GB in one step. */
    made = healthy(100, 9);
    for (size_t i = 50; i < 100; i++)
        add(made, i, 3000);
    analysis = (struct analysis){0};
    take(&analysis, NAME, made);
    analyze(&analysis, 80);
    const struct finding *cleanup = find(&analysis, FINDING_CLEANUP);
    assert_non_null(cleanup);
    assert_true(fabs(figure(cleanup, "ratio") - 1.15) < 0.01);
    assert_null(find(&analysis, FINDING_RISE));
    free_analysis(&analysis);

    /* A tenth more is where it begins: 8% are none, 12% are. */
    for (int percent = 8; percent <= 12; percent += 4) {
        made = healthy(100, 9);
        for (size_t i = 50; i < 100; i++)
            add(made, i, 200.0 * percent);
        analysis = (struct analysis){0};
        take(&analysis, NAME, made);
        analyze(&analysis, 80);
        assert_int_equal(find(&analysis, FINDING_CLEANUP) != NULL, percent == 12);
        free_analysis(&analysis);
    }
}

static void test_spikes(void **state)
{
    (void)state;
    struct analysis analysis;
    struct made *made = healthy(100, 11);
    made->iterations[37].peak_mb = 50000;
    made->iterations[70].peak_mb = 46000;
    only(made, 80, FINDING_SPIKES, FINDING_WARNING, &analysis);
    const struct finding *spikes = find(&analysis, FINDING_SPIKES);
    assert_string_equal(spikes->iterations, "37");
    assert_true(figure(spikes, "spikes") >= 2 && figure(spikes, "highest") == 50000);
    free_analysis(&analysis);
}

static void test_fragmentation(void **state)
{
    (void)state;
    static const struct {
        double reserved;
        bool found;
        enum finding_severity severity;
        enum trace_measure reserved_of;
    } cases[] = {
        {41000, false, FINDING_INFO, TRACE_MEASURE_ALLOCATOR},
        {50000, true, FINDING_WARNING, TRACE_MEASURE_ALLOCATOR},
        {70000, true, FINDING_CRITICAL, TRACE_MEASURE_ALLOCATOR},
        {30000, false, FINDING_INFO, TRACE_MEASURE_ALLOCATOR}, /* below: of another device */
        {70000, false, FINDING_INFO, TRACE_MEASURE_NOT_SAID},  /* so the device's use */
        {70000, false, FINDING_INFO, TRACE_MEASURE_DEVICE},
        {70000, false, FINDING_INFO, TRACE_MEASURE_DRIVER},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct made *made = healthy(50, 13);
        for (size_t i = 0; i < 50; i++) {
            made->iterations[i].reserved_of = cases[c].reserved_of;
            for (int k = 0; k < MOST_SAMPLES; k++)
                made->reserved[i][k] = cases[c].reserved;
        }
        struct analysis analysis = {0};
        take(&analysis, NAME, made);
        analyze(&analysis, 0);
        const struct finding *found = find(&analysis, FINDING_FRAGMENTATION);
        assert_int_equal(found != NULL, cases[c].found);
        if (found)
            assert_int_equal(found->severity, cases[c].severity);
        free_analysis(&analysis);
    }
}

/* Counted over iterations; ranks without the counters, or with zeros, have none. */
static void test_allocator_retries(void **state)
{
    (void)state;
    struct analysis analysis;
    struct made *made = healthy(50, 13);
    for (size_t i = 0; i < 50; i++)
        made->iterations[i].figures[TRACE_FIGURE_ALLOCATOR_RETRIES] = i == 7 ? 3 : i == 20 ? 2 : 0;
    made->iterations[49].figures[TRACE_FIGURE_OUT_OF_MEMORY] = 0;
    only(made, 80, FINDING_RETRIES, FINDING_WARNING, &analysis);
    const struct finding *retries = find(&analysis, FINDING_RETRIES);
    assert_true(figure(retries, "retries") == 5);
    assert_true(figure(retries, "iterations with retries") == 2);
    assert_null(strstr(retries->meaning, "not always"));
    free_analysis(&analysis);
    made = healthy(50, 13);
    made->iterations[3].figures[TRACE_FIGURE_OUT_OF_MEMORY] = 1;
    made->iterations[9].figures[TRACE_FIGURE_OUT_OF_MEMORY] = 1;
    only(made, 80, FINDING_RETRIES, FINDING_CRITICAL, &analysis);
    retries = find(&analysis, FINDING_RETRIES);
    assert_true(figure(retries, "retries") == 0 && figure(retries, "out-of-memory errors") == 2);
    assert_non_null(strstr(retries->meaning, "not always with success"));
    free_analysis(&analysis);
}

static void test_headroom_and_hidden(void **state)
{
    (void)state;
    struct analysis analysis;
    only(healthy(50, 17), 50, FINDING_HEADROOM, FINDING_WARNING, &analysis); /* 39 of 50 GB */
    assert_true(fabs(figure(find(&analysis, FINDING_HEADROOM), "that is") - 78.3) < 0.5);
    free_analysis(&analysis);
    only(healthy(50, 17), 42, FINDING_HEADROOM, FINDING_CRITICAL, &analysis);
    assert_string_equal(find(&analysis, FINDING_HEADROOM)->ranks, "0");
    free_analysis(&analysis);

    for (int drifts = 0; drifts < 2; drifts++) {
        struct made *made = healthy(100, 19);
        for (size_t i = 0; i < 100; i++)
            for (int k = 0; k < MOST_SAMPLES; k++)
                made->reserved[i][k] = made->allocated[i][k] + 6000 + drifts * 5 * (double)i;
        analysis = (struct analysis){0};
        take(&analysis, NAME, made);
        analyze(&analysis, 80);
        const struct finding *hidden = find(&analysis, FINDING_HIDDEN);
        assert_int_equal(hidden->severity, drifts ? FINDING_WARNING : FINDING_INFO);
        assert_true(fabs(figure(hidden, "at most") - 6000) < 1);
        free_analysis(&analysis);
    }

    /* What the allocator has reserved is none of it. */
    struct made *made = healthy(100, 19);
    for (size_t i = 0; i < 100; i++) {
        made->iterations[i].reserved_of = TRACE_MEASURE_ALLOCATOR;
        for (int k = 0; k < MOST_SAMPLES; k++)
            made->reserved[i][k] = made->allocated[i][k] + 6000;
    }
    analysis = (struct analysis){0};
    take(&analysis, NAME, made);
    analyze(&analysis, 80);
    assert_null(find(&analysis, FINDING_HIDDEN));
    free_analysis(&analysis);
}

/* A killed job's last iteration has no logged peak; its samples are of the process. */
static void test_other_measures(void **state)
{
    (void)state;
    struct made *made = healthy(50, 13);
    for (size_t i = 0; i < 50; i++)
        made->iterations[i].allocated_of = TRACE_MEASURE_PROCESS;
    double highest = 0;
    for (size_t i = 0; i < 49; i++)
        highest = fmax(highest, made->iterations[i].peak_mb);
    made->iterations[49].peak_mb = NAN;
    for (int k = 0; k < MOST_SAMPLES; k++)
        made->allocated[49][k] = 90000;
    made->trace.ending = TRACE_ENDED_KILLED;
    struct analysis analysis = {0};
    take(&analysis, NAME, made);
    analyze(&analysis, 80);
    assert_null(find(&analysis, FINDING_SPIKES));
    assert_null(find(&analysis, FINDING_HEADROOM));
    assert_true(analysis.findings.configurations[0].peak_mb == highest);
    assert_true(figure(find(&analysis, FINDING_ENDED), "last peak") < 40);
    free_analysis(&analysis);

    /* A rank that has nothing else is left out of the others' maximum. */
    analysis = (struct analysis){0};
    take(&analysis, NAME, healthy(5, 13));
    made = healthy(5, 13);
    for (size_t i = 0; i < 5; i++) {
        made->iterations[i].peak_mb = NAN;
        made->iterations[i].allocated_of = TRACE_MEASURE_DEVICE;
        for (int k = 0; k < MOST_SAMPLES; k++)
            made->allocated[i][k] = 70000;
    }
    take(&analysis, "memory_trace_rank1_wd8_tp2_pp4.json", made);
    analyze(&analysis, 80);
    assert_null(find(&analysis, FINDING_HEADROOM));
    assert_null(find(&analysis, FINDING_IMBALANCE));
    free_analysis(&analysis);
}

static void test_imbalance(void **state)
{
    (void)state;
    struct analysis analysis = {0};
    for (int rank = 0; rank < 8; rank++) {
        struct made *made = healthy(20, 23);
        for (size_t i = 0; i < 20; i++)
            made->iterations[i].peak_mb -= rank >= 6 ? 8000 : 0; /* the last of four stages */
        char name[64];
        snprintf(name, sizeof name, "memory_trace_rank%d_wd8_tp2_pp4_mbs1_nmbs8.json", rank);
        take(&analysis, name, made);
    }
    analyze(&analysis, 80);
    assert_int_equal(analysis.findings.configuration_count, 1);
    const struct finding *imbalance = find(&analysis, FINDING_IMBALANCE);
    assert_int_equal(imbalance->severity, FINDING_WARNING);
    assert_true(fabs(figure(imbalance, "difference") - 20) < 0.5);
    assert_non_null(strstr(imbalance->meaning, "Pipeline stage 0 (rank 0) needs most and stage 3"));
    /* 8 micro-batches of 2048 tokens over 39 GB. */
    assert_true(fabs(figure(find(&analysis, FINDING_EFFICIENCY), "tokens") - 8 * 2048 / 39.1) < 5);
    findings_free(&analysis.findings);
    struct fault fault = {0};
    analysis.input.sequence_length = 0; /* not known */
    assert_true(findings_make(&analysis.input, &analysis.findings, &fault));
    assert_null(find(&analysis, FINDING_EFFICIENCY));
    free_analysis(&analysis);
}

/* The same imbalance of over a quarter is critical only where the fullest rank is short of room. */
static void test_imbalance_in_proportion(void **state)
{
    (void)state;
    static const struct {
        double gpu_gb;
        enum finding_severity severity;
    } cases[] = {
        {80, FINDING_WARNING}, {53, FINDING_WARNING}, {50, FINDING_CRITICAL}, {0, FINDING_WARNING}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct analysis analysis = {0};
        for (int rank = 0; rank < 2; rank++) {
            struct made *made = healthy(20, 23);
            for (size_t k = 0; k < 20; k++)
                made->iterations[k].peak_mb -= rank * 15000; /* 39.1 GB, and 24.4 */
            take(&analysis,
                 rank ? "memory_trace_rank1_tp1_pp2.json" : "memory_trace_rank0_tp1_pp2.json",
                 made);
        }
        analyze(&analysis, cases[i].gpu_gb);
        assert_int_equal(find(&analysis, FINDING_IMBALANCE)->severity, cases[i].severity);
        free_analysis(&analysis);
    }
}

/* Recorded coordinates rule over the stage that a rank's number suggests. */
static void test_imbalance_by_coordinates(void **state)
{
    (void)state;
    struct analysis analysis = {0};
    for (int rank = 0; rank < 4; rank++) {
        struct made *made = healthy(20, 23);
        coordinate_set(&made->trace.coordinates, COORDINATE_PP, rank % 2); /* not rank / 2 */
        for (size_t i = 0; i < 20; i++)
            made->iterations[i].peak_mb -= rank == 3 ? 8000 : rank == 1 ? 4000 : 0;
        char name[64];
        snprintf(name, sizeof name, "memory_trace_rank%d_wd4_tp2_pp2.json", rank);
        take(&analysis, name, made);
    }
    analyze(&analysis, 80);
    const struct finding *imbalance = find(&analysis, FINDING_IMBALANCE);
    assert_non_null(strstr(imbalance->meaning,
                           "Pipeline stage 0 (rank 0) needs most and stage 1 (rank 3) least"));
    free_analysis(&analysis);

    analysis = (struct analysis){0};
    for (int rank = 0; rank < 4; rank++) {
        struct made *made = healthy(20, 23);
        coordinate_set(&made->trace.coordinates, COORDINATE_PP, rank % 2);
        for (size_t i = 0; i < 20; i++)
            made->iterations[i].peak_mb -= rank == 2 ? 8000 : rank == 1 ? 4000 : 0;
        char name[64];
        snprintf(name, sizeof name, "memory_trace_rank%d_wd4_tp2_pp2.json", rank);
        take(&analysis, name, made);
    }
    analyze(&analysis, 80);
    imbalance = find(&analysis, FINDING_IMBALANCE);
    assert_non_null(strstr(imbalance->meaning, "Rank 0 needs most and rank 2 least."));
    free_analysis(&analysis);
}

static struct sweep_entry entry(const char *words, const char *outcome)
{
    char line[256];
    struct sweep_entry made;
    snprintf(line, sizeof line, "Config 1: %s - %s", words, outcome);
    assert_true(sweep_log_parse_line(line, &made, NULL));
    return made;
}

static void test_theory_and_scores(void **state)
{
    (void)state;
    struct analysis analysis = {0};
    struct made *made = healthy(20, 29);
    made->iterations[3].theoretical_mb = 80000;
    take(&analysis, "memory_trace_rank0_wd8_tp2_pp4.json", made);
    made = healthy(20, 29);
    made->iterations[3].theoretical_mb = 20000;
    made->trace.ending = TRACE_ENDED_KILLED;
    take(&analysis, "memory_trace_rank0_wd8_tp4_pp2.json", made);
    take(&analysis, "memory_trace_rank0_wd8_tp8_pp1_ts1.json", healthy(20, 29));
    struct sweep_entry entries[] = {entry("TP=8, PP=1, DP=1", "FAILED (status: 1, oom)")};
    struct sweep_log log = {.count = 1, .entries = entries};
    struct fault fault = {0};
    analysis.input.log = &log;
    assert_true(make_findings(&analysis, &fault));
    const struct findings *findings = &analysis.findings;
    assert_int_equal(findings->configuration_count, 3);
    assert_string_equal(findings->configurations[0].text, "TP 2, PP 4, DP 1");
    assert_true(findings->configurations[0].score == 10); /* theory above: for information */
    assert_true(findings->configurations[1].score == 8);  /* theory below, and it was killed */
    assert_true(findings->configurations[2].score == 0);  /* OOM by the log */
    assert_int_equal(findings->list[0].severity, FINDING_WARNING);
    assert_int_equal(findings_at_least(findings, FINDING_WARNING), 2);
    free_analysis(&analysis);
}

/* What a theory's distance from the measured peak is said to mean. */
static void check_theory_meaning(double share, const char *expected)
{
    struct analysis analysis = {0};
    struct made *made = healthy(20, 29);
    take(&analysis, "memory_trace_rank0_wd8_tp2_pp4.json", made);
    made = healthy(20, 29);
    made->iterations[3].theoretical_mb = analysis.facts[0].summary.peak_mb * share;
    take(&analysis, "memory_trace_rank0_wd8_tp4_pp2.json", made);
    struct fault fault = {0};
    assert_true(make_findings(&analysis, &fault));
    const struct finding *theory = NULL;
    for (size_t i = 0; i < analysis.findings.count; i++)
        if (analysis.findings.list[i].kind == FINDING_THEORY)
            theory = &analysis.findings.list[i];
    assert_non_null(theory);
    if (!strstr(theory->meaning, expected))
        fail_msg("'%s' is not in '%s'", expected, theory->meaning);
    free_analysis(&analysis);
}

static void test_theory_meaning(void **state)
{
    (void)state;
    check_theory_meaning(0.8, "needs more than the formula says");
    check_theory_meaning(1.02, "agree within 5%");
    check_theory_meaning(1.4, "asks for more than the job took");
}

/* ---- configurations ---- */

/* Findings of one healthy rank for each of the tags. */
static void analyze_tags(struct analysis *analysis, size_t count, const char *const *tags)
{
    *analysis = (struct analysis){0};
    for (size_t i = 0; i < count; i++) {
        char name[256];
        snprintf(name, sizeof name, "memory_trace_rank0_%s.json", tags[i]);
        take(analysis, name, healthy(5, 1 + i));
    }
}

/* Runs that differ in anything but the stamp are told apart, and their texts say in what. */
static void test_configurations_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *tags[3], *texts[3];
    } cases[] = {
        {{"wd8_tp2_pp4_mbs1", "wd8_tp2_pp4_mbs2"},
         {"TP 2, PP 4, DP 1, micro-batch size 1", "TP 2, PP 4, DP 1, micro-batch size 2"}},
        {{"tp2_rc-full", "tp2_rc-none", "tp2"},
         {"TP 2", "TP 2, recompute none", "TP 2, recompute full"}},
        {{"tp2_lr0.1", "tp2_lr0.2"}, {"TP 2, lr0.1", "TP 2, lr0.2"}},
        /* What follows from other sizes is said only where nothing else tells them apart. */
        {{"tp2_pp2_gbs8", "tp4_pp2_gbs16"}, {"TP 2, PP 2", "TP 4, PP 2"}},
        {{"tp2_pp2_gbs8", "tp2_pp2_gbs16"},
         {"TP 2, PP 2, global batch size 8", "TP 2, PP 2, global batch size 16"}},
        {{"l40_foo", "l40_foo_mbs2"}, {"layers 40, foo", "micro-batch size 2"}},
        {{"ts17"}, {"all ranks"}},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct analysis analysis;
        struct fault fault;
        size_t count = cases[c].tags[2] ? 3 : cases[c].tags[1] ? 2 : 1;
        analyze_tags(&analysis, count, cases[c].tags);
        assert_true(make_findings(&analysis, &fault));
        assert_int_equal(analysis.findings.configuration_count, count);
        for (size_t i = 0; i < count; i++)
            assert_string_equal(analysis.findings.configurations[i].text, cases[c].texts[i]);
        free_analysis(&analysis);
    }
    static const char *const stamps[] = {"tp2_ts1", "tp2_ts2"};
    struct analysis analysis;
    struct fault fault;
    analyze_tags(&analysis, 2, stamps);
    assert_true(make_findings(&analysis, &fault));
    assert_int_equal(analysis.findings.configuration_count, 1);
    assert_int_equal(analysis.findings.configurations[0].ranks, 2);
    free_analysis(&analysis);
}

/* Each line of a log is taken for the configuration that it fits best, and for no other. */
static void test_outcomes(void **state)
{
    (void)state;
    static const char *const tags[] = {"wd8_tp2_pp2", "wd8_tp2_pp2_exp2_expNum8", "wd8_tp4_pp2"};
    struct sweep_entry entries[] = {entry("TP=2, PP=2, DP=2", "FAILED"),
                                    entry("TP=4, PP=2, DP=1", "SUCCESS"),
                                    entry("TP=8, PP=1, DP=1", "FAILED")};
    struct sweep_log log = {.count = 3, .entries = entries};
    struct analysis analysis;
    struct fault fault = {0};
    analyze_tags(&analysis, 3, tags);
    analysis.input.log = &log;
    assert_true(make_findings(&analysis, &fault));
    assert_int_equal(analysis.findings.configurations[0].outcome, SWEEP_OOM);
    assert_int_equal(analysis.findings.configurations[1].outcome, SWEEP_PLANNED); /* no such line */
    assert_int_equal(analysis.findings.configurations[2].outcome, SWEEP_SUCCESS);
    assert_string_equal(analysis.findings.configurations[1].text,
                        "TP 2, PP 2, DP 2, EP 2, experts 8");
    free_analysis(&analysis);
}

/* Where it cannot be known which line is meant, nothing is guessed. */
static void test_ambiguous_outcomes(void **state)
{
    (void)state;
    static const char *const two[] = {"tp2_pp2_mbs1", "tp2_pp2_mbs2"}, *const one[] = {"tp2_pp2"};
    struct sweep_entry entries[] = {entry("TP=2, PP=2, NUM_MICBATCH=8", "FAILED"),
                                    entry("TP=2, PP=2, NUM_MICBATCH=16", "SUCCESS")};
    struct sweep_log log = {.count = 1, .entries = entries};
    struct analysis analysis;
    struct fault fault = {0};
    analyze_tags(&analysis, 2, two);
    analysis.input.log = &log;
    assert_false(make_findings(&analysis, &fault));
    if (!strstr(fault.text,
                "fits several configurations of the traces, which differ in micro-batch "
                "size"))
        fail_msg("said '%s'", fault.text);
    free_analysis(&analysis);
    analyze_tags(&analysis, 1, one);
    log.count = 2;
    analysis.input.log = &log;
    assert_false(make_findings(&analysis, &fault));
    if (!strstr(fault.text, "fit TP 2, PP 2, ") || !strstr(fault.text, "differ in micro-batches"))
        fail_msg("said '%s'", fault.text);
    free_analysis(&analysis);
}

/* ---- statistics ---- */

static struct trend trend_of(const double *values, size_t count)
{
    struct trend trend;
    assert_true(statistics_trend(values, count, &trend));
    return trend;
}

static void test_trend(void **state)
{
    (void)state;
    /* Mann-Kendall by hand: 1..10 rises in all 45 pairs: z = 44/sqrt(125) = 3.935. */
    double values[2000];
    for (int i = 0; i < 10; i++)
        values[i] = i;
    struct trend trend = trend_of(values, 10);
    assert_true(trend.slope == 1 && fabs(trend.p_value - 8.3e-5) < 1e-6);
    for (int i = 0; i < 10; i++)
        values[i] = 7;
    trend = trend_of(values, 10);
    assert_true(trend.slope == 0 && trend.p_value == 1);
    /* An outlier does not move the slope; gaps are no zeros. */
    for (int i = 0; i < 101; i++)
        values[i] = i % 10 == 3 ? (double)NAN : 3.0 * i;
    values[50] = 1e9;
    trend = trend_of(values, 101);
    assert_true(fabs(trend.slope - 3) < 1e-9);
    /* Long ones are thinned out evenly: the slope stays that of a step. */
    for (int i = 0; i < 2000; i++)
        values[i] = 0.5 * i;
    trend = trend_of(values, 2000);
    assert_true(fabs(trend.slope - 0.5) < 1e-9 && trend.points == STATISTICS_MOST_POINTS);
    assert_true(isnan(trend_of(values, 2).slope));
    /* The median of all pairs' slopes, by sorting them. */
    uint64_t seed = 31;
    for (int round = 0; round < 200; round++) {
        double slopes[500];
        size_t count = 3 + unit_random(&seed) % 20, pairs = 0;
        for (size_t i = 0; i < count; i++)
            values[i] = (double)(unit_random(&seed) % 7); /* with many ties */
        for (size_t i = 0; i < count; i++)
            for (size_t k = i + 1; k < count; k++)
                slopes[pairs++] = (values[k] - values[i]) / (double)(k - i);
        assert_true(trend_of(values, count).slope == quantile_of(slopes, pairs, 0.5));
    }
    double quartiles[] = {4, 1, 3, 2};
    assert_true(quantile_of(quartiles, 4, 0.25) == 1.75);
    assert_true(isnan(quantile_of(quartiles, 0, 0.5)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_healthy_is_silent),
        cmocka_unit_test(test_leak),
        cmocka_unit_test(test_warm_up_is_no_leak),
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_rise_and_cleanup),
        cmocka_unit_test(test_spikes),
        cmocka_unit_test(test_fragmentation),
        cmocka_unit_test(test_allocator_retries),
        cmocka_unit_test(test_headroom_and_hidden),
        cmocka_unit_test(test_other_measures),
        cmocka_unit_test(test_imbalance),
        cmocka_unit_test(test_imbalance_in_proportion),
        cmocka_unit_test(test_imbalance_by_coordinates),
        cmocka_unit_test(test_theory_and_scores),
        cmocka_unit_test(test_theory_meaning),
        cmocka_unit_test(test_trend),
        cmocka_unit_test(test_configurations_are_told_apart),
        cmocka_unit_test(test_outcomes),
        cmocka_unit_test(test_ambiguous_outcomes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
