/* A paged document, by libharu: text that flows over pages, figures, bookmarks, links. Errors stay
 * in the document until it is written. */
#ifndef VISUALIZE_REPORT_PDF_DOCUMENT_H
#define VISUALIZE_REPORT_PDF_DOCUMENT_H

#include "schemas/support/fault.h"
#include "visualize/figure/figure.h"

#include <hpdf.h>

struct pdf_document {
    HPDF_Doc pdf;
    HPDF_Font plain, bold;
    HPDF_Page page;
    double top; /* of what comes next, from the page's bottom, points */
    const char *title;
    struct fault fault; /* why it cannot be written; "" while nothing is wrong */
};

enum pdf_style { PDF_BODY, PDF_SMALL, PDF_STRONG, PDF_HEADING, PDF_TITLE };

/* Fails where no TrueType font is found. */
bool pdf_open(struct pdf_document *document, const char *title, struct fault *fault);
void pdf_close(struct pdf_document *document);

/* Begins a page; its bookmark (NULL: none) lies below `parent` (NULL: at the top level). */
HPDF_Outline pdf_page(struct pdf_document *document, const char *bookmark, HPDF_Outline parent);

/* The room for text and figures between the margins. */
double pdf_width(void);
double pdf_left(void);

/* Begins a new page where less than so much is left of this one. */
bool pdf_want(struct pdf_document *document, double height);
void pdf_skip(struct pdf_document *document, double height);

/* A paragraph, broken into lines; continued on the next page where it must. */
void pdf_text(struct pdf_document *document, enum pdf_style style, const char *text);

/* A piece of a line at `left` from the left margin, `width` wide; shortened where it is too long.
 */
void pdf_cell(struct pdf_document *document, enum pdf_style style, double left, double width,
              bool to_the_right, const char *text);

/* The same in as many lines as it takes, broken at blanks, the first of them at the present place.
 * Returns how many; `drawn` false only counts them. */
size_t pdf_cell_lines(struct pdf_document *document, enum pdf_style style, double left,
                      double width, const char *text, bool drawn);
void pdf_end_line(struct pdf_document *document, enum pdf_style style);
void pdf_rule(struct pdf_document *document);

/* A figure as wide as the text, drawn at 300 dots an inch. */
void pdf_figure(struct pdf_document *document, struct figure *figure);

/* A link to a page over the line that stands at the present place. */
void pdf_link(struct pdf_document *document, HPDF_Page from, double left, double width, double top,
              HPDF_Page to);
double pdf_line_height(enum pdf_style style);

/* Numbers the pages and writes the file whole. */
bool pdf_write(struct pdf_document *document, const char *path, struct fault *fault);

#endif
