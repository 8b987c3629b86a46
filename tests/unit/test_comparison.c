/* Real beside simulated: the numbers, and that odd traces have a defined answer. */
#include "schemas/configuration/configuration_json.h"
#include "tests/unit/unit.h"
#include "visualize/comparison/overview.h"
#include "visualize/comparison/pair.h"
#include "visualize/comparison/runs.h"
#include "visualize/comparison/summary.h"
#include "visualize/comparison/timeline.h"
#include "visualize/figure/steps.h"

#include <math.h>

static const struct comparison_choice LAST = {.which = COMPARISON_LAST};

static struct configuration of(const char *tags)
{
    struct configuration configuration = {0};
    for (const char *at = tags; *at; at += *at == '_') {
        size_t length = strcspn(at, "_");
        assert_true(configuration_add_tag(&configuration, at, length, NULL));
        at += length;
    }
    return configuration;
}

/* One iteration from plain arrays. */
static void make_side(struct comparison_side *side, size_t count, const double *times,
                      const double *mb, double peak)
{
    struct trace_iteration iteration = {
        .peak_mb = peak,
        .theoretical_mb = NAN,
        .static_mb = NAN,
        .samples = {count, (double *)times, (double *)mb, (double *)mb}}; /* only read */
    const struct trace trace = {.count = 1, .iterations = &iteration};
    assert_true(comparison_side_make(side, &trace, LAST));
}

static void free_pair(struct comparison_pair *pair)
{
    for (int i = 0; i < COMPARISON_SIDES; i++)
        comparison_side_free(&pair->sides[i]);
}

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-9;
}

static void test_errors(void **state)
{
    (void)state;
    struct comparison_pair pair = {.rank = 0};
    /* Steps: 10 for a second, then 20; against 10 for two seconds, then 30. */
    make_side(&pair.sides[0], 3, (double[]){5, 6, 9}, (double[]){10, 20, 20}, 20);
    make_side(&pair.sides[1], 3, (double[]){0, 2, 3}, (double[]){10, 30, 30}, 30);
    comparison_pair_finish(&pair, COMPARISON_ALIGN_START);
    assert_true(near(pair.errors.peak_mb, 10) && near(pair.errors.peak_percent, 50));
    assert_true(isnan(pair.errors.static_mb));
    /* Over the 3 s that both have: 0 for 1 s, 10 for 1 s, 10 for 1 s. */
    assert_true(near(pair.errors.curve_mean_mb, 20.0 / 3) && near(pair.errors.curve_most_mb, 10));
    free_pair(&pair);
}

/* Figures of different measures have no difference. */
static void test_measures(void **state)
{
    (void)state;
    struct comparison_pair pair = {.rank = 0};
    double time[] = {0, 1}, mb[] = {10, 20};
    struct trace_iteration iteration = {.peak_mb = NAN,
                                        .theoretical_mb = NAN,
                                        .static_mb = NAN,
                                        .allocated_of = TRACE_MEASURE_PROCESS,
                                        .samples = {2, time, mb, mb}};
    const struct trace trace = {.count = 1, .iterations = &iteration, .ending = TRACE_ENDED_KILLED};
    assert_true(comparison_side_make(&pair.sides[0], &trace, LAST));
    make_side(&pair.sides[1], 2, time, mb, 30);
    comparison_pair_finish(&pair, COMPARISON_ALIGN_START);
    assert_true(pair.sides[0].peak_mb == 20 && pair.sides[1].peak_mb == 30);
    assert_true(isnan(pair.errors.peak_mb) && isnan(pair.errors.peak_percent) &&
                isnan(pair.errors.curve_mean_mb));
    struct comparison_row row = comparison_row_of(&pair);
    assert_int_equal(row.peak_measure[0], TRACE_MEASURE_PROCESS);
    assert_int_equal(row.curve_measure[1], TRACE_MEASURE_ALLOCATOR);
    assert_int_equal(row.ending[0], TRACE_ENDED_KILLED);
    free_pair(&pair);

    /* A logged peak is the allocator's whatever the samples are. */
    iteration.peak_mb = 25;
    assert_true(comparison_side_make(&pair.sides[0], &trace, LAST));
    make_side(&pair.sides[1], 2, time, mb, 30);
    comparison_pair_finish(&pair, COMPARISON_ALIGN_START);
    assert_true(near(pair.errors.peak_mb, 5) && isnan(pair.errors.curve_mean_mb));
    free_pair(&pair);
}

static void test_stretch(void **state)
{
    (void)state;
    struct comparison_pair pair = {.rank = 0};
    make_side(&pair.sides[0], 3, (double[]){0, 2, 4}, (double[]){10, 20, 10}, 20);
    make_side(&pair.sides[1], 3, (double[]){7, 8, 9}, (double[]){10, 20, 10}, 20);
    comparison_pair_finish(&pair, COMPARISON_ALIGN_STRETCH);
    assert_true(near(pair.sides[0].time_s[1], 50) && near(pair.sides[1].time_s[2], 100));
    assert_true(near(pair.errors.curve_most_mb, 0));
    free_pair(&pair);
}

static void test_odd_samples(void **state)
{
    (void)state;
    struct comparison_pair pair = {.rank = 0};
    /* Time going backwards is put in order; what has no time or figure is left out and counted. */
    make_side(&pair.sides[0], 5, (double[]){3, 1, NAN, 2, 4}, (double[]){30, 10, 5, 20, NAN}, NAN);
    assert_int_equal(pair.sides[0].count, 3);
    assert_int_equal(pair.sides[0].unusable, 2);
    assert_true(pair.sides[0].time_s[0] == 0 && pair.sides[0].allocated_mb[0] == 10 &&
                pair.sides[0].time_s[2] == 2 && pair.sides[0].allocated_mb[2] == 30);
    assert_true(pair.sides[0].peak_mb == 30);

    /* One sample, and none. */
    make_side(&pair.sides[1], 1, (double[]){9}, (double[]){10}, 10);
    comparison_pair_finish(&pair, COMPARISON_ALIGN_START);
    assert_true(near(pair.errors.curve_mean_mb, 0) && near(pair.errors.curve_most_mb, 0));
    comparison_side_free(&pair.sides[1]);
    make_side(&pair.sides[1], 0, NULL, NULL, 12);
    comparison_pair_finish(&pair, COMPARISON_ALIGN_STRETCH);
    assert_true(pair.sides[1].present && isnan(pair.errors.curve_mean_mb) &&
                near(pair.errors.peak_mb, -18));
    free_pair(&pair);
    comparison_pair_finish(&pair, COMPARISON_ALIGN_START);
    assert_true(isnan(pair.errors.peak_mb) && isnan(pair.errors.peak_percent));
}

static void test_equal_samples(void **state)
{
    (void)state;
    struct comparison_pair pair = {.rank = 0};
    for (int i = 0; i < COMPARISON_SIDES; i++)
        make_side(&pair.sides[i], 3, (double[]){1, 1, 1}, (double[]){7, 7, 7}, 7);
    comparison_pair_finish(&pair, COMPARISON_ALIGN_STRETCH);
    assert_true(near(pair.errors.curve_mean_mb, 0) && near(pair.errors.peak_percent, 0));
    struct timeline timeline = {.pair = &pair, .dpi = 300};
    double tick;
    struct memory_unit unit;
    struct axes_range range = timeline_range(&timeline, 100, &unit, &tick);
    assert_true(range.least < range.most && tick > 0);
    assert_string_equal(unit.name, "MB"); /* of 7 MB */
    assert_true(range.most > 7 && range.most < 20);
    free_pair(&pair);
}

static void test_choice(void **state)
{
    (void)state;
    double times[] = {0, 1}, mb[] = {1, 2};
    struct trace_iteration iterations[] = {
        {.number = 3,
         .peak_mb = 50,
         .static_mb = NAN,
         .theoretical_mb = 9,
         .samples = {2, times, mb, mb}},
        {.number = 8,
         .peak_mb = 40,
         .static_mb = 4,
         .theoretical_mb = NAN,
         .samples = {1, times, mb, mb}},
    };
    const struct trace trace = {.count = 2, .iterations = iterations};
    struct comparison_side side;
    assert_true(comparison_side_make(&side, &trace, LAST));
    assert_true(side.peak_mb == 40 && side.count == 1 && side.static_mb == 4);
    comparison_side_free(&side);
    assert_true(comparison_side_make(&side, &trace, (struct comparison_choice){COMPARISON_ALL, 0}));
    assert_true(side.peak_mb == 50 && side.count == 3 && side.static_mb == 4 &&
                side.theory_mb == 9);
    comparison_side_free(&side);
    struct comparison_choice number = {COMPARISON_NUMBER, 3};
    assert_true(comparison_side_make(&side, &trace, number));
    assert_true(side.peak_mb == 50 && side.count == 2);
    comparison_side_free(&side);
    number.number = 4;
    assert_true(comparison_side_make(&side, &trace, number));
    assert_false(side.present);
    comparison_side_free(&side);
}

static void test_range(void **state)
{
    (void)state;
    struct comparison_pair pair = {.rank = 0};
    make_side(&pair.sides[0], 2, (double[]){0, 1}, (double[]){55 * 1024, 70 * 1024}, 70 * 1024);
    comparison_side_free(&pair.sides[1]);
    struct timeline timeline = {.pair = &pair, .dpi = 300};
    double tick;
    struct memory_unit unit;
    struct axes_range range = timeline_range(&timeline, 100, &unit, &tick);
    /* From a round number below; the labels' two lines stay free above the peak. */
    assert_true(range.least <= 55 && range.least >= 40 && near(fmod(range.least, tick), 0));
    assert_true((range.most - 70) / (range.most - range.least) > 0.17);
    comparison_side_free(&pair.sides[0]);
    make_side(&pair.sides[0], 2, (double[]){0, 1}, (double[]){5 * 1024, 70 * 1024}, 70 * 1024);
    assert_true(timeline_range(&timeline, 100, &unit, &tick).least == 0);
    free_pair(&pair);
}

/* The GPU's memory is drawn where the curves keep two fifths of the height. */
static void test_gpu_line(void **state)
{
    (void)state;
    struct comparison_pair pair = {.rank = 0};
    make_side(&pair.sides[0], 2, (double[]){0, 1}, (double[]){55 * 1024, 70 * 1024}, 70 * 1024);
    comparison_side_free(&pair.sides[1]);
    struct timeline timeline = {.pair = &pair, .dpi = 300, .gpu_mb = 92 * 1024};
    assert_true(near(timeline_figures(&timeline, 1).most, 92 * 1024));
    timeline.gpu_mb = 93 * 1024;
    assert_true(near(timeline_figures(&timeline, 1).most, 70 * 1024));
    comparison_side_free(&pair.sides[0]);
    make_side(&pair.sides[0], 2, (double[]){0, 1}, (double[]){5 * 1024, 70 * 1024}, 70 * 1024);
    timeline.gpu_mb = 174 * 1024; /* the axis begins at 0 */
    assert_true(near(timeline_figures(&timeline, 1).most, 174 * 1024));
    timeline.gpu_mb = 176 * 1024;
    assert_true(near(timeline_figures(&timeline, 1).most, 70 * 1024));
    timeline.gpu_mb = 60 * 1024; /* it may hold more than the GPU has */
    assert_true(near(timeline_figures(&timeline, 1).most, 70 * 1024));
    free_pair(&pair);
}

/* Panels beside each other are read against each other: one axis for all. */
static void test_shared_range(void **state)
{
    (void)state;
    struct comparison_pair pairs[2] = {{.rank = 0}, {.rank = 1}};
    make_side(&pairs[0].sides[0], 2, (double[]){0, 1}, (double[]){55 * 1024, 70 * 1024}, 70 * 1024);
    make_side(&pairs[1].sides[0], 2, (double[]){0, 1}, (double[]){50 * 1024, 58 * 1024}, 59 * 1024);
    for (int i = 0; i < 2; i++)
        comparison_side_free(&pairs[i].sides[1]);
    struct timeline timelines[2] = {{.pair = &pairs[0]}, {.pair = &pairs[1]}};
    struct axes_range figures = timeline_figures(timelines, 2);
    assert_true(near(figures.least, 50 * 1024) && near(figures.most, 70 * 1024));
    double ticks[2];
    struct memory_unit unit;
    struct axes_range ranges[2];
    for (int i = 0; i < 2; i++) {
        timelines[i].figures = &figures;
        ranges[i] = timeline_range(&timelines[i], 100, &unit, &ticks[i]);
    }
    assert_true(near(ranges[0].least, ranges[1].least) && near(ranges[0].most, ranges[1].most));
    assert_true(near(ticks[0], ticks[1]) && ranges[0].least <= 50);
    timelines[1].figures = NULL;
    assert_true(timeline_range(&timelines[1], 100, &unit, &ticks[1]).most < ranges[0].most);
    for (int i = 0; i < 2; i++)
        free_pair(&pairs[i]);
}

static void test_steps(void **state)
{
    (void)state;
    struct steps steps;
    assert_true(steps_make(&steps, 3, (double[]){0, 1, 2}, (double[]){5, 9, 9}, 4, 100));
    const double x[] = {0, 1, 1, 2, 4}, y[] = {5, 5, 9, 9, 9};
    assert_int_equal(steps.count, 5);
    for (size_t i = 0; i < steps.count; i++)
        assert_true(steps.x[i] == x[i] && steps.y[i] == y[i]);
    steps_free(&steps);
    assert_true(steps_make(&steps, 0, NULL, NULL, 1, 10));
    assert_int_equal(steps.count, 0);
    steps_free(&steps);

    /* A spike and a dip of one sample among many survive the reduction. */
    enum { SAMPLES = 1000000, COLUMNS = 500 };
    double *times = malloc(SAMPLES * sizeof *times), *mb = malloc(SAMPLES * sizeof *mb);
    assert_true(times && mb);
    for (int i = 0; i < SAMPLES; i++) {
        times[i] = i;
        mb[i] = i == 123456 ? 99 : i == 654321 ? -99 : i % 7;
    }
    assert_true(steps_make(&steps, SAMPLES, times, mb, SAMPLES, COLUMNS));
    assert_true(steps.count <= 8 * COLUMNS + 2 && steps.count > COLUMNS);
    double least = 0, most = 0;
    for (size_t i = 0; i < steps.count; i++) {
        least = fmin(least, steps.y[i]);
        most = fmax(most, steps.y[i]);
        assert_true(i == 0 || steps.x[i] >= steps.x[i - 1]);
    }
    assert_true(least == -99 && most == 99);
    steps_free(&steps);
    free(times);
    free(mb);
}

static struct comparison_row row(int64_t rank, double percent)
{
    return (struct comparison_row){.rank = rank,
                                   .present = {true, true},
                                   .peak_mb = {100, 100 + percent},
                                   .errors = {.peak_mb = percent,
                                              .peak_percent = percent,
                                              .static_mb = NAN,
                                              .curve_mean_mb = NAN,
                                              .curve_most_mb = NAN}};
}

static void test_overall(void **state)
{
    (void)state;
    struct comparison_row rows[] = {row(0, 1), row(1, -4), row(2, 3), row(3, NAN)};
    rows[3].present[COMPARISON_SIMULATED] = false;
    struct comparison_overall overall = comparison_overall_of(rows, 4);
    assert_int_equal(overall.pairs, 3);
    assert_int_equal(overall.only[COMPARISON_REAL], 1);
    assert_int_equal(overall.worst_rank, 1);
    assert_true(near(overall.most_percent, 4) && near(overall.mean_percent, 8.0 / 3));
    overall = comparison_overall_of(&rows[3], 1);
    assert_int_equal(overall.worst_rank, -1);
}

static void test_representatives(void **state)
{
    (void)state;
    struct comparison_row rows[8];
    for (int i = 0; i < 8; i++)
        rows[i] = row(i, i == 3 ? 9 : 1);
    size_t chosen[OVERVIEW_TIMELINES];
    const struct configuration nothing = {0}, stages = of("wd8_tp2_pp4"), by_dp = of("tp2_pp4_dp1");
    assert_int_equal(overview_choose(rows, 8, &stages, chosen), 3);
    assert_true(chosen[0] == 0 && chosen[1] == 3 && chosen[2] == 6);
    assert_int_equal(overview_choose(rows, 8, &by_dp, chosen), 3);
    assert_true(chosen[2] == 6);
    assert_int_equal(overview_choose(rows, 8, &nothing, chosen), 3);
    assert_true(chosen[2] == 7);
    /* The stage's first rank has no trace: the next one of the stage stands for it. */
    rows[6].rank = 7;
    rows[7].rank = 9;
    assert_int_equal(overview_choose(rows, 8, &stages, chosen), 3);
    assert_true(chosen[2] == 6);
    assert_int_equal(overview_choose(rows, 1, &stages, chosen), 1);
    assert_int_equal(overview_choose(rows, 0, &stages, chosen), 0);
}

/* ---- which configurations may be compared ---- */

static bool agree(const char *real, const char *simulated, dimension_set said_by_user,
                  struct agreement *agreement)
{
    const struct configuration first = of(real), second = of(simulated);
    struct fault fault;
    bool made = agreement_make(agreement, (const struct configuration *[]){&first, &second},
                               (const dimension_set[]){said_by_user, said_by_user}, &fault);
    assert_string_equal(fault.text, "");
    return made;
}

static void test_agreement(void **state)
{
    (void)state;
    struct agreement agreement;
    char text[CONFIGURATION_TEXT];
    assert_true(
        agree("wd8_tp2_pp4_l40_bs1_ts5", "wd8_tp2_pp4_exp1_expNumNone_l40_bs1_ts7", 0, &agreement));
    assert_true(!agreement.not_known[0] && !agreement.not_known[1]);
    assert_string_equal(configuration_tags(text, sizeof text, &agreement.both),
                        "wd8_tp2_pp4_exp1_expNumNone_l40_mbs1");
    assert_string_equal(
        configuration_text(text, sizeof text, &agreement.both, agreement_to_print(&agreement)),
        "world size 8, TP 2, PP 4, DP 1, layers 40, micro-batch size 1");

    /* What one side does not know is named once, and without what follows from it. */
    assert_true(agree("tp2_pp4_lr0.1", "wd16_tp2_pp4_mbs2_hidden64", 0, &agreement));
    assert_int_equal(agreement.not_known[COMPARISON_REAL],
                     DIMENSION_BIT(DIMENSION_WORLD_SIZE) |
                         DIMENSION_BIT(DIMENSION_MICRO_BATCH_SIZE) | DIMENSION_OTHER_TAGS);
    assert_int_equal(agreement.not_known[COMPARISON_SIMULATED], DIMENSION_OTHER_TAGS);
    assert_string_equal(configuration_tags(text, sizeof text, &agreement.both),
                        "wd16_tp2_pp4_mbs2_hidden64_lr0.1");

    /* Sizes that contradict each other only when they are put together. */
    assert_false(agree("wd8_tp2", "pp2_dp3", 0, &agreement));
    assert_false(agree("tp2_lr0.1", "tp2_lr0.2", 0, &agreement));
}

/* No EP is EP 1, unless the user says that both have what one side's names say. */
static void test_agreement_said_by_user(void **state)
{
    (void)state;
    struct agreement agreement;
    const dimension_set ep = DIMENSION_BIT(DIMENSION_EP), tp = DIMENSION_BIT(DIMENSION_TP);
    assert_false(agree("tp2", "tp2_exp8", 0, &agreement));
    assert_true(agree("tp2", "tp2_exp8", ep, &agreement));
    assert_int_equal(agreement.by_where[COMPARISON_REAL], ep);
    assert_int_equal(agreement.by_where[COMPARISON_SIMULATED], 0);
    assert_int_equal(configuration_number(&agreement.both, DIMENSION_EP), 8);
    assert_int_equal(configuration_number(&agreement.sides[COMPARISON_REAL], DIMENSION_EP), 1);
    assert_false(agree("tp2_exp1", "tp2_exp8", ep, &agreement));
    assert_false(agree("tp2", "tp1_exp8", ep | tp, &agreement));
}

static const char *value_text(size_t dimension, bool second)
{
    switch (DIMENSIONS[dimension].kind) {
    case DIMENSION_SWITCH:
        return second ? "1" : "0";
    case DIMENSION_WORD:
        return second ? "full" : "none";
    case DIMENSION_NUMBER:
        break;
    }
    return second ? "4" : "2";
}

/* Puts a trace of rank 0 into a folder of its own, DIMENSION_COUNT: without a tag. */
static char *make_run(size_t dimension, bool second)
{
    struct configuration configuration = {0};
    char tags[CONFIGURATION_TEXT], name[CONFIGURATION_TEXT + 64], *folder = unit_make_folder();
    if (dimension < DIMENSION_COUNT) {
        const char *value = value_text(dimension, second);
        assert_true(configuration_set_text(&configuration, dimension, value, strlen(value), NULL));
    }
    configuration_tags(tags, sizeof tags, &configuration);
    snprintf(name, sizeof name, "memory_trace_rank0%s%s.json", *tags ? "_" : "", tags);
    unit_write_file(folder, name, "{}", 2);
    return folder;
}

static bool check_runs(char *real, char *simulated, const char *where, struct agreement *agreement,
                       struct fault *fault)
{
    struct comparison_runs runs;
    struct filter filter;
    char *folders[COMPARISON_SIDES] = {real, simulated};
    fault->text[0] = '\0';
    assert_true(filter_parse(where, &filter, fault));
    assert_true(comparison_runs_list(&runs, folders, &filter, fault));
    bool checked = comparison_runs_check(&runs, fault);
    *agreement = runs.agreement;
    comparison_runs_free(&runs);
    return checked;
}

static void check_dimension(size_t dimension)
{
    const struct dimension *row = &DIMENSIONS[dimension];
    struct agreement agreement;
    struct fault fault;
    char *first = make_run(dimension, false), *second = make_run(dimension, true);
    char *without = make_run(DIMENSION_COUNT, false);
    assert_true(check_runs(first, first, "", &agreement, &fault));
    if (check_runs(first, second, "", &agreement, &fault) != row->not_compared)
        fail_msg("%s 2 and 4 are compared", row->name);
    assert_true(row->not_compared || strstr(fault.text, row->name));
    bool means_a_value =
        row->absent == DIMENSION_ABSENT_ONE || row->absent == DIMENSION_ABSENT_ZERO;
    if (check_runs(second, without, "", &agreement, &fault) == means_a_value)
        fail_msg("%s 4 and none: %s", row->name, fault.text);
    if (!row->not_compared && !means_a_value)
        assert_int_equal(agreement.not_known[COMPARISON_SIMULATED], DIMENSION_BIT(dimension));
    assert_int_equal(agreement.not_known[COMPARISON_REAL], 0);
    unit_remove_folder(first);
    unit_remove_folder(second);
    unit_remove_folder(without);
}

static void test_every_dimension(void **state)
{
    (void)state;
    for (size_t i = 0; i < DIMENSION_COUNT; i++)
        check_dimension(i);
}

static void put_trace(const char *folder, int rank, const char *tags)
{
    char name[256];
    snprintf(name, sizeof name, "memory_trace_rank%d_%s.json", rank, tags);
    unit_write_file(folder, name, "{}", 2);
}

/* Each --where that a refusal suggests chooses two runs that can be compared. */
static size_t count_suggestions(char *real, char *simulated, const char *where)
{
    struct agreement agreement;
    struct fault fault, ignored;
    size_t count = 0;
    assert_false(check_runs(real, simulated, where, &agreement, &fault));
    for (char *at = fault.text; (at = strstr(at, "--where '")); count++) {
        char suggested[512];
        assert_int_equal(sscanf(at, "--where '%511[^']'", suggested), 1);
        if (!check_runs(real, simulated, suggested, &agreement, &ignored))
            fail_msg("%s: %s", suggested, ignored.text);
        at += strlen("--where '");
    }
    return count;
}

static void test_suggestions(void **state)
{
    (void)state;
    char *one = unit_make_folder(), *several = unit_make_folder();
    put_trace(one, 0, "wd8_tp2_pp2");
    put_trace(several, 0, "wd8_tp2_pp2_mbs1");
    put_trace(several, 1, "wd8_tp2_pp2_mbs2");
    put_trace(several, 1, "wd8_tp4_pp2_mbs2");
    /* One of them fits no real run: it is not suggested. */
    assert_int_equal(count_suggestions(one, several, ""), 2);
    assert_int_equal(count_suggestions(one, several, "tp=2"), 2);
    assert_int_equal(count_suggestions(several, one, "rank=0..3"), 2);
    assert_int_equal(count_suggestions(one, several, "tp=4"), 2);
    put_trace(one, 0, "wd8_tp4_pp2");
    assert_int_equal(count_suggestions(one, several, ""), 3);
    /* Neither has this: nothing is chosen, and nothing can be suggested. */
    assert_int_equal(count_suggestions(one, several, "tp=64"), 0);
    unit_remove_folder(one);
    unit_remove_folder(several);
    one = unit_make_folder();
    several = unit_make_folder();
    put_trace(one, 0, "tp2_pp2");
    put_trace(several, 0, "tp2_pp2_exp8_cp2");
    assert_int_equal(count_suggestions(one, several, ""), 1);
    put_trace(several, 1, "tp2_pp2_exp8_cp2_lr0.1");
    put_trace(several, 0, "tp2_pp2");
    assert_int_equal(count_suggestions(one, several, "cp=1,exp=2"), 0);
    unit_remove_folder(one);
    unit_remove_folder(several);
    /* 4096 would leave two configurations on the first side: it is not suggested. */
    one = unit_make_folder();
    several = unit_make_folder();
    put_trace(one, 0, "tp2_s2048");
    put_trace(one, 0, "tp2");
    put_trace(several, 0, "tp2_s2048");
    put_trace(several, 0, "tp2_s4096");
    assert_int_equal(count_suggestions(one, several, ""), 1);
    unit_remove_folder(one);
    unit_remove_folder(several);
}

static char *write_tables(const struct agreement *agreement, const char *name,
                          bool (*write)(const char *, const struct agreement *,
                                        const struct comparison_row *, size_t, struct fault *))
{
    char *folder = unit_make_folder(), path[4200];
    struct comparison_row rows[] = {row(0, 1)};
    struct fault fault;
    size_t length;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_true(write(path, agreement, rows, 1, &fault));
    char *text = unit_read_file(folder, name, &length);
    unit_remove_folder(folder);
    return text;
}

static void test_tables(void **state)
{
    (void)state;
    struct agreement agreement;
    assert_true(agree("wd8_tp2_rc-full_lr0.1", "wd8_tp2_exp1_mbs4", 0, &agreement));
    char *csv = write_tables(&agreement, "t.csv", comparison_write_csv);
    assert_non_null(strstr(csv, ",simulated_samples,world_size,tp,ep,micro_batch_size,recompute,"
                                "tags\n"));
    assert_non_null(strstr(csv, ",0,0,8,2,1,4,full,lr0.1\n"));
    free(csv);
    char *json = write_tables(&agreement, "t.json", comparison_write_json);
    cJSON *root = cJSON_Parse(json);
    const cJSON *overall = cJSON_GetObjectItem(root, "overall");
    assert_string_equal(overall->next->string, "configuration"); /* at the end, after what was */
    struct configuration read = {0};
    assert_true(configuration_from_json(&read, cJSON_GetObjectItem(root, "configuration")));
    assert_int_equal(configuration_compare(&read, &agreement.both), 0);
    read = (struct configuration){0};
    assert_true(configuration_from_json(&read, cJSON_GetObjectItem(root, "real_configuration")));
    assert_int_equal(configuration_compare(&read, &agreement.sides[COMPARISON_REAL]), 0);
    const cJSON *not_known = cJSON_GetObjectItem(root, "not_known");
    const cJSON *columns = cJSON_GetObjectItem(not_known, "real");
    assert_int_equal(cJSON_GetArraySize(columns), 1);
    assert_string_equal(cJSON_GetArrayItem(columns, 0)->valuestring, "micro_batch_size");
    columns = cJSON_GetObjectItem(not_known, "simulated");
    assert_int_equal(cJSON_GetArraySize(columns), 2);
    assert_string_equal(cJSON_GetArrayItem(columns, 0)->valuestring, "recompute");
    assert_string_equal(cJSON_GetArrayItem(columns, 1)->valuestring, "tags");
    cJSON_Delete(root);
    free(json);
}

static void test_percent_text(void **state)
{
    (void)state;
    char text[COMPARISON_PERCENT_SIZE];
    comparison_percent_text(text, -0.004, true);
    assert_string_equal(text, "0.00%");
    comparison_percent_text(text, 0.016, true);
    assert_string_equal(text, "+0.02%");
    comparison_percent_text(text, -1.5, true);
    assert_string_equal(text, "\xE2\x88\x92"
                              "1.50%");
    comparison_percent_text(text, -1.5, false);
    assert_string_equal(text, "-1.50%");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_measures),
        cmocka_unit_test(test_stretch),
        cmocka_unit_test(test_odd_samples),
        cmocka_unit_test(test_equal_samples),
        cmocka_unit_test(test_choice),
        cmocka_unit_test(test_range),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_overall),
        cmocka_unit_test(test_representatives),
        cmocka_unit_test(test_percent_text),
        cmocka_unit_test(test_gpu_line),
        cmocka_unit_test(test_shared_range),
        cmocka_unit_test(test_agreement),
        cmocka_unit_test(test_agreement_said_by_user),
        cmocka_unit_test(test_every_dimension),
        cmocka_unit_test(test_suggestions),
        cmocka_unit_test(test_tables),
    };
    return cmocka_run_group_tests_name("comparison", tests, NULL, NULL);
}
