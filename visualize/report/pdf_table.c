#include "visualize/report/pdf_table.h"

#include <stdint.h>

static const double GAP = 9; /* between columns */

double pdf_column_left(const struct pdf_table *table, size_t column)
{
    double left = 0;
    for (size_t i = 0; i < column; i++)
        left += table->columns[i].width + GAP;
    return left;
}

/* Puts a row (SIZE_MAX: the heads), or only counts its lines. */
static size_t put_row(struct pdf_document *document, const struct pdf_table *table, size_t row,
                      bool drawn)
{
    size_t most = 1;
    char text[PDF_CELL];
    for (size_t i = 0; i < table->column_count; i++) {
        const struct pdf_column *column = &table->columns[i];
        bool head = row == SIZE_MAX;
        if (!head)
            table->text(table->context, row, i, text);
        size_t lines =
            pdf_cell(document, head && table->style == PDF_BODY ? PDF_STRONG : table->style,
                     pdf_column_left(table, i), column->width, column->to_the_right,
                     head ? column->head : text, drawn);
        most = lines > most ? lines : most;
    }
    return most;
}

static double height_of(struct pdf_document *document, const struct pdf_table *table, size_t row)
{
    return (double)put_row(document, table, row, false) * pdf_line_height(table->style);
}

static void put_heads(struct pdf_document *document, const struct pdf_table *table)
{
    double height = height_of(document, table, SIZE_MAX);
    put_row(document, table, SIZE_MAX, true);
    pdf_down(document, height + 2);
    pdf_rule(document);
}

void pdf_table(struct pdf_document *document, const struct pdf_table *table)
{
    const double rule = 5; /* below the heads */
    for (size_t row = 0; row < table->row_count; row++) {
        double height = height_of(document, table, row), needed = height;
        bool last_two = row + 2 == table->row_count, begins = row == 0;
        if ((last_two || begins) && row + 1 < table->row_count)
            needed += height_of(document, table, row + 1);
        if (begins)
            needed += height_of(document, table, SIZE_MAX) + rule;
        if (pdf_want(document, needed) || begins)
            put_heads(document, table);
        if (table->placed)
            table->placed(table->context, row, document);
        put_row(document, table, row, true);
        pdf_down(document, height);
    }
}
