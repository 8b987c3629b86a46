#include "visualize/figure/data_table.h"

#include "schemas/support/csv.h"
#include "schemas/support/text.h"

#include <ctype.h>
#include <math.h>

bool data_table_path_valid(const char *path)
{
    return text_ends_with(path, ".csv") || text_ends_with(path, ".json") ||
           text_ends_with(path, ".tex");
}

bool data_table_path_is_json(const char *path)
{
    return !text_ends_with(path, ".csv") && !text_ends_with(path, ".tex");
}

/* Without zeros at the end, so that whole numbers are whole. */
static const char *number_text(char text[64], double number, int decimals)
{
    int length = snprintf(text, 64, "%.*f", decimals, number);
    while (decimals > 0 && length > 1 && text[length - 1] == '0')
        text[--length] = '\0';
    if (decimals > 0 && length > 1 && text[length - 1] == '.')
        text[--length] = '\0';
    return text;
}

static double rounded(double number, int decimals)
{
    double scale = pow(10, decimals);
    return round(number * scale) / scale;
}

/* ---- CSV ---- */

void data_table_csv(const struct data_table *table, FILE *stream)
{
    char text[64];
    for (size_t i = 0; i < table->column_count; i++) {
        csv_put_text(stream, table->columns[i].key);
        fputc(i + 1 < table->column_count ? ',' : '\n', stream);
    }
    for (size_t i = 0; i < table->row_count * table->column_count; i++) {
        const struct data_column *column = &table->columns[i % table->column_count];
        const struct data_cell *cell = &table->cells[i];
        if (column->is_text)
            csv_put_text(stream, cell->text ? cell->text : "");
        else if (!isnan(cell->number))
            fputs(number_text(text, cell->number, column->decimals), stream);
        fputc((i + 1) % table->column_count ? ',' : '\n', stream);
    }
}

/* ---- JSON ---- */

void data_table_json(const struct data_table *table, struct json_writer *json, const char *key)
{
    json_array_begin(json, key);
    for (size_t row = 0; row < table->row_count; row++) {
        json_object_begin(json, NULL);
        for (size_t i = 0; i < table->column_count; i++) {
            const struct data_column *column = &table->columns[i];
            const struct data_cell *cell = &table->cells[row * table->column_count + i];
            if (column->is_text)
                json_put_text(json, column->key, cell->text);
            else
                json_put_number(json, column->key, rounded(cell->number, column->decimals));
        }
        json_end(json);
    }
    json_end(json);
}

/* ---- LaTeX ---- */

static void put_latex(FILE *stream, const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '\\':
            fputs("\\textbackslash{}", stream);
            break;
        case '~':
            fputs("\\textasciitilde{}", stream);
            break;
        case '^':
            fputs("\\textasciicircum{}", stream);
            break;
        case '&':
        case '%':
        case '$':
        case '#':
        case '_':
        case '{':
        case '}':
            fputc('\\', stream);
            fputc(*text, stream);
            break;
        default:
            fputc(*text, stream);
        }
}

void data_latex_text(const char *text, char *buffer, size_t size)
{
    FILE *stream = fmemopen(buffer, size, "w");
    buffer[0] = '\0';
    if (!stream)
        return;
    put_latex(stream, text);
    fclose(stream);
    buffer[size - 1] = '\0';
}

const char *data_latex_heading(char heading[DATA_HEADING], const struct figure_style *style,
                               enum word word, const char *usual, const char *unit)
{
    char escaped[DATA_HEADING - 32];
    const char *text = word < WORDS ? figure_style_word(style, word, usual) : usual;
    data_latex_text(text, escaped, sizeof escaped);
    if (text == usual)
        escaped[0] = (char)toupper((unsigned char)escaped[0]);
    snprintf(heading, DATA_HEADING, *unit ? "%s (%s)" : "%s", escaped, unit);
    return heading;
}

static void put_latex_cell(FILE *stream, const struct data_column *column,
                           const struct data_cell *cell)
{
    if (column->is_text)
        put_latex(stream, cell->text ? cell->text : "--");
    else if (isnan(cell->number))
        fputs("--", stream);
    else
        fprintf(stream, cell->number < 0 ? "$%.*f$" : "%.*f", column->decimals, cell->number);
}

void data_table_latex(const struct data_table *table, FILE *stream)
{
    fputs("% wants \\usepackage{booktabs}\n\\begin{tabular}{", stream);
    for (size_t i = 0; i < table->column_count; i++)
        fputc(table->columns[i].is_text ? 'l' : 'r', stream);
    fputs("}\n\\toprule\n", stream);
    for (size_t i = 0; i < table->column_count; i++)
        fprintf(stream, "%s%s", table->columns[i].heading,
                i + 1 < table->column_count ? " & " : " \\\\\n\\midrule\n");
    for (size_t i = 0; i < table->row_count * table->column_count; i++) {
        put_latex_cell(stream, &table->columns[i % table->column_count], &table->cells[i]);
        fputs((i + 1) % table->column_count ? " & " : " \\\\\n", stream);
    }
    fputs("\\bottomrule\n\\end{tabular}\n", stream);
}
