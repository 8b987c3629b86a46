/* Completion for shells, by an option's row: what COMMAND --completion bash|zsh|fish prints, and
 * `make install` puts in its place. */
#include "schemas/support/options.h"

#include "schemas/support/command_list.h"
#include "schemas/support/text.h"

#include <ctype.h>
#include <string.h>

enum { WORDS = 512 };

/* ---- what an option's value may be ---- */

enum value { VALUE_NONE, VALUE_WORDS, VALUE_FOLDER, VALUE_FILE, VALUE_OTHER };

/* Between '|', those in small letters are words; the others stand for something. KEY=best|worst is
 * no list of words. */
static void add_argument_words(struct text *words, const char *argument)
{
    for (const char *at = strchr(argument, '=') ? "" : argument; *at; at += *at == '|') {
        size_t length = strcspn(at, "|");
        bool word = length > 0;
        for (size_t i = 0; i < length; i++)
            word = word && (islower((unsigned char)at[i]) || isdigit((unsigned char)at[i]));
        if (word)
            text_add_item(words, " ", "%.*s", (int)length, at);
        at += length;
    }
}

static enum value value_of(const struct option_row *row, char words[WORDS])
{
    struct text list = text_begin(words, WORDS);
    *words = '\0';
    for (size_t i = 0; row->words && row->words[i]; i++)
        text_add_item(&list, " ", "%s", row->words[i]);
    if (!row->words && row->argument)
        add_argument_words(&list, row->argument);
    if (row->kind == OPTION_FLAG)
        return VALUE_NONE;
    if (*words)
        return VALUE_WORDS;
    if (!row->argument)
        return VALUE_OTHER;
    if (strcmp(row->argument, "DIR") == 0)
        return VALUE_FOLDER;
    return strstr(row->argument, "FILE") || strncmp(row->argument, "BASE", 4) == 0 ? VALUE_FILE
                                                                                   : VALUE_OTHER;
}

/* What stands behind the options. */
static enum value arguments_of(const struct option_command *command)
{
    const char *text = command->arguments;
    bool files = strstr(text, "FILE") || strstr(text, "LOG") || command->runs_command;
    return files ? VALUE_FILE : *text ? VALUE_FOLDER : VALUE_NONE;
}

typedef void (*row_fn)(FILE *stream, const struct option_row *row, const char *name);

static void for_each_row(FILE *stream, const struct option_table *tables, const char *name,
                         row_fn put)
{
    for (bool own = true; own; tables++) {
        own = tables->rows != NULL;
        for (const struct option_row *row = own ? tables->rows : OPTIONS_OF_ALL;
             row->name || row->help; row++)
            if (row->kind != OPTION_HEADING && !row->hidden)
                put(stream, row, name);
    }
}

/* ---- bash ---- */

static void put_bash_value(FILE *stream, const struct option_row *row, const char *name)
{
    char words[WORDS];
    enum value value = value_of(row, words);
    (void)name;
    if (value == VALUE_NONE)
        return;
    fprintf(stream, "    --%s", row->name);
    if (row->letter)
        fprintf(stream, "|-%c", row->letter);
    fputs(") ", stream);
    if (value == VALUE_WORDS)
        fprintf(stream, "COMPREPLY=($(compgen -W '%s' -- \"$word\")); ", words);
    else if (value != VALUE_OTHER)
        fprintf(stream, "_gmtrace_files %s; ", value == VALUE_FOLDER ? "-d" : "-f");
    fputs("return ;;\n", stream);
}

static void put_bash_name(FILE *stream, const struct option_row *row, const char *name)
{
    (void)name;
    fprintf(stream, " --%s%s", row->name, row->kind == OPTION_FLAG || row->bare ? "" : "=");
}

/* `gmtrace heatmap ...` is completed as visualize_heatmap is. */
static void put_bash_front_door(FILE *stream)
{
    fputs("    if ((COMP_CWORD > 1)); then\n        case ${COMP_WORDS[1]} in\n", stream);
    for (const struct command_entry *entry = COMMAND_LIST; entry->word; entry++)
        fprintf(stream,
                "        %s|%s) COMP_WORDS=(\"${COMP_WORDS[@]:1}\"); ((COMP_CWORD--)); "
                "_gmtrace_%s; return ;;\n",
                entry->word, entry->name, entry->name);
    fputs("        esac\n    fi\n    COMPREPLY=($(compgen -W 'help", stream);
    for (const struct command_entry *entry = COMMAND_LIST; entry->word; entry++)
        fprintf(stream, " %s", entry->word);
    fputs("' -- \"$word\"))\n    [[ $word == -* ]] || return\n", stream);
}

static void put_bash(FILE *stream, const struct option_command *command,
                     const struct option_table *tables, const char *name)
{
    fprintf(
        stream,
        "_gmtrace_files() {\n"
        "    COMPREPLY=($(compgen \"$1\" -- \"$word\"))\n"
        "    compopt -o filenames 2>/dev/null\n"
        "}\n"
        "_gmtrace_%s() {\n"
        "    local IFS=$' \\n' word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
        "    COMPREPLY=()\n"
        "    [[ $before == = ]] && before=${COMP_WORDS[COMP_CWORD-2]}\n"
        "    [[ $word == = ]] && word=\n",
        name);
    if (command->front_door)
        put_bash_front_door(stream);
    fputs("    case $before in\n", stream);
    for_each_row(stream, tables, name, put_bash_value);
    fputs("    esac\n    if [[ $word == -* ]]; then\n        COMPREPLY=($(compgen -W '", stream);
    for_each_row(stream, tables, name, put_bash_name);
    fputs("' -- \"$word\"))\n"
          "        [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null\n",
          stream);
    enum value value = arguments_of(command);
    if (value != VALUE_NONE)
        fprintf(stream, "    else\n        _gmtrace_files %s\n",
                value == VALUE_FOLDER ? "-d" : "-f");
    fprintf(stream, "    fi\n}\ncomplete -F _gmtrace_%s %s\n", name, name);
}

/* ---- zsh ---- */

/* Within '...' of the shell, and within [...] of _arguments. */
static void put_zsh_text(FILE *stream, const char *text)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\'", stream);
        else if (strchr("[]:\\", *text))
            putc('\\', stream);
        putc(*text, stream);
    }
}

static void put_zsh_action(FILE *stream, enum value value, const char *words)
{
    if (value == VALUE_WORDS)
        fprintf(stream, "(%s)", words);
    else if (value != VALUE_OTHER)
        fputs(value == VALUE_FOLDER ? "_files -/" : "_files", stream);
    else
        putc(' ', stream);
}

static void put_zsh_row(FILE *stream, const struct option_row *row, const char *name)
{
    char words[WORDS];
    enum value value = value_of(row, words);
    const char *equals = value == VALUE_NONE ? "" : row->bare ? "=-" : "=";
    (void)name;
    if (row->letter && row->letter != '?')
        fprintf(stream, " \\\n    '(-%c --%s)'{-%c%s,--%s%s}'[", row->letter, row->name,
                row->letter, value == VALUE_NONE ? "" : "+", row->name, equals);
    else
        fprintf(stream, " \\\n    '--%s%s[", row->name, equals);
    put_zsh_text(stream, row->help ? row->help : "");
    putc(']', stream);
    if (value != VALUE_NONE) {
        fprintf(stream, "%s", row->bare ? "::" : ":");
        put_zsh_text(stream, row->argument ? row->argument : row->name);
        putc(':', stream);
        put_zsh_action(stream, value, words);
    }
    putc('\'', stream);
}

static void put_zsh_front_door(FILE *stream)
{
    fputs("local -a commands=(help", stream);
    for (const struct command_entry *entry = COMMAND_LIST; entry->word; entry++) {
        fprintf(stream, " \\\n    '%s:", entry->word);
        put_zsh_text(stream, entry->summary);
        putc('\'', stream);
    }
    fputs(")\nif ((CURRENT == 2)) && [[ $PREFIX != -* ]]; then\n"
          "    _describe command commands\n    return\nfi\n"
          "shift words\n((CURRENT--))\ncase $words[1] in\n",
          stream);
    for (const struct command_entry *entry = COMMAND_LIST; entry->word; entry++)
        fprintf(stream, "%s|%s) words[1]=%s; _%s; return ;;\n", entry->word, entry->name,
                entry->name, entry->name);
    fputs("esac\n", stream);
}

static void put_zsh(FILE *stream, const struct option_command *command,
                    const struct option_table *tables, const char *name)
{
    enum value value = arguments_of(command);
    fprintf(stream, "#compdef %s\n", name);
    if (command->front_door)
        put_zsh_front_door(stream);
    fputs("_arguments -s -S", stream);
    for_each_row(stream, tables, name, put_zsh_row);
    if (command->runs_command)
        fputs(" \\\n    '*::command:_normal'", stream);
    else if (value != VALUE_NONE)
        fprintf(stream, " \\\n    '*:argument:%s'", value == VALUE_FOLDER ? "_files -/" : "_files");
    putc('\n', stream);
}

/* ---- fish ---- */

static void put_fish_text(FILE *stream, const char *text)
{
    putc('\'', stream);
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            putc('\\', stream);
        putc(*text, stream);
    }
    putc('\'', stream);
}

static void put_fish_row(FILE *stream, const struct option_row *row, const char *name)
{
    char words[WORDS];
    enum value value = value_of(row, words);
    fprintf(stream, "complete -c %s -l %s", name, row->name);
    if (row->letter && row->letter != '?')
        fprintf(stream, " -s %c", row->letter);
    switch (value) {
    case VALUE_NONE:
        break;
    case VALUE_WORDS:
        fprintf(stream, " -x -a '%s'", words);
        break;
    case VALUE_FOLDER:
        fputs(" -x -a '(__fish_complete_directories)'", stream);
        break;
    case VALUE_FILE:
        fputs(row->bare ? " -F" : " -r -F", stream);
        break;
    case VALUE_OTHER:
        fputs(" -x", stream);
        break;
    }
    fputs(" -d ", stream);
    put_fish_text(stream, row->help ? row->help : "");
    putc('\n', stream);
}

static void put_fish_front_door(FILE *stream)
{
    fputs("function __gmtrace_line\n"
          "    set -l words (commandline -opc)\n"
          "    set -e words[1..2]\n"
          "    echo $argv[1] (string escape -- $words) (commandline -ct)\n"
          "end\n"
          "complete -c gmtrace -n __fish_use_subcommand -f -a help\n",
          stream);
    for (const struct command_entry *entry = COMMAND_LIST; entry->word; entry++) {
        fprintf(stream, "complete -c gmtrace -n __fish_use_subcommand -f -a %s -d ", entry->word);
        put_fish_text(stream, entry->summary);
        fprintf(stream,
                "\ncomplete -c gmtrace -n '__fish_seen_subcommand_from %s %s' -f -a '(complete -C "
                "(__gmtrace_line %s | string join \" \"))'\n",
                entry->word, entry->name, entry->name);
    }
}

static void put_fish(FILE *stream, const struct option_command *command,
                     const struct option_table *tables, const char *name)
{
    if (command->front_door) {
        put_fish_front_door(stream);
        return;
    }
    enum value value = arguments_of(command);
    if (command->runs_command)
        fprintf(stream, "complete -c %s -x -a '(__fish_complete_subcommand)'\n", name);
    else if (value != VALUE_FILE)
        fprintf(stream, "complete -c %s -f%s\n", name,
                value == VALUE_FOLDER ? " -a '(__fish_complete_directories)'" : "");
    for_each_row(stream, tables, name, put_fish_row);
}

void options_print_completion(FILE *stream, const struct option_command *command,
                              const struct option_table *tables, const char *name,
                              enum options_shell shell)
{
    static void (*const put[])(FILE *, const struct option_command *, const struct option_table *,
                               const char *) = {
        [OPTIONS_BASH] = put_bash, [OPTIONS_ZSH] = put_zsh, [OPTIONS_FISH] = put_fish};
    put[shell](stream, command, tables, name);
}
