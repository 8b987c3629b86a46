/* The parts of a bar, against the terms that they are made of; tables of figures' data. */
#include "tests/unit/unit.h"

#include "schemas/support/text.h"
#include "schemas/support/units.h"
#include "tracer/estimator/model/configuration_settings.h"
#include "tracer/estimator/model/model_file.h"
#include "visualize/breakdown/breakdown.h"
#include "visualize/figure/data_table.h"
#include "visualize/figure/plot.h"

#include <math.h>

static void assert_near(double found, double expected)
{
    if (!(fabs(found - expected) <= 1e-6))
        fail_msg("expected %.17g, found %.17g", expected, found);
}

static void every_term_has_its_part(void **state)
{
    (void)state;
    gmt_expected_memory expected = {0};
    double parts[BREAKDOWN_PARTS];
    double mb = UNITS_BYTES_PER_MB;
    /* Powers of two, so that each sum tells its terms. */
    for (int i = 0; i < GMT_TERM_COUNT; i++)
        expected.terms[i] = i == GMT_TERM_FREED ? 0 : mb * (double)(1 << i);
    breakdown_parts_of(&expected, parts);
    assert_near(parts[MEMORY_PARAMETERS],
                (1 << GMT_TERM_WEIGHTS) + (1 << GMT_TERM_GATHERED_WEIGHTS));
    assert_near(parts[MEMORY_GRADIENTS],
                (1 << GMT_TERM_GRADIENTS) + (1 << GMT_TERM_GRADIENT_COPIES));
    assert_near(parts[MEMORY_OPTIMIZER],
                (1 << GMT_TERM_MASTER_WEIGHTS) + (1 << GMT_TERM_OPTIMIZER_STATE));
    assert_near(parts[MEMORY_WORKSPACE],
                (1 << GMT_TERM_CUBLAS_WORKSPACE) + (1 << GMT_TERM_ENGINE_WORKSPACE));
    assert_near(parts[MEMORY_COMMUNICATION],
                (1 << GMT_TERM_GLOBAL_BUFFER) + (1 << GMT_TERM_PIPELINE_TENSORS));
    assert_near(parts[MEMORY_TEMPORARY], 1 << GMT_TERM_BACKWARD);
    double activations = 0;
    for (int i = GMT_TERM_ATTENTION; i <= GMT_TERM_LOGITS; i++)
        activations += 1 << i;
    assert_near(parts[MEMORY_ACTIVATIONS], activations);
    assert_near(parts[MEMORY_OTHER], 0);
}

static void what_is_freed_is_missing_from_its_part(void **state)
{
    (void)state;
    gmt_expected_memory expected = {0};
    double parts[BREAKDOWN_PARTS];
    expected.terms[GMT_TERM_GRADIENTS] = 100 * UNITS_BYTES_PER_MB;
    expected.terms[GMT_TERM_GRADIENT_COPIES] = 10 * UNITS_BYTES_PER_MB;
    expected.terms[GMT_TERM_PIPELINE_TENSORS] = 5 * UNITS_BYTES_PER_MB;
    expected.terms[GMT_TERM_FREED] = -14 * UNITS_BYTES_PER_MB;
    breakdown_parts_of(&expected, parts);
    assert_near(parts[MEMORY_GRADIENTS], 100);
    assert_near(parts[MEMORY_COMMUNICATION], 1);
}

/* Bars of stages sum up to what the estimator says of each. */
static void bars_are_the_expected_peaks(void **state)
{
    (void)state;
    struct breakdown breakdown = {0};
    struct model_settings model = {0};
    struct configuration configuration = {0};
    struct runs runs = {0};
    struct fault fault = {0};
    assert_true(model_load("llama3-70b", &model, &fault));
    assert_true(configuration_add_given(
        &configuration, "wd=64,tp=8,pp=4,gbs=64,mbs=1,zero=1,sp=1,prec=fp16", &fault));
    assert_true(breakdown_make_stages(&breakdown, &model, &configuration, &runs, &fault));
    assert_int_equal(breakdown.count, 4);
    for (size_t i = 0; i < 4; i++) {
        double sum = 0;
        for (int part = 0; part < BREAKDOWN_PARTS; part++) {
            assert_true(breakdown.bars[i].parts_mb[part] >= 0);
            sum += breakdown.bars[i].parts_mb[part];
        }
        assert_near(breakdown.bars[i].total_mb, sum);
        assert_true(isnan(breakdown.bars[i].measured_mb));
    }
    double most = 0;
    for (size_t i = 0; i < 4; i++)
        most = fmax(most, breakdown.bars[i].total_mb);
    assert_near(most, settings_expected_mb(&model, &configuration));
    breakdown_free(&breakdown);
    configuration_forget(&configuration, DIMENSION_WORLD_SIZE);
    assert_false(breakdown_make_stages(&breakdown, &model, &configuration, &runs, &fault));
    assert_non_null(strstr(fault.text, "data-parallel ranks"));
    breakdown_free(&breakdown);
}

/* ---- tables ---- */

static const struct data_column COLUMNS[] = {
    {"name", "Name", 0, true}, {"a_gb", "A (GB)", 2, false}, {"b", "B", 0, false}};
static const struct data_cell CELLS[] = {{"x & y_1", 0}, {NULL, 1.005001}, {NULL, NAN},
                                         {NULL, 0},      {NULL, -2.5},     {NULL, 1200}};
static const struct data_table TABLE = {3, COLUMNS, 2, CELLS};

static char *written(void (*write)(const struct data_table *, FILE *))
{
    struct growing_text text;
    assert_true(growing_text_begin(&text));
    write(&TABLE, text.stream);
    return growing_text_end(&text);
}

static void write_json(const struct data_table *table, FILE *stream)
{
    struct json_writer json = json_writer_begin(stream);
    json_object_begin(&json, NULL);
    data_table_json(table, &json, "rows");
    json_end(&json);
}

static void a_table_is_one_in_every_format(void **state)
{
    (void)state;
    char *text = written(data_table_csv);
    assert_string_equal(text, "name,a_gb,b\nx & y_1,1.01,\n,-2.5,1200\n");
    free(text);
    text = written(data_table_latex);
    assert_non_null(strstr(text, "\\begin{tabular}{lrr}\n\\toprule\nName & A (GB) & B \\\\\n"));
    assert_non_null(strstr(text, "x \\& y\\_1 & 1.01 & -- \\\\\n"));
    assert_non_null(strstr(text, "-- & $-2.50$ & 1200 \\\\\n\\bottomrule\n\\end{tabular}\n"));
    free(text);
    text = written(write_json);
    assert_non_null(strstr(text, "\"name\":\t\"x & y_1\""));
    assert_non_null(strstr(text, "\"a_gb\":\t1.01"));
    assert_non_null(strstr(text, "\"b\":\t1200"));
    assert_null(strstr(text, "null"));
    free(text);
    assert_true(data_table_path_valid("a.tex") && data_table_path_valid("b.csv") &&
                data_table_path_valid("c.json"));
    assert_false(data_table_path_valid("a.xls") || data_table_path_valid(".csv"));
}

/* ---- plots ---- */

static void values_have_their_place(void **state)
{
    (void)state;
    struct plot plot = {.x = {0, 10}, .y = {0, 100}, .inside = {50, 20, 200, 100}};
    assert_near(plot_x(&plot, 5), 150);
    assert_near(plot_y(&plot, 0), 120);
    assert_near(plot_y(&plot, 75), 45);
    plot.logarithmic = true;
    plot.x = (struct axes_range){0.1, 1000};
    plot.y = (struct axes_range){1, 100};
    assert_near(plot_x(&plot, 10), 150);
    assert_near(plot_y(&plot, 10), 70);
    struct axes_range range = plot_range_around(120, 165);
    assert_true(range.least > 100 && range.least < 120 && range.most > 165 && range.most < 180);
    assert_near(plot_range_around(20, 165).least, 0);
    assert_near(plot_range_to(0).most, 1);
    /* With its room above 75 it ends at 79.5, near 80; above 82 no round number is near. */
    assert_near(plot_range_to_number(75).most, 80);
    assert_near(plot_range_to_number(82).most, 1.06 * 82);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_term_has_its_part),
        cmocka_unit_test(what_is_freed_is_missing_from_its_part),
        cmocka_unit_test(bars_are_the_expected_peaks),
        cmocka_unit_test(a_table_is_one_in_every_format),
        cmocka_unit_test(values_have_their_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
