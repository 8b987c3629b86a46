/* Findings on the page: those of a kind under one heading, with one advice. */
#include "visualize/findings/findings_output.h"
#include "visualize/report/html_sections.h"
#include "visualize/report/html_text.h"
#include "visualize/report/words.h"

#include <string.h>

/* ", ranks 0-3, 8". */
static void put_list(FILE *stream, const char *thing, const char *list)
{
    if (!*list)
        return;
    fprintf(stream, ", %s%s ", thing, strpbrk(list, ",- ") ? "s" : "");
    html_text(stream, list);
}

static void put_one(FILE *stream, const struct report *report, const struct finding *finding,
                    bool with_meaning)
{
    char values[FINDING_VALUES_TEXT];
    size_t index = report_configuration_of_finding(report, finding);
    finding_values_text(finding, values);
    fputs("<li><a href=\"", stream);
    html_address(stream, index);
    fputs("\">", stream);
    html_text(stream, report->configurations[index].text);
    fputs("</a>", stream);
    put_list(stream, "rank", finding->ranks);
    put_list(stream, "iteration", finding->iterations);
    if (*values) {
        fputs(": ", stream);
        html_text(stream, values);
    }
    if (with_meaning) {
        fputs("<br>", stream);
        html_text(stream, finding->meaning);
    }
    fputs("</li>\n", stream);
}

static size_t put_group(FILE *stream, const struct report *report, size_t first)
{
    const struct finding *list = report->findings.list;
    bool same_meaning;
    size_t end = findings_group_end(&report->findings, first, &same_meaning);
    const char *severity = finding_severity_text(list[first].severity);
    fprintf(stream, "<section class=\"finding %s\"><h3><b>%s</b>: %s", severity, severity,
            finding_kind_text(list[first].kind));
    if (end - first > 1) {
        fputs(" (", stream);
        words_counted(stream, end - first, "configuration");
        fputc(')', stream);
    }
    fputs("</h3>\n", stream);
    if (same_meaning) {
        fputs("<p>", stream);
        html_text(stream, list[first].meaning);
        fputs("</p>\n", stream);
    }
    fputs("<ul>\n", stream);
    for (size_t i = first; i < end; i++)
        put_one(stream, report, &list[i], !same_meaning);
    fputs("</ul>\n", stream);
    if (list[first].severity > FINDING_INFO) {
        fputs("<p class=\"quiet\">To do: ", stream);
        html_text(stream, list[first].advice);
        fputs("</p>\n", stream);
    }
    fputs("</section>\n", stream);
    return end;
}

void html_findings(FILE *stream, const struct report *report)
{
    const struct findings *findings = &report->findings;
    if (findings->configuration_count == 0)
        return; /* no trace: nothing was looked at */
    size_t critical = findings_at_least(findings, FINDING_CRITICAL);
    size_t serious = findings_at_least(findings, FINDING_WARNING);
    fputs("<h2 id=\"findings\">Findings</h2>\n<p>", stream);
    words_number(stream, critical);
    fputs(" critical, ", stream);
    words_counted(stream, serious - critical, "warning");
    fputs(", ", stream);
    words_number(stream, findings->count - serious);
    fputs(" for information</p>\n", stream);
    for (size_t i = 0; i < serious;)
        i = put_group(stream, report, i);
    if (serious == findings->count)
        return;
    fputs("<details><summary>For information</summary>\n", stream);
    for (size_t i = serious; i < findings->count;)
        i = put_group(stream, report, i);
    fputs("</details>\n", stream);
}
