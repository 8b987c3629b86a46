/* What --help and --usage print, by an option's row. */
#include "schemas/support/options.h"

#include "schemas/support/text.h"
#include "schemas/support/units.h"

#include <inttypes.h>
#include <string.h>

enum { WIDTH = 79, HELP_COLUMN = 29 };

/* ---- lines of bounded length ---- */

struct wrap {
    FILE *stream;
    size_t column, indent; /* of what follows the first line */
};

static void new_line(struct wrap *wrap)
{
    fprintf(wrap->stream, "\n%*s", (int)wrap->indent, "");
    wrap->column = wrap->indent;
}

/* A word that stays whole. */
static void put_word(struct wrap *wrap, const char *word, size_t length)
{
    bool first = wrap->column <= wrap->indent;
    if (!first && wrap->column + 1 + length > WIDTH) {
        new_line(wrap);
        first = true;
    }
    fprintf(wrap->stream, "%s%.*s", first ? "" : " ", (int)length, word);
    wrap->column += length + !first;
}

/* What stands in quotes is one word: it is there to be pasted. */
static size_t word_length(const char *at, size_t most)
{
    const char *quote = *at == '\'' ? memchr(at + 1, '\'', most - 1) : NULL;
    size_t length = quote ? (size_t)(quote - at) : 0;
    length += strcspn(at + length, " \n");
    return length < most ? length : most;
}

static void put_words(struct wrap *wrap, const char *text, size_t length)
{
    for (const char *at = text, *end = text + length; at < end;) {
        size_t word = word_length(at, (size_t)(end - at));
        if (word > 0)
            put_word(wrap, at, word);
        at += word + 1;
    }
}

/* Paragraphs are filled; lines that begin with blanks stay as they are, so that they can be
 * pasted. */
static void put_text(FILE *stream, const char *text)
{
    for (const char *at = text; *at;) {
        size_t length = strcspn(at, "\n");
        bool as_it_is = *at == ' ' || length == 0;
        if (as_it_is) {
            fprintf(stream, "%.*s\n", (int)length, at);
        } else {
            struct wrap wrap = {.stream = stream};
            put_words(&wrap, at, length);
            fputc('\n', stream);
        }
        at += length + (at[length] == '\n');
    }
}

/* ---- an option ---- */

/* "=DIR"; "[=FILE]" where it may be left out. */
static void add_argument(struct text *text, const struct option_row *row)
{
    if (row->kind == OPTION_FLAG)
        return;
    text_add(text, row->bare ? "[=" : "=");
    for (size_t i = 0; !row->argument && row->words && row->words[i]; i++)
        text_add(text, "%s%s", i > 0 ? "|" : "", row->words[i]);
    if (row->argument)
        text_add(text, "%s", row->argument);
    if (row->bare)
        text_add(text, "]");
}

/* The value that stands where the option is not given. */
static void add_default(struct text *text, const struct option_row *row, const void *table_target)
{
    const void *target = (const char *)table_target + row->target;
    double scale = row->scale > 0 ? row->scale : 1;
    text_add(text, " (default: ");
    switch (row->kind) {
    case OPTION_TEXT:
        text_add(text, "%s", *(const char *const *)target);
        break;
    case OPTION_NUMBER:
    case OPTION_PERCENT:
    case OPTION_DURATION:
        text_add(text, "%.6g", *(const double *)target / scale);
        break;
    case OPTION_SIZE:
        text_add(text, "%.6g GB", *(const double *)target / scale);
        break;
    case OPTION_BYTES:
        text_add(text, "%.6g MB", mb_from_bytes(*(const uint64_t *)target));
        break;
    case OPTION_INTEGER:
        text_add(text, "%" PRId64, *(const int64_t *)target);
        break;
    case OPTION_COUNT:
        text_add(text, "%u", *(const unsigned *)target);
        break;
    case OPTION_CHOICE:
        text_add(text, "%s", row->words[*(const int *)target - (int)row->least]);
        break;
    case OPTION_HEADING:
    case OPTION_FLAG:
    case OPTION_TEXTS:
    case OPTION_PAIR:
    case OPTION_FILE:
    case OPTION_TAKEN:
        break;
    }
    text_add(text, ")");
}

char *options_row_names(const struct option_row *row, char names[OPTIONS_LINE])
{
    struct text text = text_begin(names, OPTIONS_LINE);
    if (row->letter)
        text_add(&text, "-%c, ", row->letter);
    text_add(&text, "--%s", row->name);
    add_argument(&text, row);
    return names;
}

char *options_row_help(const struct option_row *row, const void *target, char help[OPTIONS_LINE])
{
    struct text text = text_begin(help, OPTIONS_LINE);
    text_add(&text, "%s", row->help ? row->help : "");
    if (row->tells_default && target)
        add_default(&text, row, target);
    return help;
}

static void put_row(FILE *stream, const struct option_row *row, const void *target)
{
    char text[OPTIONS_LINE];
    int printed =
        fprintf(stream, "%s%s", row->letter ? "  " : "      ", options_row_names(row, text));
    struct wrap wrap = {.stream = stream, .column = (size_t)printed, .indent = HELP_COLUMN};
    if (wrap.column + 2 > HELP_COLUMN)
        new_line(&wrap);
    else
        fprintf(stream, "%*s", (int)(HELP_COLUMN - wrap.column), "");
    wrap.column = HELP_COLUMN;
    options_row_help(row, target, text);
    put_words(&wrap, text, strlen(text));
    fputc('\n', stream);
}

static void put_rows(FILE *stream, const struct option_row *rows, const void *target)
{
    for (const struct option_row *row = rows; row->name || row->help; row++) {
        if (row->kind == OPTION_HEADING)
            fprintf(stream, *row->help ? "\n %s\n" : "\n", row->help);
        else if (!row->hidden)
            put_row(stream, row, target);
    }
}

static bool has_argument(const struct option_table *tables, const char *argument)
{
    for (; tables->rows; tables++)
        for (const struct option_row *row = tables->rows; row->name || row->help; row++)
            if (row->argument && strstr(row->argument, argument))
                return true;
    return false;
}

void options_put_arguments(FILE *stream, const struct option_table *tables,
                           void (*put)(FILE *stream, const char *text))
{
    static const char *const arguments[][2] = {
        {OPTION_ARGUMENT_SIZE, "SIZE: 80, 80GB, 80GiB, 40G or 500MB. A GB is 1024 MB, whatever it "
                               "is called: 80GB and 80GiB are both 81920 MB.\n"},
        {OPTION_ARGUMENT_LIST, "LIST: 1,2,4, or ranges as 0-15, 0..15, 2..64:2 (each second one) "
                               "and pow2:1..64 (powers of two), or several of these by commas.\n"},
    };
    bool any = false;
    for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++)
        if (has_argument(tables, arguments[i][0])) {
            put(stream, arguments[i][1]);
            any = true;
        }
    if (any)
        fputc('\n', stream);
}

void options_print_help(FILE *stream, const struct option_command *command,
                        const struct option_table *tables, const char *name)
{
    fprintf(stream, "Usage: %s [OPTION...] %s\n", name, command->arguments);
    put_text(stream, command->about);
    if (tables->rows && tables->rows->kind != OPTION_HEADING)
        fputc('\n', stream);
    for (const struct option_table *table = tables; table->rows; table++)
        put_rows(stream, table->rows, table->target);
    put_rows(stream, OPTIONS_OF_ALL, NULL);
    fputc('\n', stream);
    options_put_arguments(stream, tables, put_text);
    put_text(stream, command->notes);
}

/* ---- in short ---- */

static void put_usage_of(struct wrap *wrap, const struct option_row *rows)
{
    for (const struct option_row *row = rows; row->name || row->help; row++) {
        char text[OPTIONS_LINE];
        struct text words = text_begin(text, sizeof text);
        if (row->kind == OPTION_HEADING || row->hidden)
            continue;
        text_add(&words, "[");
        if (row->letter)
            text_add(&words, "-%c|", row->letter);
        text_add(&words, "--%s", row->name);
        add_argument(&words, row);
        text_add(&words, "]");
        put_word(wrap, text, strlen(text));
    }
}

void options_print_usage(FILE *stream, const struct option_command *command,
                         const struct option_table *tables, const char *name)
{
    struct wrap wrap = {.stream = stream, .indent = strlen("Usage: ")};
    fprintf(stream, "Usage: %s", name);
    wrap.column = wrap.indent + strlen(name);
    for (const struct option_table *table = tables; table->rows; table++)
        put_usage_of(&wrap, table->rows);
    put_usage_of(&wrap, OPTIONS_OF_ALL);
    put_words(&wrap, command->arguments, strlen(command->arguments));
    fputc('\n', stream);
}
