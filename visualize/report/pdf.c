/* The report as a document: the same content as the page, in the same order. */
#include "tracer/estimator/model/configuration_settings.h"
#include "visualize/heatmap/draw.h"
#include "visualize/report/pdf_sections.h"
#include "visualize/report/words.h"

#include <stdlib.h>

HPDF_Outline pdf_heading(struct pdf_document *document, const char *text, HPDF_Outline parent,
                         double height)
{
    pdf_skip(document, 14);
    pdf_want(document, pdf_line_height(PDF_HEADING) + height);
    HPDF_Outline outline = pdf_bookmark(document, text, parent);
    pdf_text(document, PDF_HEADING, text);
    pdf_skip(document, 2);
    return outline;
}

/* ---- the first page ---- */

static void put_facts(struct pdf_document *document, const struct report *report)
{
    char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);
    if (!stream) {
        fault_set(&document->fault, "out of memory");
        return;
    }
    if (report->configuration_count > 0) {
        words_counted(stream, report->file_count - report->unreadable, "trace");
        fputs(" of ", stream);
        words_counted(stream, report->configuration_count, "configuration");
        fprintf(stream, "; GPU memory %g GB.", report->options->gpu_gb);
    }
    if (report->snapshot_count > 0) {
        fputc(' ', stream);
        words_counted(stream, report->snapshot_count, "memory snapshot");
        fputc('.', stream);
    }
    if (fclose(stream) == 0)
        pdf_text(document, PDF_SMALL, text);
    else
        fault_set(&document->fault, "out of memory");
    free(text);
    if (report->options->model) {
        char assumed[256];
        pdf_text(document, PDF_SMALL,
                 settings_theory_text(report->options->model, assumed, sizeof assumed));
    }
}

static void put_title(struct pdf_document *document, const struct report *report)
{
    pdf_bookmark(document, report->options->title, NULL);
    pdf_text(document, PDF_TITLE, report->options->title);
    pdf_skip(document, 6);
    pdf_text(document, PDF_BODY, report->answer);
    pdf_skip(document, 3);
    put_facts(document, report);
}

static void put_map(struct pdf_document *document, const struct report *report)
{
    char text[256];
    if (!report->has_grid && !*report->grid_fault.text)
        return;
    if (!report->has_grid) {
        pdf_heading(document, "Which configurations fit", NULL, 30);
        pdf_text(document, PDF_BODY, report->grid_fault.text);
        return;
    }
    struct figure figure = {.width_inch = pdf_width() / FIGURE_POINTS_PER_INCH,
                            .draw = heatmap_draw,
                            .context = (void *)&report->heatmap};
    figure.height_inch = heatmap_natural_height(&report->heatmap, NULL, figure.width_inch);
    pdf_heading(document, "Which configurations fit", NULL,
                figure.height_inch * FIGURE_POINTS_PER_INCH + 30);
    pdf_figure(document, &figure);
    pdf_skip(document, 6);
    snprintf(text, sizeof text,
             "Peak memory by %s and %s: the largest over ranks and iterations, and beside it what "
             "a formula says.",
             DIMENSIONS[report->grid.axes.y].long_name, DIMENSIONS[report->grid.axes.x].long_name);
    pdf_text(document, PDF_SMALL, text);
    for (size_t i = 0; i < report->grid.warning_count; i++)
        pdf_text(document, PDF_SMALL, report->grid.warnings[i]);
}

/* ---- the last pages ---- */

static void put_words(struct pdf_document *document, const struct report *report,
                      struct pdf_row_places *places)
{
    bool any = false;
    for (size_t i = 0; i < report->configuration_count; i++) {
        const struct report_configuration *row = &report->configurations[i];
        if (!row->line)
            continue;
        if (!any)
            pdf_heading(document, "What the logs said", NULL, 60);
        any = true;
        double height = pdf_text_height(document, PDF_STRONG, row->text) +
                        pdf_text_height(document, PDF_SMALL, row->line) +
                        pdf_text_height(document, PDF_SMALL, row->words ? row->words : "") +
                        pdf_text_height(document, PDF_SMALL, row->log ? row->log : "");
        pdf_want(document, height);
        places[i].words = pdf_here(document, 0, 0);
        pdf_text(document, PDF_STRONG, row->text);
        pdf_text(document, PDF_SMALL, row->line);
        if (row->words)
            pdf_text(document, PDF_SMALL, row->words);
        if (row->log)
            pdf_text(document, PDF_SMALL, row->log);
        pdf_skip(document, 5);
    }
}

static void put_warnings(struct pdf_document *document, const struct report *report)
{
    if (report->warning_count > 0)
        pdf_heading(document, "Left out", NULL, 40);
    for (size_t i = 0; i < report->warning_count; i++)
        pdf_text(document, PDF_SMALL, report->warnings[i]);
}

static void link_all(const struct report *report, const struct pdf_row_places *places)
{
    for (size_t i = 0; i < report->configuration_count; i++) {
        pdf_link(&places[i].row,
                 places[i].timelines.page ? &places[i].timelines : &places[i].words);
        pdf_link(&places[i].ending, &places[i].words);
        pdf_link(&places[i].back, &places[i].row);
    }
}

bool report_write_pdf(const struct report *report, const char *path, struct fault *fault)
{
    struct pdf_document document;
    struct pdf_row_places *places = calloc(report->configuration_count + 1, sizeof *places);
    if (!places)
        return fault_set(fault, "%s: out of memory", path);
    bool written = pdf_open(&document, report->options->title, report->answer, fault);
    if (written) {
        put_title(&document, report);
        pdf_comparisons(&document, report);
        put_map(&document, report);
        if (report->configuration_count > 0)
            pdf_configurations(&document, report, places);
        pdf_findings(&document, report);
        pdf_snapshots(&document, report);
        pdf_timelines(&document, report, places);
        put_words(&document, report, places);
        put_warnings(&document, report);
        link_all(report, places);
        written = pdf_write(&document, path, fault);
    }
    pdf_close(&document);
    free(places);
    return written;
}
