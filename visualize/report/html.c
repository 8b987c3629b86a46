#include "schemas/support/output_file.h"
#include "tracer/estimator/model/configuration_settings.h"
#include "visualize/report/assets.h"
#include "visualize/report/html_data.h"
#include "visualize/report/html_policy.h"
#include "visualize/report/html_sections.h"
#include "visualize/report/html_text.h"
#include "visualize/report/words.h"

static void put_facts(FILE *stream, const struct report *report)
{
    fputs("<ul class=\"facts quiet\">\n", stream);
    if (report->configuration_count > 0) {
        fputs("<li>", stream);
        words_counted(stream, report->file_count - report->unreadable, "trace");
        fputs("</li><li>", stream);
        words_counted(stream, report->configuration_count, "configuration");
        fprintf(stream, "</li><li>GPU memory %g GB</li>\n", report->options->gpu_gb);
    }
    if (report->snapshot_count) {
        fputs("<li><a href=\"#snapshots\">", stream);
        words_counted(stream, report->snapshot_count, "memory snapshot");
        fputs("</a></li>\n", stream);
    }
    if (report->left_out) {
        fputs("<li>timelines of ", stream);
        words_counted(stream, report->rank_count, "trace");
        fputs(", ", stream);
        words_number(stream, report->left_out);
        fputs(" left out</li>\n", stream);
    }
    if (report->reduced) {
        fputs("<li>", stream);
        words_counted(stream, report->reduced, "timeline");
        fputs(" reduced to the extremes</li>\n", stream);
    }
    if (report->warning_count) {
        fputs("<li><a href=\"#left-out\">", stream);
        words_counted(stream, report->warning_count, "warning");
        fputs("</a></li>\n", stream);
    }
    fputs("</ul>\n", stream);
    if (report->options->model) {
        char text[256];
        fputs("<p class=\"quiet\">", stream);
        html_text(stream, settings_theory_text(report->options->model, text, sizeof text));
        fputs("</p>\n", stream);
    }
}

static void put_head(FILE *stream, const struct report *report, const struct html_inline *parts)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n", stream);
    html_policy(stream, parts);
    fputs("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"generator\" content=\"gmtrace " GMTRACE_VERSION "\">\n<title>",
          stream);
    html_text(stream, report->options->title);
    fputs("</title>\n<style>", stream);
    fputs(parts->style, stream);
    fputs("</style>\n</head>\n<body>\n<h1>", stream);
    html_text(stream, report->options->title);
    fputs("</h1>\n<p class=\"answer\">", stream);
    html_text(stream, report->answer);
    fputs("</p>\n", stream);
    put_facts(stream, report);
}

/* What was left out, by name: at the page's end, where it does not stand before the answer. */
static void put_warnings(FILE *stream, const struct report *report)
{
    if (report->warning_count == 0)
        return;
    fputs("<h2 id=\"left-out\">Left out</h2>\n<ul>\n", stream);
    for (size_t i = 0; i < report->warning_count; i++) {
        fputs("<li class=\"quiet\">", stream);
        html_text(stream, report->warnings[i]);
        fputs("</li>\n", stream);
    }
    fputs("</ul>\n", stream);
}

/* Switches and buttons of the chart; page.js finds them by their ids. */
static void put_timeline(FILE *stream)
{
    static const struct {
        const char *id, *text;
    } switches[] = {{"allocated", "allocated"},
                    {"reserved", "reserved"},
                    {"static", "static"},
                    {"theory", "theory"},
                    {"capacity", "the GPU's memory"},
                    {"iterations", "iterations"},
                    {"events", "events"}},
      buttons[] = {{"zoom-in", "Zoom in"}, {"zoom-out", "Zoom out"}, {"earlier", "Earlier"},
                   {"later", "Later"},     {"reset", "Reset"},       {"csv", "Save CSV"},
                   {"png", "Save PNG"}};
    fputs("<h2 id=\"timeline\">Memory over time</h2>\n<div class=\"controls\">\n"
          "<label>Configuration <select id=\"configuration\"></select></label>\n"
          "<label>Rank <select id=\"rank\"></select></label>\n"
          "<button type=\"button\" id=\"keep\">Keep this curve</button>\n"
          "<button type=\"button\" id=\"stages\">One rank per stage</button>\n</div>\n"
          "<ul id=\"kept\" aria-label=\"Curves that stay in the chart\"></ul>\n"
          "<div class=\"controls of-chart\">\n"
          "<label>Period <select id=\"period\"></select></label>\n"
          "<label>Height <select id=\"scale\"><option value=\"auto\">what is shown</option>"
          "<option value=\"gpu\">the whole GPU</option><option value=\"close\">close up</option>"
          "</select></label>\n</div>\n<div class=\"controls of-chart\">\n",
          stream);
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++)
        fprintf(stream, "<label><input type=\"checkbox\" id=\"show-%s\" checked> %s</label>\n",
                switches[i].id, switches[i].text);
    fputs("</div>\n<ul id=\"legend\" class=\"of-chart\"></ul>\n<div id=\"chart\" "
          "class=\"of-chart\" tabindex=\"0\" role=\"img\" "
          "aria-label=\"Memory over time of the chosen ranks. Plus and minus zoom, arrows pan, 0 "
          "resets.\"></div>\n<p id=\"about\" class=\"quiet\"></p>\n<div class=\"controls "
          "of-chart\">\n",
          stream);
    for (size_t i = 0; i < sizeof buttons / sizeof *buttons; i++)
        fprintf(stream, "<button type=\"button\" id=\"%s\">%s</button>\n", buttons[i].id,
                buttons[i].text);
    fputs("</div>\n<p class=\"quiet of-chart\">Drag to zoom, shift and drag to move, double click "
          "to reset; by keyboard + and \u2212, the arrows and 0.</p>\n<div id=\"tip\" "
          "role=\"tooltip\" hidden></div>\n",
          stream);
}

static bool put_page(FILE *stream, const struct report *report, const struct html_inline *parts,
                     struct fault *fault)
{
    put_head(stream, report, parts);
    html_comparisons(stream, report);
    html_map(stream, report);
    if (report->configuration_count > 0)
        html_configurations(stream, report);
    html_findings(stream, report);
    html_snapshots(stream, report);
    if (report->rank_count > 0)
        put_timeline(stream);
    html_words(stream, report);
    put_warnings(stream, report);
    if (!html_data(stream, report) || !html_snapshot_data(stream, report))
        return fault_set(fault, "out of memory");
    fputs("<!--\n", stream);
    fputs(asset_dygraphs_license, stream);
    fputs("-->\n", stream);
    for (int i = 0; i < HTML_SCRIPTS; i++)
        fprintf(stream, "<script>%s</script>\n", parts->scripts[i]);
    fputs("</body>\n</html>\n", stream);
    return true;
}

bool report_write_html(const struct report *report, const char *path, struct fault *fault)
{
    struct html_inline parts;
    struct output_file file;
    struct fault why;
    bool written = html_inline_make(&parts, fault);
    written = written && output_file_open(&file, path, fault);
    written = written && output_file_end(&file,
                                         put_page(file.stream, report, &parts, &why) ||
                                             fault_set(fault, "%s: %s", path, why.text),
                                         fault);
    html_inline_free(&parts);
    return written;
}
