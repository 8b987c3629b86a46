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
    struct trace_figures figures[MOST];
    struct trace_folder folder;
    struct sweep_entry entries[MOST];
    struct sweep_log log;
    struct tag_filter filter;
    struct heatmap_input input;
    struct heatmap_grid grid;
    struct fault fault;
};

static struct made *begin(void)
{
    struct made *made = calloc(1, sizeof *made);
    assert_non_null(made);
    made->folder.files = made->files;
    made->log.entries = made->entries;
    made->input = (struct heatmap_input){.folder = &made->folder,
                                         .figures = made->figures,
                                         .log = &made->log,
                                         .filter = &made->filter,
                                         .limit_mb = mb_from_gb(80),
                                         .metric = heatmap_metric_find("memory", "GB")};
    return made;
}

static struct trace_figures *add_trace(struct made *made, const char *name, double peak_gb)
{
    size_t at = made->folder.count++;
    assert_true(at < MOST && trace_name_parse(name, &made->files[at].name));
    made->files[at].path = (char *)name; /* never written to */
    made->files[at].base = name;
    made->figures[at] = (struct trace_figures){.read = true,
                                               .peak_mb = mb_from_gb(peak_gb),
                                               .theory_mb = NAN,
                                               .static_mb = NAN,
                                               .iterations = 1};
    return &made->figures[at];
}

static void add_entry(struct made *made, int64_t tp, int64_t pp, enum sweep_outcome outcome)
{
    assert_true(made->log.count < MOST);
    made->entries[made->log.count++] = (struct sweep_entry){.tp = tp,
                                                            .pp = pp,
                                                            .dp = 64 / (tp * pp),
                                                            .micro_batches = -1,
                                                            .global_batch_size = -1,
                                                            .outcome = outcome};
}

static void build(struct made *made)
{
    if (!heatmap_grid_build(&made->input, &made->grid, &made->fault))
        fail_msg("%s", made->fault.text);
}

static void end(struct made *made)
{
    heatmap_grid_free(&made->grid);
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
    assert_int_equal(made->grid.tp_count, 2);
    assert_int_equal(made->grid.pp_count, 2);
    const struct heatmap_cell *cells = made->grid.cells;
    assert_int_equal(cells[0].status, HEATMAP_SUCCESS);
    assert_int_equal(cells[1].status, HEATMAP_OOM);
    assert_true(cells[1].actual_mb == mb_from_gb(79)); /* for the table, not the figure */
    assert_int_equal(cells[2].status, HEATMAP_FAILED);
    assert_int_equal(cells[3].status, HEATMAP_NONE);
    assert_int_equal(cells[0].dp, 32);
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
    assert_false(heatmap_grid_build(&made->input, &made->grid, &made->fault));
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
    assert_false(heatmap_grid_build(&made->input, &made->grid, &made->fault));
    assert_non_null(strstr(made->fault.text, "wd=64"));
    end(made);
}

static void test_where_chooses_lines(void **state)
{
    (void)state;
    struct made *made = begin();
    add_entry(made, 1, 2, SWEEP_SUCCESS);
    add_entry(made, 2, 2, SWEEP_OOM);
    assert_true(tag_filter_parse("tp=2,l=96", &made->filter));
    build(made);
    assert_int_equal(made->grid.tp_count, 1);
    assert_int_equal(made->grid.tp[0], 2);
    end(made);
}

static void test_duplicates_are_named(void **state)
{
    (void)state;
    struct made *made = begin();
    add_trace(made, "memory_trace_rank0_tp1_pp1_ts1.json", 10);
    add_trace(made, "memory_trace_rank0_tp1_pp1_ts2.json", 30);
    build(made);
    assert_int_equal(made->grid.warning_count, 1);
    assert_non_null(strstr(made->grid.warnings[0], "_ts1.json and memory_trace_rank0"));
    assert_true(made->grid.cells[0].actual_mb == mb_from_gb(30));
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

static void test_nothing(void **state)
{
    (void)state;
    struct made *made = begin();
    assert_false(heatmap_grid_build(&made->input, &made->grid, &made->fault));
    add_trace(made, "memory_trace_rank0.json", 10);
    assert_false(heatmap_grid_build(&made->input, &made->grid, &made->fault));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_logs_decide),
        cmocka_unit_test(test_traces_alone),
        cmocka_unit_test(test_reduce),
        cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_mixed_sweeps_are_refused),
        cmocka_unit_test(test_where_chooses_lines),
        cmocka_unit_test(test_duplicates_are_named),
        cmocka_unit_test(test_recordings),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_unreadable_traces_do_not_count),
    };
    return cmocka_run_group_tests_name("heatmap_grid", tests, NULL, NULL);
}
