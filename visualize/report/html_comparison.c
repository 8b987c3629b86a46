/* Real against simulated on the page: the conclusion, then every rank's figures. */
#include "schemas/support/units.h"
#include "visualize/report/html_parts.h"
#include "visualize/report/html_text.h"
#include "visualize/report/words.h"

#include <inttypes.h>
#include <math.h>

enum { MOST_ROWS = 512 }; /* of a table: a page of thousands is slow, and nobody reads them */

static void put_percent(FILE *stream, double percent)
{
    char text[COMPARISON_PERCENT_SIZE];
    if (isnan(percent)) {
        fputs("<td data-value=\"NaN\">&ndash;</td>", stream);
        return;
    }
    comparison_percent_text(text, percent, true);
    fprintf(stream, "<td data-value=\"%.6g\">%s</td>", percent, text);
}

static void put_samples(FILE *stream, size_t count)
{
    fprintf(stream, "<td data-value=\"%zu\">", count);
    words_number(stream, count);
    fputs("</td>", stream);
}

static bool has_static(const struct report_comparison *comparison)
{
    for (size_t i = 0; i < comparison->count; i++)
        if (!isnan(comparison->rows[i].static_mb[COMPARISON_REAL]) ||
            !isnan(comparison->rows[i].static_mb[COMPARISON_SIMULATED]))
            return true;
    return false;
}

static void put_row(FILE *stream, const struct report_comparison *comparison,
                    const struct comparison_row *row, bool with_static)
{
    fprintf(stream,
            "<tr><td data-value=\"%" PRId64 "\"><a href=\"#configuration=%zu&amp;rank=%" PRId64
            "\">%" PRId64 "</a></td>",
            row->rank, comparison->configuration, row->rank, row->rank);
    html_number_cell(stream, "%.2f", gb_from_mb(row->peak_mb[COMPARISON_REAL]));
    html_number_cell(stream, "%.2f", gb_from_mb(row->peak_mb[COMPARISON_SIMULATED]));
    put_percent(stream, row->errors.peak_percent);
    if (with_static) {
        html_number_cell(stream, "%.2f", gb_from_mb(row->static_mb[COMPARISON_REAL]));
        html_number_cell(stream, "%.2f", gb_from_mb(row->static_mb[COMPARISON_SIMULATED]));
        html_number_cell(stream, "%+.2f", gb_from_mb(row->errors.static_mb));
    }
    html_number_cell(stream, "%.2f", gb_from_mb(row->errors.curve_mean_mb));
    html_number_cell(stream, "%.2f", gb_from_mb(row->errors.curve_most_mb));
    put_samples(stream, row->samples[COMPARISON_REAL]);
    put_samples(stream, row->samples[COMPARISON_SIMULATED]);
    fputs("</tr>\n", stream);
}

static void put_heads(FILE *stream, bool with_static)
{
    static const struct {
        const char *text;
        bool of_static;
    } heads[] = {{"rank", false},
                 {"real peak", false},
                 {"simulated peak", false},
                 {"difference", false},
                 {"real static", true},
                 {"simulated static", true},
                 {"difference of static", true},
                 {"curve error, mean", false},
                 {"curve error, most", false},
                 {"real samples", false},
                 {"simulated samples", false}};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        if (with_static || !heads[i].of_static)
            fprintf(stream, "<th scope=\"col\"><button type=\"button\">%s</button></th>",
                    heads[i].text);
}

static void put_table(FILE *stream, const struct report_comparison *comparison)
{
    bool with_static = has_static(comparison);
    size_t shown = comparison->count < MOST_ROWS ? comparison->count : MOST_ROWS;
    fputs("<div class=\"scroll\"><table class=\"comparison sortable\"><thead><tr>", stream);
    put_heads(stream, with_static);
    fputs("</tr></thead>\n<tbody>\n", stream);
    for (size_t i = 0; i < shown; i++) /* evenly, where there are too many */
        put_row(stream, comparison, &comparison->rows[i * comparison->count / shown], with_static);
    fputs("</tbody></table></div>\n<p class=\"quiet\">Memory in GB; of each run&rsquo;s last "
          "iteration, curves from its start.",
          stream);
    if (shown < comparison->count) {
        fputs(" The table has ", stream);
        words_number(stream, shown);
        fputs(" of ", stream);
        words_counted(stream, comparison->count, "rank");
        fputs(", evenly chosen; the sentence above is of all of them.", stream);
    }
    fputs("</p>\n", stream);
}

static void put_not_known(FILE *stream, const struct report_comparison *comparison)
{
    char text[CONFIGURATION_TEXT];
    for (int side = 0; side < COMPARISON_SIDES; side++) {
        if (!comparison->not_known[side])
            continue;
        fprintf(stream,
                "<p class=\"quiet\">Not known of the %s traces: ", COMPARISON_SIDE_NAMES[side]);
        html_text(stream, dimension_set_text(text, sizeof text, comparison->not_known[side]));
        fputs(".</p>\n", stream);
    }
}

void html_comparisons(FILE *stream, const struct report *report)
{
    if (report->comparison_count == 0)
        return;
    fputs("<h2 id=\"comparison\">The simulation against the real run</h2>\n", stream);
    for (size_t i = 0; i < report->comparison_count; i++) {
        const struct report_comparison *comparison = &report->comparisons[i];
        if (report->configuration_count > 1) {
            fputs("<h3>", stream);
            html_text(stream, report->configurations[comparison->configuration].text);
            fputs("</h3>\n", stream);
        }
        fputs("<p class=\"conclusion\">", stream);
        html_text(stream, comparison->conclusion);
        fputs("</p>\n", stream);
        put_not_known(stream, comparison);
        put_table(stream, comparison);
    }
}
