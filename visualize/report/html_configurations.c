/* The table of configurations, and what the logs said of those that did not end well. */
#include "schemas/support/units.h"
#include "visualize/report/html_parts.h"
#include "visualize/report/html_text.h"
#include "visualize/report/words.h"

#include <math.h>

void html_number_cell(FILE *stream, const char *format, double value)
{
    if (isnan(value)) {
        fputs("<td data-value=\"NaN\">&ndash;</td>", stream);
        return;
    }
    fprintf(stream, "<td data-value=\"%.10g\">", value);
    char text[WORDS_FIGURE];
    fputs(words_figure(text, format, value), stream);
    fputs("</td>", stream);
}

void html_address(FILE *stream, size_t configuration)
{
    fprintf(stream, "#configuration=%zu", configuration);
}

/* ---- the table ---- */

/* Columns that only some reports have: nothing is known of them elsewhere. */
struct columns {
    bool theory, expected, tokens;
};

static struct columns columns_of(const struct report *report)
{
    struct columns columns = {false, false, false};
    for (size_t i = 0; i < report->configuration_count; i++) {
        columns.theory |= !isnan(report->configurations[i].theory_mb);
        columns.expected |= !isnan(report->configurations[i].expected_mb);
        columns.tokens |= !isnan(report->configurations[i].tokens_per_gb);
    }
    return columns;
}

static void put_ending(FILE *stream, const struct report_configuration *row, size_t index)
{
    const char *text = *row->why ? row->why : report_outcome_text(row->outcome);
    fputs("<td class=\"words\">", stream);
    if (row->line)
        fprintf(stream, "<a href=\"#words-%zu\">", index);
    html_text(stream, text);
    fputs(row->line ? "</a></td>" : "</td>", stream);
}

/* A whole number, with separators. */
static void put_tokens(FILE *stream, double tokens)
{
    if (isnan(tokens)) {
        html_number_cell(stream, "", tokens);
        return;
    }
    fprintf(stream, "<td data-value=\"%.10g\">", tokens);
    words_number(stream, (size_t)llround(tokens));
    fputs("</td>", stream);
}

static void put_count(FILE *stream, size_t count)
{
    fprintf(stream, "<td data-value=\"%zu\">", count);
    words_number(stream, count);
    fputs("</td>", stream);
}

static void put_row(FILE *stream, const struct report *report, size_t index,
                    const struct columns *columns)
{
    const struct report_configuration *row = &report->configurations[index];
    bool share = trace_measure_is_of_gpu(row->peak_measure);
    fprintf(stream, "<tr id=\"configuration=%zu\"><td class=\"words\"><a href=\"", index);
    html_address(stream, index);
    fputs("\">", stream);
    html_text(stream, row->text);
    fputs("</a></td>", stream);
    html_number_cell(stream, "%.1f", gb_from_mb(row->peak_mb));
    html_number_cell(stream, "%.0f%%",
                     share ? row->peak_mb / mb_from_gb(report->options->gpu_gb) * 100 : NAN);
    put_ending(stream, row, index);
    if (columns->theory)
        html_number_cell(stream, "%.1f", gb_from_mb(row->theory_mb));
    if (columns->expected)
        html_number_cell(stream, "%.1f", gb_from_mb(row->expected_mb));
    put_count(stream, row->ranks);
    if (columns->tokens)
        put_tokens(stream, row->tokens_per_gb);
    fputs("</tr>\n", stream);
}

static void put_head(FILE *stream, const char *text)
{
    fprintf(stream, "<th scope=\"col\"><button type=\"button\">%s</button></th>", text);
}

void html_configurations(FILE *stream, const struct report *report)
{
    struct columns columns = columns_of(report);
    fputs("<h2 id=\"table\">Configurations</h2>\n<div class=\"scroll\"><table "
          "id=\"configurations\" class=\"sortable\"><thead><tr>",
          stream);
    put_head(stream, "configuration");
    put_head(stream, "peak (GB)");
    put_head(stream, "of the GPU");
    put_head(stream, "how it ended");
    if (columns.theory)
        put_head(stream, "theory (GB)");
    if (columns.expected)
        put_head(stream, "expected peak (GB)");
    put_head(stream, "ranks traced");
    if (columns.tokens)
        put_head(stream, "tokens per GB");
    fputs("</tr></thead>\n<tbody>\n", stream);
    for (size_t i = 0; i < report->configuration_count; i++)
        put_row(stream, report, i, &columns);
    fputs("</tbody></table></div>\n", stream);
}

/* ---- the logs' words ---- */

static void put_last_output(FILE *stream, const struct report_configuration *row, size_t index)
{
    fputs("<details><summary>", stream);
    html_text(stream, row->text);
    fputs(": ", stream);
    html_text(stream, *row->why ? row->why : report_outcome_text(row->outcome));
    fprintf(stream, "</summary>\n<div id=\"words-%zu\" tabindex=\"-1\"><pre>", index);
    html_text(stream, row->line);
    if (row->words) {
        fputc('\n', stream);
        html_text(stream, row->words);
    }
    fputs("</pre>\n", stream);
    if (row->log) {
        fputs("<p class=\"quiet\">All of it is in <code>", stream);
        html_text(stream, row->log);
        fputs("</code>, in the sweep&rsquo;s folder.</p>\n", stream);
    }
    fputs("</div></details>\n", stream);
}

void html_words(FILE *stream, const struct report *report)
{
    bool any = false;
    for (size_t i = 0; i < report->configuration_count; i++) {
        if (!report->configurations[i].line)
            continue;
        if (!any)
            fputs("<h2 id=\"words\">What the logs said</h2>\n", stream);
        any = true;
        put_last_output(stream, &report->configurations[i], i);
    }
}
