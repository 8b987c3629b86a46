/* The man page that COMMAND --man-page prints, by an option's row as --help is. Examples stay as
 * they are, line by line, so that they can be pasted. */
#include "schemas/support/options.h"

#include "schemas/support/command_list.h"

#include <ctype.h>
#include <string.h>

/* Dashes are dashes to roff, and not hyphens, so that options can be searched and pasted. */
static void put_escaped(FILE *stream, const char *text, size_t length)
{
    if (length > 0 && strchr(".'", *text))
        fputs("\\&", stream);
    for (size_t i = 0; i < length; i++)
        if (text[i] == '\\')
            fputs("\\e", stream);
        else if (text[i] == '-')
            fputs("\\-", stream);
        else
            putc(text[i], stream);
}

static void put_line(FILE *stream, const char *text)
{
    put_escaped(stream, text, strlen(text));
    putc('\n', stream);
}

/* Paragraphs, and lines that begin with blanks between them. */
static void put_paragraphs(FILE *stream, const char *text)
{
    bool as_it_is = false;
    fputs(".PP\n", stream);
    for (const char *at = text; *at;) {
        size_t length = strcspn(at, "\n");
        bool indented = *at == ' ';
        if (indented != as_it_is)
            fputs(indented ? ".PP\n.nf\n" : ".fi\n", stream);
        as_it_is = indented;
        if (length == 0)
            fputs(".PP\n", stream);
        put_escaped(stream, at, length);
        if (length > 0)
            putc('\n', stream);
        at += length + (at[length] == '\n');
    }
    if (as_it_is)
        fputs(".fi\n", stream);
}

static void put_row(FILE *stream, const struct option_row *row, const void *target)
{
    char names[OPTIONS_LINE], help[OPTIONS_LINE];
    if (row->kind == OPTION_HEADING && *row->help) {
        size_t length = strlen(row->help);
        fputs(".SS ", stream);
        put_escaped(stream, row->help, length - (row->help[length - 1] == ':'));
        putc('\n', stream);
    }
    if (row->kind == OPTION_HEADING || row->hidden)
        return;
    fputs(".TP\n\\fB", stream);
    put_escaped(stream, names, strlen(options_row_names(row, names)));
    fputs("\\fR\n", stream);
    put_line(stream, options_row_help(row, target, help));
}

static void put_upper(FILE *stream, const char *text)
{
    for (; *text; text++)
        putc(toupper((unsigned char)*text), stream);
}

void options_print_man_page(FILE *stream, const struct option_command *command,
                            const struct option_table *tables, const char *name)
{
    const struct command_entry *entry = command_list_find(name);
    fputs(".TH ", stream);
    put_upper(stream, name);
    fprintf(stream, " 1 \"\" \"gmtrace %s\" \"User Commands\"\n.ad l\n.nh\n.SH NAME\n",
            GMTRACE_VERSION);
    fprintf(stream, "%s \\- ", name);
    put_line(stream, entry ? entry->summary : "run the commands that trace GPU memory and draw it");
    fprintf(stream, ".SH SYNOPSIS\n\\fB%s\\fR [OPTION...] ", name);
    put_line(stream, command->arguments);
    fputs(".SH DESCRIPTION\n", stream);
    put_paragraphs(stream, command->about);
    fputs("\n.SH OPTIONS\n", stream);
    for (const struct option_table *table = tables; table->rows; table++)
        for (const struct option_row *row = table->rows; row->name || row->help; row++)
            put_row(stream, row, table->target);
    for (const struct option_row *row = OPTIONS_OF_ALL; row->name || row->help; row++)
        put_row(stream, row, NULL);
    fputs(".SH NOTES\n", stream);
    options_put_arguments(stream, tables, put_paragraphs);
    put_paragraphs(stream, command->notes);
    fputs(".SH SEE ALSO\n.BR gmtrace (1)\n", stream);
}
