/* A table of a PDF, over as many pages as it takes. */
#ifndef VISUALIZE_REPORT_PDF_TABLE_H
#define VISUALIZE_REPORT_PDF_TABLE_H

#include "visualize/report/pdf_document.h"

struct pdf_column {
    const char *head;
    double width;
    bool to_the_right;
};

enum { PDF_CELL = 1100 };

struct pdf_table {
    const struct pdf_column *columns;
    size_t column_count, row_count;
    enum pdf_style style;
    void (*text)(const void *context, size_t row, size_t column, char text[PDF_CELL]);
    /* Called where a row begins, at the document's present place; or NULL. */
    void (*placed)(void *context, size_t row, const struct pdf_document *document);
    void *context;
};

/* Heads are repeated on each page; no row stands alone, below heads or on the last page. */
void pdf_table(struct pdf_document *document, const struct pdf_table *table);

/* Where a column begins, from the left margin. */
double pdf_column_left(const struct pdf_table *table, size_t column);

#endif
