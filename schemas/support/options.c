#include "schemas/support/options.h"

#include "schemas/support/array.h"
#include "schemas/support/input_file.h"
#include "schemas/support/number.h"
#include "schemas/support/text.h"
#include "schemas/support/units.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char HELP[] = "help", USAGE[] = "usage", VERSION[] = "version";

const struct option_row OPTIONS_OF_ALL[] = {
    {.kind = OPTION_HEADING, .help = ""},
    {.name = HELP, .letter = '?', .kind = OPTION_FLAG, .help = "give this help list"},
    {.name = USAGE, .kind = OPTION_FLAG, .help = "give a short usage message"},
    {.name = VERSION, .letter = 'V', .kind = OPTION_FLAG, .help = "print the program's version"},
    {0},
};

/* ---- the rows as getopt_long wants them ---- */

struct place {
    const struct option_row *row;
    void *table_target; /* NULL: a row of OPTIONS_OF_ALL */
};

struct line {
    size_t count, long_count, letters_used;
    struct place *places;
    struct option *long_options;
    char letters[3 * 64 + 3];
};

enum { FIRST_PLACE = 256 }; /* past the letters */

/* As getopt_long has it. */
static int takes_argument(const struct option_row *row)
{
    return row->kind == OPTION_FLAG ? no_argument
           : row->bare              ? optional_argument
                                    : required_argument;
}

static bool add_row(struct line *line, const struct option_row *row, void *target)
{
    const char *const names[] = {row->name, row->old_name};
    struct place *place = ARRAY_ADD(line->places, line->count);
    if (!place)
        return false;
    *place = (struct place){row, target};
    for (int i = 0; i < 2 && names[i]; i++) {
        struct option *option = ARRAY_ADD(line->long_options, line->long_count);
        if (!option)
            return false;
        *option = (struct option){.name = names[i],
                                  .has_arg = takes_argument(row),
                                  .val = FIRST_PLACE + (int)(line->count - 1)};
    }
    if (row->letter && row->letter != '?' && line->letters_used + 4 < sizeof line->letters) {
        line->letters[line->letters_used++] = row->letter;
        for (int i = 0; i < takes_argument(row); i++)
            line->letters[line->letters_used++] = ':';
    }
    return true;
}

static bool add_rows(struct line *line, const struct option_row *rows, void *target)
{
    bool added = true;
    for (const struct option_row *row = rows; added && (row->name || row->help); row++)
        added = row->kind == OPTION_HEADING || add_row(line, row, target);
    return added;
}

static bool make_line(struct line *line, const struct option_command *command,
                      const struct option_table *tables)
{
    /* "+": up to the first argument; ":": no message of getopt's own. */
    *line = (struct line){.letters_used = command->runs_command ? 2 : 1};
    memcpy(line->letters, command->runs_command ? "+:" : ":", line->letters_used);
    bool made = true;
    for (const struct option_table *table = tables; made && table->rows; table++)
        made = add_rows(line, table->rows, table->target);
    made = made && add_rows(line, OPTIONS_OF_ALL, NULL);
    struct option *end = made ? ARRAY_ADD(line->long_options, line->long_count) : NULL;
    if (end)
        *end = (struct option){0};
    return end != NULL;
}

static void free_line(struct line *line)
{
    free(line->places);
    free(line->long_options);
}

/* ---- values ---- */

static bool take_number(const struct option_row *row, const char *text, double *number,
                        struct fault *fault)
{
    if (!number_parse(text, row->least, row->most > 0 ? row->most : NUMBER_NO_LIMIT, number, fault))
        return false;
    *number *= row->scale > 0 ? row->scale : 1;
    return true;
}

/* In units of so many MB. */
static bool take_size(const struct option_row *row, const char *text, double unit_mb, double *size,
                      struct fault *fault)
{
    double mb, most = row->most > 0 ? row->most : NUMBER_NO_LIMIT;
    const char *unit = unit_mb > 1 ? "GB" : "MB";
    if (!size_parse(text, unit_mb, &mb, NULL, fault))
        return false;
    *size = mb / unit_mb;
    if (*size >= row->least && *size <= most)
        return true;
    return row->most > 0
               ? fault_set(fault, "'%s' is not a size from %g to %g %s", text, row->least, most,
                           unit)
               : fault_set(fault, "'%s' is not a size of at least %g %s", text, row->least, unit);
}

/* "5" and "5%". */
static bool take_percent(const struct option_row *row, const char *text, double *number,
                         struct fault *fault)
{
    char bare[64];
    size_t length = strlen(text);
    if (length < 2 || length >= sizeof bare || text[length - 1] != '%')
        return take_number(row, text, number, fault);
    memcpy(bare, text, length - 1);
    bare[length - 1] = '\0';
    return take_number(row, bare, number, fault);
}

/* "7x2.4", or "7" and the second in the next word. */
static bool take_pair(const struct option_row *row, const char *text, const char *next,
                      double pair[2], struct fault *fault)
{
    char first[64];
    size_t length = strcspn(text, "xX,");
    const char *second = text[length] ? text + length + 1 : next;
    if (!second || length >= sizeof first)
        return fault_set(fault, "expected two numbers, as %s, found only '%s'", row->argument,
                         text);
    memcpy(first, text, length);
    first[length] = '\0';
    return take_number(row, first, &pair[0], fault) && take_number(row, second, &pair[1], fault);
}

static bool take_duration(const struct option_row *row, const char *text, double *seconds,
                          struct fault *fault)
{
    double most = row->most > 0 ? row->most : NUMBER_NO_LIMIT;
    return duration_parse(text, seconds, fault) &&
           ((*seconds >= row->least && *seconds <= most) ||
            fault_set(fault, "'%s' is not a time from %g to %g seconds", text, row->least, most));
}

static bool take_integer(const struct option_row *row, const char *text, int64_t most,
                         int64_t *number, struct fault *fault)
{
    return integer_parse(text, (int64_t)row->least, row->most > 0 ? (int64_t)row->most : most,
                         number, fault);
}

static bool take_word(const struct option_row *row, const char *text, int *place,
                      struct fault *fault)
{
    char known[256];
    struct text list = text_begin(known, sizeof known);
    for (int i = 0; row->words[i]; i++) {
        if (strcmp(row->words[i], text) == 0) {
            *place = (int)row->least + i;
            return true;
        }
        text_add_item(&list, row->words[i + 1] ? ", " : " or ", "%s", row->words[i]);
    }
    return fault_set(fault, "expected %s, found '%s'", known, text);
}

/* A failure without a text is one of memory. `next`: the word behind the value, or NULL. */
static bool take_value(const struct place *place, const char *text, const char *next,
                       struct fault *fault)
{
    const struct option_row *row = place->row;
    void *target = (char *)place->table_target + row->target;
    double number;
    int64_t integer;
    switch (row->kind) {
    case OPTION_HEADING:
        break;
    case OPTION_FLAG:
        *(bool *)target = true;
        break;
    case OPTION_TEXT:
        *(const char **)target = text;
        break;
    case OPTION_TEXTS: {
        struct option_texts *texts = target;
        char **added = ARRAY_ADD(texts->list, texts->count);
        if (!added)
            return false;
        *added = (char *)text;
        break;
    }
    case OPTION_NUMBER:
        return take_number(row, text, target, fault);
    case OPTION_SIZE:
        if (!take_size(row, text, UNITS_MB_PER_GB, &number, fault))
            return false;
        *(double *)target = number * (row->scale > 0 ? row->scale : 1);
        break;
    case OPTION_BYTES:
        if (!take_size(row, text, 1, &number, fault))
            return false;
        *(uint64_t *)target = (uint64_t)(number * UNITS_BYTES_PER_MB);
        break;
    case OPTION_INTEGER:
        return take_integer(row, text, INT64_MAX, target, fault);
    case OPTION_COUNT:
        if (!take_integer(row, text, UINT_MAX, &integer, fault))
            return false;
        *(unsigned *)target = (unsigned)integer;
        break;
    case OPTION_PERCENT:
        return take_percent(row, text, target, fault);
    case OPTION_PAIR:
        return take_pair(row, text, next, target, fault);
    case OPTION_DURATION:
        return take_duration(row, text, target, fault);
    case OPTION_CHOICE:
        return take_word(row, text, target, fault);
    case OPTION_FILE:
        break; /* read before all others */
    case OPTION_TAKEN:
        return row->take(row, target, text, fault);
    }
    return true;
}

/* ---- files of options ---- */

enum { MOST_FILE = 1 << 20 };

static char *trimmed(char *text)
{
    text += strspn(text, " \t\r");
    size_t length = strlen(text);
    while (length > 0 && strchr(" \t\r", text[length - 1]))
        text[--length] = '\0';
    return text;
}

/* "A title" and A title are the same. */
static char *unquoted(char *text)
{
    size_t length = strlen(text);
    if (length < 2 || text[0] != '"' || text[length - 1] != '"')
        return text;
    text[length - 1] = '\0';
    return text + 1;
}

/* The row of a name that a file may have: of the same struct as the file's own row. */
static const struct place *place_in_file(const struct line *line, const struct place *file,
                                         const char *name)
{
    for (size_t i = 0; i < line->count; i++) {
        const struct place *place = &line->places[i];
        if (place->table_target == file->table_target && place->row->kind != OPTION_FILE &&
            strcmp(place->row->name, name) == 0)
            return place;
    }
    return NULL;
}

static bool take_flag_word(const struct place *place, const char *text, struct fault *fault)
{
    if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
        return fault_set(fault, "expected yes or no, found '%s'", text);
    *(bool *)((char *)place->table_target + place->row->target) = strcmp(text, "yes") == 0;
    return true;
}

/* "NAME = VALUE". A failure without a text is one of memory. */
static bool take_file_line(const struct line *line, const struct place *file, char *text,
                           struct fault *fault)
{
    char *equals = strchr(text, '=');
    if (!equals)
        return fault_set(fault, "expected NAME = VALUE, found '%s'", text);
    *equals = '\0';
    char *name = trimmed(text), *value = unquoted(trimmed(equals + 1));
    const struct place *place = place_in_file(line, file, name);
    if (!place)
        return fault_set(fault, "no option '%s' can stand in such a file", name);
    struct fault why = {0};
    if (place->row->kind == OPTION_FLAG ? take_flag_word(place, value, &why)
                                        : take_value(place, value, NULL, &why))
        return true;
    return why.text[0] && fault_set(fault, "%s: %s", name, why.text);
}

static enum options_end take_file(const struct line *line, const struct place *place,
                                  const char *path, struct fault *fault)
{
    struct option_file *file =
        (struct option_file *)((char *)place->table_target + place->row->target);
    struct fault why = {0};
    size_t length, number = 1;
    if (file->path) {
        fault_set(fault, "--%s: only one file can be given", place->row->name);
        return OPTIONS_WRONG;
    }
    file->path = path;
    file->text = input_file_read(path, "a file of options", MOST_FILE, &length, &why);
    if (!file->text) {
        fault_set(fault, "--%s: %s", place->row->name, why.text);
        return OPTIONS_WRONG;
    }
    for (char *text = file->text, *next; text; text = next, number++) {
        next = strchr(text, '\n');
        if (next)
            *next++ = '\0';
        char *content = trimmed(text);
        if (*content == '\0' || *content == '#' || take_file_line(line, place, content, &why))
            continue;
        if (!why.text[0])
            return OPTIONS_NO_MEMORY;
        fault_set(fault, "--%s: %s:%zu: %s", place->row->name, path, number, why.text);
        return OPTIONS_WRONG;
    }
    return OPTIONS_READ;
}

/* ---- the line ---- */

static const struct place *place_of(const struct line *line, int key)
{
    for (size_t i = 0; i < line->count; i++)
        if (key == FIRST_PLACE + (int)i || (key > 0 && key == line->places[i].row->letter))
            return &line->places[i];
    return NULL;
}

static bool is_name(const char *known, const char *name, size_t length)
{
    return known && strlen(known) == length && strncmp(known, name, length) == 0;
}

const struct option_row *options_find(const struct option_table *tables, const char *name,
                                      size_t length)
{
    for (bool own = true;; tables++) {
        own = own && tables->rows;
        for (const struct option_row *row = own ? tables->rows : OPTIONS_OF_ALL;
             row->name || row->help; row++)
            if (is_name(row->name, name, length) || is_name(row->old_name, name, length))
                return row;
        if (!own)
            return NULL;
    }
}

/* getopt_long has refused what stands at `text`: why? */
static enum options_end refuse(const struct line *line, int key, const char *text,
                               struct fault *fault)
{
    const struct place *place = optopt ? place_of(line, optopt) : NULL;
    size_t length = strncmp(text, "--", 2) == 0 ? strcspn(text, "=") : 0, matches = 0;
    char known[512];
    struct text list = text_begin(known, sizeof known);
    for (size_t i = 0; i < line->count && length > 2; i++)
        if (strncmp(line->places[i].row->name, text + 2, length - 2) == 0 &&
            !line->places[i].row->hidden) {
            text_add_item(&list, " ", "'--%s'", line->places[i].row->name);
            matches++;
        }
    if (place && key == ':')
        fault_set(fault, "option '%s%s' requires an argument", length ? "--" : "-",
                  length ? place->row->name : (char[]){(char)optopt, '\0'});
    else if (place && length)
        fault_set(fault, "option '--%s' doesn't allow an argument", place->row->name);
    else if (matches > 1)
        fault_set(fault, "option '%s' is ambiguous; possibilities: %s", text, known);
    else if (length)
        fault_set(fault, "unrecognized option '%s'", text);
    else
        fault_set(fault, "invalid option -- '%c'", optopt);
    return OPTIONS_WRONG;
}

/* Is the next word read with this option's first one? */
static bool takes_next(const struct option_row *row, const char *text, const char *next)
{
    if (row->kind == OPTION_PAIR)
        return next && text && !strpbrk(text, "xX,");
    return row->bare && next && !text && (next[0] != '-' || !next[1]);
}

static enum options_end take_option(const struct place *place, const char *text, const char *next,
                                    struct fault *fault)
{
    if (!place->table_target)
        return place->row->name == HELP    ? OPTIONS_HELP
               : place->row->name == USAGE ? OPTIONS_USAGE
                                           : OPTIONS_VERSION;
    struct fault why = {0};
    const struct option_row *row = place->row;
    if (!text)
        text = row->bare;
    if ((!row->allow || row->allow(row, place->table_target, text, &why)) &&
        take_value(place, text, next, &why))
        return OPTIONS_READ;
    if (!why.text[0])
        return OPTIONS_NO_MEMORY;
    fault_set(fault, "--%s: %s", row->name, why.text);
    return OPTIONS_WRONG;
}

/* What getopt_long has found, with the next word where it belongs to it. */
static enum options_end take_found(const struct place *place, int argc, char **argv,
                                   struct fault *fault)
{
    const char *text = optarg, *next = optind < argc ? argv[optind] : NULL;
    if (takes_next(place->row, text, next)) {
        optind++;
        if (!text)
            text = next;
    } else {
        next = NULL;
    }
    return take_option(place, text, next, fault);
}

static bool has_file(const struct line *line)
{
    for (size_t i = 0; i < line->count; i++)
        if (line->places[i].row->kind == OPTION_FILE)
            return true;
    return false;
}

/* What is in files comes first, wherever they are named. What else is wrong shows later.
 * getopt_long puts arguments behind options as it goes, and so a copy of them is looked through. */
static enum options_end take_files(const struct line *line, int argc, char *const *argv,
                                   struct fault *fault)
{
    if (!has_file(line))
        return OPTIONS_READ;
    enum options_end end = OPTIONS_READ;
    char **copy = calloc((size_t)argc + 1, sizeof *copy);
    if (!copy)
        return OPTIONS_NO_MEMORY;
    memcpy(copy, argv, (size_t)argc * sizeof *copy);
    optind = 0;
    opterr = 0;
    while (end == OPTIONS_READ) {
        int key = getopt_long(argc, copy, line->letters, line->long_options, NULL);
        if (key < 0)
            break;
        const struct place *place = key == '?' || key == ':' ? NULL : place_of(line, key);
        if (place && place->row->kind == OPTION_FILE)
            end = take_file(line, place, optarg, fault);
    }
    free(copy);
    return end;
}

enum options_end options_read(const struct option_command *command,
                              const struct option_table *tables, int argc, char **argv,
                              char ***arguments, struct fault *fault)
{
    struct line line;
    enum options_end end = make_line(&line, command, tables) ? OPTIONS_READ : OPTIONS_NO_MEMORY;
    if (end == OPTIONS_READ)
        end = take_files(&line, argc, argv, fault);
    optind = 0; /* begin anew */
    opterr = 0;
    while (end == OPTIONS_READ) {
        int key = getopt_long(argc, argv, line.letters, line.long_options, NULL);
        if (key < 0)
            break;
        const char *text = argv[optind > 0 ? optind - 1 : 0];
        if (key == '?' && optopt == '?')
            end = OPTIONS_HELP;
        else if (key == '?' || key == ':')
            end = refuse(&line, key, text, fault);
        else
            end = take_found(place_of(&line, key), argc, argv, fault);
    }
    *arguments = argv + optind;
    free_line(&line);
    return end;
}

bool options_refuse(const struct option_row *row, void *target, const char *text,
                    struct fault *fault)
{
    (void)target, (void)text;
    return fault_set(fault, "%s", row->help);
}

bool options_print_alone(const char *file)
{
    return file && strcmp(file, "-") == 0;
}

char *options_folder(char *const *arguments, const char *memory_dir)
{
    if (arguments[0] && (arguments[1] || memory_dir))
        options_error("'%s': expected one folder, as an argument or by --memory-dir",
                      arguments[1] ? arguments[1] : arguments[0]);
    return arguments[0];
}

void options_expect_no_arguments(char *const *arguments)
{
    if (*arguments)
        options_error("'%s': expected options only", *arguments);
}

_Noreturn void options_error(const char *format, ...)
{
    const char *name = program_invocation_short_name;
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s: ", name);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\nTry '%s --help' or '%s --usage' for more information.\n", name, name);
    exit(EXIT_USAGE);
}

void options_answer_install(const struct option_command *command, const struct option_table *tables,
                            int argc, char *const *argv)
{
    static const char *const shells[] = {
        [OPTIONS_BASH] = "bash", [OPTIONS_ZSH] = "zsh", [OPTIONS_FISH] = "fish"};
    const char *name = program_invocation_short_name;
    if (argc == 2 && strcmp(argv[1], "--man-page") == 0) {
        options_print_man_page(stdout, command, tables, name);
        exit(EXIT_DONE);
    }
    for (int i = OPTIONS_BASH; i <= OPTIONS_FISH; i++)
        if (argc == 3 && strcmp(argv[1], "--completion") == 0 && strcmp(argv[2], shells[i]) == 0) {
            options_print_completion(stdout, command, tables, name, (enum options_shell)i);
            exit(EXIT_DONE);
        }
}

char **options_parse(const struct option_command *command, const struct option_table *tables,
                     int argc, char **argv, size_t *argument_count)
{
    const char *name = program_invocation_short_name;
    char **arguments;
    struct fault fault = {0};
    options_answer_install(command, tables, argc, argv);
    switch (options_read(command, tables, argc, argv, &arguments, &fault)) {
    case OPTIONS_READ:
        break;
    case OPTIONS_WRONG:
        options_error("%s", fault.text);
    case OPTIONS_NO_MEMORY:
        errx(EXIT_FAILED, "out of memory for the command line");
    case OPTIONS_HELP:
        options_print_help(stdout, command, tables, name);
        exit(EXIT_DONE); /* which tells an error of writing: standard_output.h */
    case OPTIONS_USAGE:
        options_print_usage(stdout, command, tables, name);
        exit(EXIT_DONE);
    case OPTIONS_VERSION:
        printf("%s (gmtrace) %s\n", name, GMTRACE_VERSION);
        exit(EXIT_DONE);
    }
    *argument_count = (size_t)(argv + argc - arguments);
    return arguments;
}
