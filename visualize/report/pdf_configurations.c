/* The document's tables: every configuration, and real runs against their simulations. */
#include "schemas/support/units.h"
#include "visualize/report/pdf_parts.h"
#include "visualize/report/pdf_table.h"
#include "visualize/report/words.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static void put_known(char text[PDF_CELL], const char *format, double value)
{
    if (isnan(value))
        snprintf(text, PDF_CELL, "\xE2\x80\x93");
    else
        words_figure(text, format, value);
}

/* ---- configurations ---- */

enum column { NAME, PEAK, SHARE, ENDING, THEORY, EXPECTED, RANKS, COLUMN_COUNT };

struct configurations {
    const struct report *report;
    struct pdf_row_places *places;
    const struct pdf_table *table;
    size_t count;
    enum column columns[COLUMN_COUNT]; /* those that it has */
};

static void configuration_cell(const void *context, size_t index, size_t column,
                               char text[PDF_CELL])
{
    const struct configurations *of = context;
    const struct report_configuration *row = &of->report->configurations[index];
    double gpu_mb = mb_from_gb(of->report->options->gpu_gb);
    switch (of->columns[column]) {
    case NAME:
        snprintf(text, PDF_CELL, "%s", row->text);
        break;
    case PEAK:
        put_known(text, "%.1f", gb_from_mb(row->peak_mb));
        break;
    case SHARE:
        put_known(text, "%.0f%%",
                  trace_measure_is_of_gpu(row->peak_measure) ? row->peak_mb / gpu_mb * 100 : NAN);
        break;
    case ENDING:
        snprintf(text, PDF_CELL, "%s", *row->why ? row->why : report_outcome_text(row->outcome));
        break;
    case THEORY:
        put_known(text, "%.1f", gb_from_mb(row->theory_mb));
        break;
    case EXPECTED:
        put_known(text, "%.1f", gb_from_mb(row->expected_mb));
        break;
    case RANKS:
    case COLUMN_COUNT:
        snprintf(text, PDF_CELL, "%zu", row->ranks);
        break;
    }
}

static void configuration_placed(void *context, size_t index, const struct pdf_document *document)
{
    const struct configurations *of = context;
    struct pdf_row_places *places = &of->places[index];
    for (size_t i = 0; i < of->count; i++) {
        struct pdf_place place =
            pdf_here(document, pdf_column_left(of->table, i), of->table->columns[i].width);
        if (of->columns[i] == NAME)
            places->row = place;
        else if (of->columns[i] == ENDING)
            places->ending = place;
    }
}

void pdf_configurations(struct pdf_document *document, const struct report *report,
                        struct pdf_row_places *places)
{
    static const struct pdf_column all[COLUMN_COUNT] = {
        [NAME] = {"configuration", 0, false}, [PEAK] = {"peak (GB)", 44, true},
        [SHARE] = {"of the GPU", 44, true},   [ENDING] = {"how it ended", 92, false},
        [THEORY] = {"theory (GB)", 48, true}, [EXPECTED] = {"expected peak (GB)", 58, true},
        [RANKS] = {"ranks", 32, true},
    };
    bool has[COLUMN_COUNT] = {true, true, true, true, false, false, true};
    for (size_t i = 0; i < report->configuration_count; i++) {
        has[THEORY] |= !isnan(report->configurations[i].theory_mb);
        has[EXPECTED] |= !isnan(report->configurations[i].expected_mb);
    }
    struct configurations of = {.report = report, .places = places};
    struct pdf_column columns[COLUMN_COUNT];
    struct pdf_table table = {.columns = columns,
                              .row_count = report->configuration_count,
                              .style = PDF_BODY,
                              .text = configuration_cell,
                              .placed = configuration_placed,
                              .context = &of};
    of.table = &table;
    for (int i = 0; i < COLUMN_COUNT; i++)
        if (has[i]) {
            of.columns[of.count] = (enum column)i;
            columns[of.count++] = all[i];
        }
    table.column_count = of.count;
    columns[0].width = 0;
    columns[0].width = pdf_width() - pdf_column_left(&table, of.count); /* what the others leave */
    pdf_heading(document, "Configurations", NULL, 60);
    pdf_table(document, &table);
}

/* ---- real against simulated ---- */

static void comparison_cell(const void *context, size_t index, size_t column, char text[PDF_CELL])
{
    const struct report_comparison *comparison = context;
    const struct comparison_row *row = &comparison->rows[index];
    const double figures[] = {gb_from_mb(row->peak_mb[COMPARISON_REAL]),
                              gb_from_mb(row->peak_mb[COMPARISON_SIMULATED]),
                              NAN,
                              gb_from_mb(row->static_mb[COMPARISON_REAL]),
                              gb_from_mb(row->static_mb[COMPARISON_SIMULATED]),
                              gb_from_mb(row->errors.static_mb),
                              gb_from_mb(row->errors.curve_mean_mb),
                              gb_from_mb(row->errors.curve_most_mb)};
    if (column == 0)
        snprintf(text, PDF_CELL, "%" PRId64, row->rank);
    else if (column == 3 && !isnan(row->errors.peak_percent))
        comparison_percent_text(text, row->errors.peak_percent, false);
    else
        put_known(text, column == 6 ? "%+.2f" : "%.2f", figures[column - 1]);
}

void pdf_comparisons(struct pdf_document *document, const struct report *report)
{
    static const struct pdf_column columns[] = {{"rank", 30, true},
                                                {"real peak", 46, true},
                                                {"simulated peak", 52, true},
                                                {"difference", 54, true},
                                                {"real static", 46, true},
                                                {"simulated static", 52, true},
                                                {"difference of static", 52, true},
                                                {"curve error, mean", 48, true},
                                                {"curve error, most", 48, true}};
    if (report->comparison_count == 0)
        return;
    pdf_heading(document, "The simulation against the real run", NULL, 100);
    for (size_t i = 0; i < report->comparison_count; i++) {
        struct report_comparison *comparison = &report->comparisons[i];
        const struct pdf_table table = {.columns = columns,
                                        .column_count = sizeof columns / sizeof *columns,
                                        .row_count = comparison->count,
                                        .style = PDF_SMALL,
                                        .text = comparison_cell,
                                        .context = comparison};
        pdf_want(document, 90);
        if (report->configuration_count > 1)
            pdf_text(document, PDF_STRONG, report->configurations[comparison->configuration].text);
        pdf_text(document, PDF_BODY, comparison->conclusion);
        pdf_skip(document, 4);
        pdf_table(document, &table);
        pdf_skip(document, 4);
        pdf_text(document, PDF_SMALL,
                 "Memory in GB; of each run\xE2\x80\x99s last iteration, curves from its start.");
        pdf_skip(document, 8);
    }
}
