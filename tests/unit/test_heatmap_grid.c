/* From traces and logs to cells: the heatmap's numbers. */
#include "schemas/support/units.h"
#include "tests/unit/unit.h"
#include "visualize/heatmap/grid.h"
#include "visualize/heatmap/metric.h"

#include <math.h>

enum { MOST = 16 };

/* A folder of traces that exists in memory alone. */
struct made {
    struct trace_file files[MOST];
    const struct trace_file *pointers[MOST];
    struct trace_summary summaries[MOST];
    struct trace_set set;
    struct sweep_entry entries[MOST];
    struct sweep_log log;
    struct filter filter;
    struct heatmap_input input;
    struct heatmap_grid grid;
    struct fault fault;
};

static struct made *begin(void)
{
    struct made *made = calloc(1, sizeof *made);
    assert_non_null(made);
    made->set.files = made->pointers;
    made->set.summaries = made->summaries;
    made->log.entries = made->entries;
    made->input = (struct heatmap_input){.set = &made->set,
                                         .log = &made->log,
                                         .filter = &made->filter,
                                         .axes = heatmap_usual_axes(),
                                         .limit_mb = mb_from_gb(80),
                                         .metric = heatmap_metric_find("memory", "GB")};
    return made;
}

static struct trace_summary *add_trace(struct made *made, const char *name, double peak_gb)
{
    size_t at = made->set.count++;
    assert_true(at < MOST && trace_name_parse(name, &made->files[at].name, NULL));
    made->files[at].path = (char *)name; /* never written to */
    made->files[at].base = name;
    made->pointers[at] = &made->files[at];
    made->summaries[at] = (struct trace_summary){.read = true,
                                                 .peak_mb = mb_from_gb(peak_gb),
                                                 .theory_mb = NAN,
                                                 .static_mb = NAN,
                                                 .peak_measure = TRACE_MEASURE_ALLOCATOR,
                                                 .iterations = 1,
                                                 .chosen = 1};
    return &made->summaries[at];
}

/* A line as logs have it: "TP=2, PP=4, DP=8 - SUCCESS". */
static void add_line(struct made *made, const char *line)
{
    char text[256];
    struct sweep_entry *entry = &made->entries[made->log.count++];
    assert_true(made->log.count <= MOST);
    snprintf(text, sizeof text, "Config %zu: %s", made->log.count, line);
    if (!sweep_log_parse_line(text, entry, &made->fault))
        fail_msg("%s", made->fault.text);
}

static void add_entry(struct made *made, int64_t tp, int64_t pp, enum sweep_outcome outcome)
{
    static const char *const endings[] = {[SWEEP_PLANNED] = "",
                                          [SWEEP_SUCCESS] = " - SUCCESS",
                                          [SWEEP_OOM] = " - FAILED (status: 1, oom)",
                                          [SWEEP_FAILED] = " - FAILED (status: 1, signal: 9)"};
    char line[128];
    snprintf(line, sizeof line, "TP=%d, PP=%d, DP=%d%s", (int)tp, (int)pp, (int)(64 / (tp * pp)),
             endings[outcome]);
    add_line(made, line);
}

static void free_groups(struct made *made)
{
    free(made->set.configuration_of);
    free((void *)made->set.configurations);
}

static bool try_build(struct made *made)
{
    free_groups(made);
    assert_true(trace_set_group(&made->set));
    return heatmap_grid_build(&made->input, &made->grid, &made->fault);
}

static void build(struct made *made)
{
    if (!try_build(made))
        fail_msg("%s", made->fault.text);
}

/* The figure is refused, and the fault holds all of these. */
static void refused(struct made *made, const char *const *parts)
{
    assert_false(try_build(made));
    for (; *parts; parts++)
        if (!strstr(made->fault.text, *parts))
            fail_msg("'%s' is not in: %s", *parts, made->fault.text);
}

static void end(struct made *made)
{
    heatmap_grid_free(&made->grid);
    free_groups(made);
    free(made);
}

static void test_logs_decide(void **state)
{
    (void)state;
    struct made *made = begin();
    add_entry(made, 1, 2, SWEEP_SUCCESS);
    add_entry(made, 1, 4, SWEEP_OOM);
    add_entry(made, 2, 2, SWEEP_FAILED);
    add_entry(made, 2, 4, SWEEP_PLANNED);
    add_trace(made, "memory_trace_rank0_wd64_tp1_pp2.json", 40);
    add_trace(made, "memory_trace_rank0_wd64_tp1_pp4.json", 79);
    build(made);
    assert_int_equal(made->grid.y.count, 2);
    assert_int_equal(made->grid.x.count, 2);
    const struct heatmap_cell *cells = made->grid.cells;
    assert_int_equal(cells[0].status, HEATMAP_SUCCESS);
    assert_int_equal(cells[1].status, HEATMAP_OOM);
    assert_true(cells[1].actual_mb == mb_from_gb(79)); /* for the table, not the figure */
    assert_int_equal(cells[2].status, HEATMAP_FAILED);
    assert_int_equal(cells[3].status, HEATMAP_NONE);
    assert_int_equal(configuration_number(&cells[0].configuration, DIMENSION_DP), 32);
    for (int status = HEATMAP_NONE; status <= HEATMAP_FAILED; status++)
        assert_int_equal(made->grid.by_status[status], 1);
    end(made);
}

static void test_traces_alone(void **state)
{
    (void)state;
    struct made *made = begin();
    made->input.log = NULL;
    add_trace(made, "memory_trace_rank0_wd8_tp2_pp4.json", 10);
    add_trace(made, "memory_trace_rank0_wd8_tp4_pp2.json", 20);
    build(made);
    assert_int_equal(made->grid.by_status[HEATMAP_SUCCESS], 2);
    /* The two cells that nothing names are blank, and are no configurations. */
    assert_int_equal(made->grid.by_status[HEATMAP_NONE], 0);
    assert_int_equal(made->grid.cells[0].status, HEATMAP_NONE);
    end(made);
}

static void test_reduce(void **state)
{
    (void)state;
    const double expected[] = {30, 20, 10};
    for (int reduce = HEATMAP_REDUCE_MAX; reduce <= HEATMAP_REDUCE_RANK0; reduce++) {
        struct made *made = begin();
        made->input.reduce = (enum heatmap_reduce)reduce;
        add_trace(made, "memory_trace_rank0_tp1_pp1.json", 10);
        add_trace(made, "memory_trace_rank1_tp1_pp1.json", 30);
        add_trace(made, "memory_trace_rank2_tp1_pp1.json", 20);
        build(made);
        assert_true(fabs(gb_from_mb(made->grid.cells[0].actual_mb) - expected[reduce]) < 1e-9);
        assert_int_equal(made->grid.cells[0].ranks, 3);
        if (reduce == HEATMAP_REDUCE_MAX)
            assert_string_equal(made->grid.cells[0].file, "memory_trace_rank1_tp1_pp1.json");
        end(made);
    }
}

static void test_overflow(void **state)
{
    (void)state;
    struct made *made = begin();
    add_trace(made, "memory_trace_rank0_wd64_tp1_pp1.json", 50)->theory_mb = mb_from_gb(80);
    add_trace(made, "memory_trace_rank0_wd64_tp1_pp2.json", 50)->theory_mb = mb_from_gb(79.99);
    add_trace(made, "memory_trace_rank0_wd64_tp2_pp1.json", 50)->theory_mb = mb_from_gb(200);
    add_trace(made, "memory_trace_rank0_wd64_tp2_pp2.json", 50);
    add_entry(made, 2, 1, SWEEP_OOM);
    build(made);
    assert_true(made->grid.cells[0].overflow);
    assert_false(made->grid.cells[1].overflow);
    assert_false(made->grid.cells[2].overflow); /* it did not run */
    assert_false(made->grid.cells[3].overflow); /* no theory */
    end(made);
}

static void test_mixed_sweeps_are_refused(void **state)
{
    (void)state;
    struct made *made = begin();
    add_trace(made, "memory_trace_rank0_wd8_tp2_pp4_l40_bs1.json", 10);
    add_trace(made, "memory_trace_rank0_wd4_tp2_pp2_l32_bs1.json", 20);
    assert_false(try_build(made));
    assert_non_null(strstr(made->fault.text, "--where"));
    assert_non_null(strstr(made->fault.text, "wd=8,l=40,mbs=1 (1: memory_trace_rank0_wd8"));
    assert_non_null(strstr(made->fault.text, "wd=4,l=32,mbs=1 (1: "));
    end(made);

    /* An older name without the tags of a dense model is of the same kind as one with them. */
    made = begin();
    add_trace(made, "memory_trace_rank0_wd8_tp2_pp4_l40_bs1.json", 10);
    add_trace(made, "memory_trace_rank0_wd8_tp4_pp2_exp1_expNumNone_l40_mbs1.json", 20);
    build(made);
    end(made);

    /* Logs of another world size. */
    made = begin();
    add_trace(made, "memory_trace_rank0_wd8_tp2_pp4.json", 10);
    add_entry(made, 2, 4, SWEEP_SUCCESS);
    assert_false(try_build(made));
    assert_non_null(strstr(made->fault.text, "wd=64"));
    end(made);
}

static void test_where_chooses_lines(void **state)
{
    (void)state;
    struct made *made = begin();
    add_entry(made, 1, 2, SWEEP_SUCCESS);
    add_entry(made, 2, 2, SWEEP_OOM);
    assert_true(filter_parse("tp=2,l=96", &made->filter, NULL));
    build(made);
    assert_int_equal(made->grid.y.count, 1);
    assert_int_equal(made->grid.y.values[0].number, 2);
    end(made);
}

static void test_recordings(void **state)
{
    (void)state;
    struct made *made = begin();
    add_trace(made, "memory_trace_rank0_tp1_pp1.gmtrace", 10)->ending = TRACE_ENDED_KILLED;
    add_trace(made, "memory_trace_rank0_tp1_pp2.gmtrace", 20)->ending = TRACE_ENDED_NOT_YET;
    build(made);
    assert_int_equal(made->grid.cells[0].status, HEATMAP_FAILED);
    assert_int_equal(made->grid.cells[1].status, HEATMAP_SUCCESS);
    assert_int_equal(made->grid.warning_count, 2);
    end(made);
}

/* Ranks of one cell: what measures something else is in no maximum and no mean. */
static void test_measures(void **state)
{
    (void)state;
    static const enum heatmap_reduce reduces[] = {HEATMAP_REDUCE_MAX, HEATMAP_REDUCE_MEAN};
    for (size_t i = 0; i < sizeof reduces / sizeof *reduces; i++) {
        struct made *made = begin();
        made->input.reduce = reduces[i];
        add_trace(made, "memory_trace_rank0_tp1_pp2.json", 90)->peak_measure =
            TRACE_MEASURE_PROCESS;
        struct trace_summary *counts = add_trace(made, "memory_trace_rank1_tp1_pp2.json", 10);
        counts->peak_iteration = 17;
        counts->peak_sampled = true;
        build(made);
        assert_true(made->grid.cells[0].actual_mb == mb_from_gb(10));
        assert_int_equal(made->grid.cells[0].peak_measure, TRACE_MEASURE_ALLOCATOR);
        assert_int_equal(made->grid.cells[0].peak_iteration, 17);
        assert_true(made->grid.cells[0].peak_sampled);
        assert_int_equal(made->grid.warning_count, 1);
        assert_non_null(strstr(made->grid.warnings[0], "the peaks of 1 ranks are left out"));
        end(made);
    }
    struct made *made = begin();
    add_trace(made, "memory_trace_rank0_tp1_pp1.json", 10);
    add_trace(made, "memory_trace_rank0_tp1_pp2.json", 20)->peak_measure = TRACE_MEASURE_DEVICE;
    add_trace(made, "memory_trace_rank0_tp1_pp4.json", 20)->peak_measure = TRACE_MEASURE_DEVICE;
    build(made);
    assert_int_equal(made->grid.warning_count, 1);
    assert_non_null(strstr(made->grid.warnings[0], "the framework's allocator (1); all that is in "
                                                   "use on the device (2)"));
    end(made);
}

static void test_nothing(void **state)
{
    (void)state;
    struct made *made = begin();
    assert_false(try_build(made));
    add_trace(made, "memory_trace_rank0.json", 10);
    assert_false(try_build(made));
    assert_non_null(strstr(made->fault.text, "nothing to show"));
    end(made);
}

static void test_unreadable_traces_do_not_count(void **state)
{
    (void)state;
    struct made *made = begin();
    add_trace(made, "memory_trace_rank0_tp1_pp1.json", 10);
    add_trace(made, "memory_trace_rank1_tp1_pp1.json", 99)->read = false;
    build(made);
    assert_int_equal(made->grid.cells[0].ranks, 1);
    assert_true(made->grid.cells[0].actual_mb == mb_from_gb(10));
    end(made);
}

/* ---- any two axes ---- */

static const struct heatmap_cell *cell(const struct made *made, size_t panel, size_t y, size_t x)
{
    return heatmap_cell_at(&made->grid, panel, y, x);
}

static void test_any_axes(void **state)
{
    (void)state;
    struct made *made = begin();
    made->input.axes.y = DIMENSION_EP;
    made->input.axes.x = DIMENSION_RECOMPUTE;
    add_trace(made, "memory_trace_rank0_wd8_tp2_pp1_exp4_rc-full.json", 10);
    add_trace(made, "memory_trace_rank0_wd8_tp2_pp1_exp4_rc-none.json", 40);
    add_trace(made, "memory_trace_rank0_wd8_tp2_pp1_rc-selective.json", 30); /* EP 1 */
    build(made);
    assert_int_equal(made->grid.x.count, 3);
    assert_string_equal(made->grid.x.values[0].word, "none");
    assert_string_equal(made->grid.x.values[1].word, "selective");
    assert_string_equal(made->grid.x.values[2].word, "full");
    assert_int_equal(made->grid.y.count, 2);
    assert_int_equal(made->grid.y.values[0].number, 1);
    assert_true(cell(made, 0, 0, 1)->actual_mb == mb_from_gb(30));
    assert_true(cell(made, 0, 1, 0)->actual_mb == mb_from_gb(40));
    assert_true(cell(made, 0, 1, 2)->actual_mb == mb_from_gb(10));
    assert_false(cell(made, 0, 0, 0)->mentioned);
    end(made);
}

static void test_facets(void **state)
{
    (void)state;
    struct made *made = begin();
    made->input.axes.facet = DIMENSION_CP;
    add_trace(made, "memory_trace_rank0_wd8_tp2_pp2_cp2.json", 12);
    add_trace(made, "memory_trace_rank0_wd8_tp2_pp2.json", 24);
    add_trace(made, "memory_trace_rank0_wd8_tp2_pp4.json", 16);
    add_line(made, "TP=2, PP=4, DP=1, CP=1 - SUCCESS");
    add_line(made, "TP=2, PP=2, DP=1, CP=2 - FAILED (status: 1, oom)");
    build(made);
    assert_int_equal(made->grid.panel_count, 2);
    assert_true(cell(made, 0, 0, 0)->actual_mb == mb_from_gb(24));
    assert_true(cell(made, 0, 0, 1)->actual_mb == mb_from_gb(16));
    assert_int_equal(cell(made, 1, 0, 0)->status, HEATMAP_OOM);
    /* TP 2 x CP 2 x PP 4 does not fit into 8. */
    assert_true(cell(made, 1, 0, 1)->impossible && !cell(made, 0, 0, 0)->impossible);
    end(made);
}

static struct made *over(bool worst)
{
    struct made *made = begin();
    made->input.axes.over[made->input.axes.over_count++] =
        (struct heatmap_over){DIMENSION_EP, worst};
    add_trace(made, "memory_trace_rank0_wd8_tp1_pp1_exp1.json", 70);
    add_trace(made, "memory_trace_rank0_wd8_tp1_pp1_exp4.json", 30);
    add_trace(made, "memory_trace_rank0_wd8_tp1_pp1_exp8.json", 50);
    add_trace(made, "memory_trace_rank0_wd8_tp1_pp2_exp2.json", 20);
    add_line(made, "TP=1, PP=2, DP=4, EP=4 - FAILED (status: 1, oom)");
    build(made);
    return made;
}

static void test_over(void **state)
{
    (void)state;
    struct made *made = over(false);
    assert_true(cell(made, 0, 0, 0)->actual_mb == mb_from_gb(30));
    assert_string_equal(cell(made, 0, 0, 0)->note, "EP 4");
    assert_int_equal(cell(made, 0, 0, 1)->status, HEATMAP_SUCCESS);
    assert_string_equal(cell(made, 0, 0, 1)->note, "EP 2");
    end(made);
    made = over(true);
    assert_true(cell(made, 0, 0, 0)->actual_mb == mb_from_gb(70));
    assert_string_equal(cell(made, 0, 0, 0)->note, "EP 1");
    assert_int_equal(cell(made, 0, 0, 1)->status, HEATMAP_OOM);
    assert_string_equal(cell(made, 0, 0, 1)->note, "EP 4");
    end(made);
}

/* Of throughput the most is the best. */
static void test_over_of_throughput(void **state)
{
    (void)state;
    struct made *made = begin();
    struct metrics_row rows[2] = {{.tflops = 100, .step_ms = 5}, {.tflops = 150, .step_ms = 9}};
    const struct metrics metrics = {.count = 2, .rows = rows};
    made->input.metrics = &metrics;
    made->input.metric = heatmap_metric_find("tflops", "GB");
    made->input.axes.over[made->input.axes.over_count++] =
        (struct heatmap_over){DIMENSION_CP, false};
    for (int i = 0; i < 2; i++) {
        char line[64];
        assert_true(configuration_add_given(&rows[i].configuration,
                                            i ? "tp=2,pp=1,dp=2,cp=2" : "tp=2,pp=1,dp=4", NULL));
        snprintf(line, sizeof line, "TP=2, PP=1, DP=%d, CP=%d - SUCCESS", i ? 2 : 4, i + 1);
        add_line(made, line);
    }
    build(made);
    assert_true(cell(made, 0, 0, 0)->value == 150);
    assert_string_equal(cell(made, 0, 0, 0)->note, "CP 2");
    end(made);
}

/* ---- unlike runs ---- */

static void test_unlike_runs_are_not_merged(void **state)
{
    (void)state;
    struct made *made = begin();
    add_trace(made, "memory_trace_rank0_tp2_pp2_dp4_cp1.json", 10);
    add_trace(made, "memory_trace_rank0_tp2_pp2_dp2_cp2.json", 20);
    refused(made, (const char *const[]){"differ in CP", "--where cp=1 (1: memory_trace_rank0_tp2",
                                        "--where cp=2", "; or --facet cp", NULL});
    end(made);

    made = begin(); /* a tag that the table does not know */
    add_trace(made, "memory_trace_rank0_tp2_pp2_lr0.1.json", 10);
    add_trace(made, "memory_trace_rank0_tp2_pp2_lr0.2.json", 20);
    refused(made, (const char *const[]){"other tags", "tag=lr0.1 ", "tag=lr0.2 ", NULL});
    end(made);

    made = begin(); /* lines alone */
    add_line(made, "TP=2, PP=2, DP=2, RECOMPUTE=full, VPP=2 - SUCCESS");
    add_line(made, "TP=2, PP=2, DP=2, RECOMPUTE=none, VPP=4 - SUCCESS");
    refused(made, (const char *const[]){"VPP and recompute", "--where vpp=2,rc=full (1: ",
                                        "; or --facet vpp --over rc=best", NULL});
    end(made);

    made = begin(); /* a line that does not say which */
    made->input.axes.facet = DIMENSION_MICRO_BATCH_SIZE;
    add_trace(made, "memory_trace_rank0_tp2_pp2_mbs1.json", 10);
    add_trace(made, "memory_trace_rank0_tp2_pp2_mbs2.json", 10);
    add_line(made, "TP=2, PP=2, DP=2 - SUCCESS");
    refused(made, (const char *const[]){"a line of the logs", "micro-batch size", NULL});
    end(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_logs_decide),
        cmocka_unit_test(test_traces_alone),
        cmocka_unit_test(test_reduce),
        cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_mixed_sweeps_are_refused),
        cmocka_unit_test(test_where_chooses_lines),
        cmocka_unit_test(test_any_axes),
        cmocka_unit_test(test_facets),
        cmocka_unit_test(test_over),
        cmocka_unit_test(test_over_of_throughput),
        cmocka_unit_test(test_unlike_runs_are_not_merged),
        cmocka_unit_test(test_recordings),
        cmocka_unit_test(test_measures),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_unreadable_traces_do_not_count),
    };
    return cmocka_run_group_tests_name("heatmap_grid", tests, NULL, NULL);
}
