/* A paged document, by libharu: text that flows over pages, figures, bookmarks, links. Errors stay
 * in the document until it is written. Lengths are points. */
#ifndef VISUALIZE_REPORT_PDF_DOCUMENT_H
#define VISUALIZE_REPORT_PDF_DOCUMENT_H

#include "schemas/support/fault.h"
#include "visualize/figure/figure.h"
#include "visualize/report/pdf_script.h"

struct pdf_document {
    HPDF_Doc pdf;
    struct pdf_script script;
    HPDF_Page page;
    double top; /* of what comes next, from the page's bottom */
    const char *title;
    struct fault fault; /* why it cannot be written; "" while nothing is wrong */
};

enum pdf_style { PDF_BODY, PDF_SMALL, PDF_STRONG, PDF_HEADING, PDF_TITLE };

/* A rectangle of a page: where a link stands, or leads. All zero: nowhere. */
struct pdf_place {
    HPDF_Page page;
    double left, width, top;
};

/* Begins the first page. `subject`: what the document says, in a sentence. Fails where no TrueType
 * font is found. Close it in any case. */
bool pdf_open(struct pdf_document *document, const char *title, const char *subject,
              struct fault *fault);
void pdf_close(struct pdf_document *document);

/* The room for text and figures between the margins. */
double pdf_width(void);
double pdf_line_height(enum pdf_style style);

/* A bookmark (below `parent`; NULL: at the top level) that leads to the present place. */
HPDF_Outline pdf_bookmark(struct pdf_document *document, const char *text, HPDF_Outline parent);

/* Begins a new page where less than so much is left of this one; true where it did. */
bool pdf_want(struct pdf_document *document, double height);

/* Room before what comes next; none at a page's top. */
void pdf_skip(struct pdf_document *document, double height);

/* A paragraph, broken into lines. Of one that goes over to the next page no single line stands
 * alone. */
void pdf_text(struct pdf_document *document, enum pdf_style style, const char *text);

/* How high it will be. */
double pdf_text_height(struct pdf_document *document, enum pdf_style style, const char *text);

/* A piece of a line at `left` from the left margin, `width` wide, in as many lines as it takes; the
 * present place stays. Returns how many lines; `drawn` false only counts them. */
size_t pdf_cell(struct pdf_document *document, enum pdf_style style, double left, double width,
                bool to_the_right, const char *text, bool drawn);

/* Goes down by so much, whatever is left of the page. */
void pdf_down(struct pdf_document *document, double height);
void pdf_rule(struct pdf_document *document);

/* A figure as wide as the text, drawn at 600 dots an inch. */
void pdf_figure(struct pdf_document *document, struct figure *figure);

/* The place of a line here, `left` from the left margin. */
struct pdf_place pdf_here(const struct pdf_document *document, double left, double width);

/* A link from one place to another; nothing where one of them is nowhere. */
void pdf_link(const struct pdf_place *from, const struct pdf_place *to);

/* Numbers the pages and writes the file whole. */
bool pdf_write(struct pdf_document *document, const char *path, struct fault *fault);

#endif
