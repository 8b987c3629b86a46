/* The parts of the document, in the order of the page; pdf.c puts them together. */
#ifndef VISUALIZE_REPORT_PDF_SECTIONS_H
#define VISUALIZE_REPORT_PDF_SECTIONS_H

#include "visualize/report/pdf_document.h"
#include "visualize/report/report.h"

/* Of each row of the report: where it stands in the table, and where more is told of it. */
struct pdf_row_places {
    struct pdf_place row, ending;      /* in the table: its name, and how it ended */
    struct pdf_place timelines, words; /* nowhere, where it has none */
    struct pdf_place back;             /* the link back to the table, from the timelines */
};

void pdf_comparisons(struct pdf_document *document, const struct report *report);
void pdf_configurations(struct pdf_document *document, const struct report *report,
                        struct pdf_row_places *places);
void pdf_snapshots(struct pdf_document *document, const struct report *report);
void pdf_findings(struct pdf_document *document, const struct report *report);
void pdf_timelines(struct pdf_document *document, const struct report *report,
                   struct pdf_row_places *places);

/* A heading with a bookmark, never at a page's end: `height` points of what follows stand with it.
 */
HPDF_Outline pdf_heading(struct pdf_document *document, const char *text, HPDF_Outline parent,
                         double height);

#endif
