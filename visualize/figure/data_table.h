/* A figure's data as a table: one representation for CSV, JSON and LaTeX. */
#ifndef VISUALIZE_FIGURE_DATA_TABLE_H
#define VISUALIZE_FIGURE_DATA_TABLE_H

#include "schemas/support/fault.h"
#include "schemas/support/json_writer.h"
#include "visualize/figure/figure_style.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* A row's cells lie side by side in the caller's memory, one a column; begin with all zero bytes
 * and fill them in the columns' order. */
struct data_cell {
    const char *text; /* NULL: it is a number, or not known */
    double number;    /* NAN: not known */
};

struct data_column {
    const char *key;     /* in CSV and JSON: "measured_gb" */
    const char *heading; /* in LaTeX: "Measured (GB)", as LaTeX's own text */
    int decimals;        /* at most so many */
    bool is_text;
};

struct data_table {
    size_t column_count;
    const struct data_column *columns;
    size_t row_count;
    const struct data_cell *cells; /* row by row */
};

/* Does the path end in .csv, .json or .tex? */
bool data_table_path_valid(const char *path);

/* Is what is written there JSON? It is, too, where the ending says nothing, and on "-". */
bool data_table_path_is_json(const char *path);

/* What is not known is empty in CSV, absent in JSON, and a dash in LaTeX. Errors of writing stay
 * with the stream. The JSON is an array of objects under the key; the LaTeX a tabular with
 * booktabs' rules. */
void data_table_csv(const struct data_table *table, FILE *stream);
void data_table_json(const struct data_table *table, struct json_writer *json, const char *key);
void data_table_latex(const struct data_table *table, FILE *stream);

/* A text as LaTeX's own, into a buffer: what LaTeX would read as a command is escaped. What does
 * not fit is left out. */
void data_latex_text(const char *text, char *buffer, size_t size);

/* A heading for LaTeX: the author's word (WORDS: there is none for it), else the usual one with a
 * capital, and the unit behind it, where there is one. Returns the heading. */
enum { DATA_HEADING = 160 };
const char *data_latex_heading(char heading[DATA_HEADING], const struct figure_style *style,
                               enum word word, const char *usual, const char *unit);

#endif
