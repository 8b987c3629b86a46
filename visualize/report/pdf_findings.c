/* Findings of the document, those of a kind under one heading. */
#include "schemas/support/text.h"
#include "visualize/findings/findings_output.h"
#include "visualize/report/pdf_sections.h"
#include "visualize/report/words.h"

#include <stdlib.h>
#include <string.h>

static void add_list(FILE *stream, const char *thing, const char *list)
{
    if (*list)
        fprintf(stream, ", %s%s %s", thing, strpbrk(list, ",- ") ? "s" : "", list);
}

/* A group's paragraphs, in new memory; the document's fault where there is none. */
struct group_texts {
    char *head, *body; /* the body's paragraphs, each ended by a newline */
};

static char *head_of(const struct report *report, size_t first, size_t end)
{
    const struct finding *finding = &report->findings.list[first];
    struct growing_text text;
    if (!growing_text_begin(&text))
        return NULL;
    fprintf(text.stream, "%s: %s", finding_severity_text(finding->severity),
            finding_kind_text(finding->kind));
    if (end - first > 1) {
        fputs(" (", text.stream);
        words_counted(text.stream, end - first, "configuration");
        fputc(')', text.stream);
    }
    return growing_text_end(&text);
}

static char *body_of(const struct report *report, size_t first, size_t end, bool same_meaning)
{
    struct growing_text text;
    if (!growing_text_begin(&text))
        return NULL;
    for (size_t i = first; i < end; i++) {
        const struct finding *finding = &report->findings.list[i];
        char values[FINDING_VALUES_TEXT];
        size_t row = report_configuration_of_finding(report, finding);
        finding_values_text(finding, values);
        fputs(report->configurations[row].text, text.stream);
        add_list(text.stream, "rank", finding->ranks);
        add_list(text.stream, "iteration", finding->iterations);
        fprintf(text.stream, "%s%s.", *values ? ": " : "", values);
        if (!same_meaning)
            fprintf(text.stream, " %s", finding->meaning);
        fputc('\n', text.stream);
    }
    if (same_meaning)
        fprintf(text.stream, "%s\n", report->findings.list[first].meaning);
    return growing_text_end(&text);
}

/* Calls pdf_text for each paragraph, or only adds up their heights. */
static double go_through(struct pdf_document *document, char *body, bool drawn)
{
    double height = 0;
    for (char *end; (end = strchr(body, '\n')); body = end + 1) {
        *end = '\0';
        height += pdf_text_height(document, PDF_BODY, body);
        if (drawn)
            pdf_text(document, PDF_BODY, body);
        *end = '\n';
    }
    return height;
}

static void put_group(struct pdf_document *document, const struct report *report, size_t first,
                      size_t end, bool same_meaning)
{
    const struct finding *finding = &report->findings.list[first];
    char *head = head_of(report, first, end), *body = body_of(report, first, end, same_meaning);
    if (!head || !body) {
        fault_set(&document->fault, "out of memory");
    } else {
        /* It stands on one page where it fits on one, and its heading never alone. */
        double height = go_through(document, body, false) + 3 * pdf_line_height(PDF_BODY);
        pdf_want(document, height < 400 ? height : 5 * pdf_line_height(PDF_BODY));
        pdf_text(document, PDF_STRONG, head);
        go_through(document, body, true);
        if (finding->severity > FINDING_INFO) {
            char advice[512];
            snprintf(advice, sizeof advice, "To do: %.480s", finding->advice);
            pdf_text(document, PDF_SMALL, advice);
        }
        pdf_skip(document, 7);
    }
    free(head);
    free(body);
}

void pdf_findings(struct pdf_document *document, const struct report *report)
{
    const struct findings *findings = &report->findings;
    if (findings->configuration_count == 0)
        return; /* no trace: nothing was looked at */
    pdf_heading(document, "Findings", NULL, 60);
    if (findings->count == 0)
        pdf_text(document, PDF_BODY, "None: nothing in these traces stands out.");
    for (size_t i = 0; i < findings->count;) {
        bool same_meaning;
        size_t end = findings_group_end(findings, i, &same_meaning);
        put_group(document, report, i, end, same_meaning);
        i = end;
    }
}
