#include "visualize/accuracy/output.h"

#include "schemas/support/output_file.h"
#include "schemas/support/text.h"
#include "schemas/support/units.h"
#include "schemas/sweep_log/sweep_log.h"
#include "schemas/trace/trace_words.h"
#include "visualize/accuracy/sources.h"
#include "visualize/figure/data_table.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- for people ---- */

static void print_percent(FILE *stream, int width, double percent, bool with_sign)
{
    if (isnan(percent))
        fprintf(stream, "%*s ", width - 1, "-");
    else
        fprintf(stream, with_sign ? "%+*.2f%%" : "%*.2f%%", width - 1, percent);
}

static void print_fits(FILE *stream, const struct accuracy_result *result)
{
    fprintf(stream, "\nfits into %g GB                predicted to fit        predicted not to\n",
            gb_from_mb(result->gpu_mb));
    fputs("                  count     did      did not       did      did not   right\n", stream);
    for (size_t i = 0; i < result->accuracy->predictor_count; i++) {
        const struct accuracy_errors *errors = &result->errors[i];
        const size_t(*fits)[2] = errors->fits;
        fprintf(stream, "  %-14.40s %6zu %7zu %12zu %9zu %12zu", result->accuracy->predictors[i],
                fits[0][0] + fits[0][1] + fits[1][0] + fits[1][1], fits[1][1], fits[1][0],
                fits[0][1], fits[0][0]);
        print_percent(stream, 9, errors->right, false);
        putc('\n', stream);
    }
}

void accuracy_print(FILE *stream, const struct accuracy_result *result)
{
    fputs("error of          count    MAPE   median      p90     worst      bias  in 5%   in 10%\n",
          stream);
    for (size_t i = 0; i < result->accuracy->predictor_count; i++) {
        const struct accuracy_errors *errors = &result->errors[i];
        fprintf(stream, "  %-14.40s %6zu", result->accuracy->predictors[i], errors->count);
        print_percent(stream, 9, errors->mean, false);
        print_percent(stream, 9, errors->median, false);
        print_percent(stream, 9, errors->p90, false);
        print_percent(stream, 10, errors->worst, true);
        print_percent(stream, 10, errors->bias, true);
        print_percent(stream, 8, errors->within_5, false);
        print_percent(stream, 9, errors->within_10, false);
        if (errors->worst_name)
            fprintf(stream, "  (worst: %s)", errors->worst_name);
        putc('\n', stream);
    }
    if (result->gpu_mb > 0)
        print_fits(stream, result);
}

/* ---- the tables ---- */

static const struct data_column SUMMARY[] = {
    {"predictor", "Predictor", 0, true},
    {"count", "$n$", 0, false},
    {"mape_percent", "MAPE (\\%)", 2, false},
    {"median_percent", "Median (\\%)", 2, false},
    {"p90_percent", "90th (\\%)", 2, false},
    {"worst_percent", "Worst (\\%)", 2, false},
    {"worst_of", "Worst of", 0, true},
    {"bias_percent", "Bias (\\%)", 2, false},
    {"within_5_percent", "Within 5\\,\\% (\\%)", 2, false},
    {"within_10_percent", "Within 10\\,\\% (\\%)", 2, false},
    {"predicted_fits_did", "Fits, did", 0, false},
    {"predicted_fits_did_not", "Fits, did not", 0, false},
    {"predicted_oom_did", "OOM, did", 0, false},
    {"predicted_oom_did_not", "OOM, did not", 0, false},
    {"fits_right_percent", "Fits right (\\%)", 2, false},
    {"left_out", "Left out", 0, false},
};
enum {
    SUMMARY_COLUMNS = sizeof SUMMARY / sizeof *SUMMARY,
    FITS_FROM = SUMMARY_COLUMNS - 6, /* where no limit is given these are not known */
};

static void fill_summary(const struct accuracy_result *result, size_t predictor,
                         struct data_cell *cells)
{
    const struct accuracy_errors *errors = &result->errors[predictor];
    const double numbers[SUMMARY_COLUMNS] = {
        NAN,
        (double)errors->count,
        errors->mean,
        errors->median,
        errors->p90,
        errors->worst,
        NAN,
        errors->bias,
        errors->within_5,
        errors->within_10,
        (double)errors->fits[1][1],
        (double)errors->fits[1][0],
        (double)errors->fits[0][1],
        (double)errors->fits[0][0],
        errors->right,
        (double)result->accuracy->unlike[predictor],
    };
    for (size_t i = 0; i < SUMMARY_COLUMNS; i++) {
        bool of_fits = i >= FITS_FROM && i < SUMMARY_COLUMNS - 1;
        cells[i] = (struct data_cell){NULL, of_fits && !(result->gpu_mb > 0) ? NAN : numbers[i]};
    }
    cells[0].text = result->accuracy->predictors[predictor];
    cells[6].text = errors->worst_name;
}

static bool make_summary(const struct accuracy_result *result, struct data_table *table,
                         struct data_cell **cells, struct fault *fault)
{
    size_t count = result->accuracy->predictor_count;
    *cells = calloc(count * SUMMARY_COLUMNS + 1, sizeof **cells);
    if (!*cells)
        return fault_set_errno(fault, ENOMEM, "%zu predictors", count);
    for (size_t i = 0; i < count; i++)
        fill_summary(result, i, *cells + i * SUMMARY_COLUMNS);
    *table = (struct data_table){SUMMARY_COLUMNS, SUMMARY, count, *cells};
    return true;
}

const char *accuracy_predictor_text(const struct figure_style *style, const char *name)
{
    return strcmp(name, ACCURACY_THEORY) == 0      ? figure_style_word(style, WORD_THEORY, name)
           : strcmp(name, ACCURACY_EXPECTED) == 0  ? figure_style_word(style, WORD_EXPECTED, name)
           : strcmp(name, ACCURACY_SIMULATED) == 0 ? figure_style_word(style, WORD_SIMULATED, name)
                                                   : name;
}

/* What a paper has room for: with a limit its last column is how often what fits was right. */
static bool put_paper_table(const struct accuracy_result *result, const struct figure_style *style,
                            const struct data_table *whole, FILE *stream, struct fault *fault)
{
    static const size_t wanted[] = {0, 1, 2, 3, 4, 5, FITS_FROM + 4};
    struct data_column columns[sizeof wanted / sizeof *wanted];
    size_t count = sizeof wanted / sizeof *wanted - (result->gpu_mb > 0 ? 0 : 1);
    struct data_cell *cells = calloc(whole->row_count * count + 1, sizeof *cells);
    if (!cells)
        return fault_set_errno(fault, ENOMEM, "%zu predictors", whole->row_count);
    for (size_t i = 0; i < count; i++) {
        columns[i] = SUMMARY[wanted[i]];
        if (columns[i].decimals)
            columns[i].decimals = figure_decimals(style, columns[i].decimals);
    }
    for (size_t i = 0; i < whole->row_count * count; i++) {
        cells[i] = whole->cells[i / count * SUMMARY_COLUMNS + wanted[i % count]];
        if (i % count == 0)
            cells[i].text = accuracy_predictor_text(style, cells[i].text);
    }
    data_table_latex(&(struct data_table){count, columns, whole->row_count, cells}, stream);
    free(cells);
    return true;
}

/* ---- the points ---- */

static const struct data_column POINT[] = {
    {"name", "Configuration", 0, true},
    {"status", "Outcome", 0, true},
    {"measures", "Measures", 0, true},
    {"measured_gb", "Measured (GB)", 4, false},
};
enum { POINT_COLUMNS = sizeof POINT / sizeof *POINT, KEY_SIZE = ACCURACY_NAME + 24 };

struct points_table {
    struct data_table table;
    struct data_column columns[POINT_COLUMNS + 2 * ACCURACY_PREDICTORS];
    char keys[2 * ACCURACY_PREDICTORS][KEY_SIZE];
    struct data_cell *cells;
};

/* A predictor's name as a column's: blanks are underscores. */
static void name_columns(struct points_table *points, const struct accuracy *accuracy)
{
    for (size_t i = 0; i < POINT_COLUMNS; i++)
        points->columns[i] = POINT[i];
    for (size_t i = 0; i < 2 * accuracy->predictor_count; i++) {
        char *key = points->keys[i];
        snprintf(key, KEY_SIZE, "%s_%s", accuracy->predictors[i / 2], i % 2 ? "percent" : "gb");
        for (; *key; key++)
            if (*key == ' ')
                *key = '_';
        points->columns[POINT_COLUMNS + i] =
            (struct data_column){points->keys[i], points->keys[i], 4, false};
    }
}

static const char *outcome_text(enum accuracy_outcome outcome)
{
    return outcome == ACCURACY_RAN   ? sweep_outcome_text(SWEEP_SUCCESS)
           : outcome == ACCURACY_OOM ? sweep_outcome_text(SWEEP_OOM)
                                     : NULL;
}

static bool make_points(const struct accuracy_result *result, struct points_table *points,
                        struct fault *fault)
{
    const struct accuracy *accuracy = result->accuracy;
    size_t width = POINT_COLUMNS + 2 * accuracy->predictor_count;
    name_columns(points, accuracy);
    points->cells = calloc(accuracy->count * width + 1, sizeof *points->cells);
    if (!points->cells)
        return fault_set_errno(fault, ENOMEM, "%zu points", accuracy->count);
    for (size_t i = 0; i < accuracy->count; i++) {
        const struct accuracy_point *point = &accuracy->points[i];
        struct data_cell *cells = points->cells + i * width;
        cells[0].text = point->name;
        cells[1].text = outcome_text(point->outcome);
        cells[2].text = isnan(point->measured_mb) ? NULL : trace_measure_word(point->measure);
        cells[3].number = gb_from_mb(point->measured_mb);
        for (size_t k = 0; k < accuracy->predictor_count; k++) {
            cells[POINT_COLUMNS + 2 * k].number = gb_from_mb(point->predicted_mb[k]);
            cells[POINT_COLUMNS + 2 * k + 1].number = accuracy_error(point, k);
        }
    }
    points->table = (struct data_table){width, points->columns, accuracy->count, points->cells};
    return true;
}

bool accuracy_write_points(const struct accuracy_result *result, const char *path,
                           struct fault *fault)
{
    struct points_table points;
    struct output_file file;
    if (!make_points(result, &points, fault))
        return false;
    bool opened = output_file_open(&file, path, fault);
    if (opened)
        data_table_csv(&points.table, file.stream);
    free(points.cells);
    return opened && output_file_commit(&file, fault);
}

/* ---- writing ---- */

static bool put_json(const struct accuracy_result *result, const struct data_table *summary,
                     FILE *stream, struct fault *fault)
{
    struct points_table points;
    struct json_writer json = json_writer_begin(stream);
    if (!make_points(result, &points, fault))
        return false;
    json_object_begin(&json, NULL);
    if (result->gpu_mb > 0)
        json_put_number(&json, "gpu_memory_gb", gb_from_mb(result->gpu_mb));
    data_table_json(summary, &json, "predictors");
    data_table_json(&points.table, &json, "points");
    json_end(&json);
    free(points.cells);
    return true;
}

static bool put_table(const struct accuracy_result *result, const struct figure_style *style,
                      const struct data_table *summary, const char *path, FILE *stream,
                      struct fault *fault)
{
    if (data_table_path_is_json(path))
        return put_json(result, summary, stream, fault);
    if (text_ends_with(path, ".tex"))
        return put_paper_table(result, style, summary, stream, fault);
    data_table_csv(summary, stream);
    return true;
}

bool accuracy_write_table(const struct accuracy_result *result, const struct figure_style *style,
                          const char *path, struct fault *fault)
{
    struct data_table summary = {0};
    struct data_cell *cells;
    struct output_file file;
    if (!make_summary(result, &summary, &cells, fault))
        return false;
    bool written = output_file_open(&file, path, fault);
    written =
        written &&
        output_file_end(&file, put_table(result, style, &summary, path, file.stream, fault), fault);
    free(cells);
    return written;
}
