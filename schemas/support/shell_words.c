#include "schemas/support/shell_words.h"

#include "schemas/support/terminal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Copies one word without its quotes; returns behind it, NULL where a quote is not closed. */
static const char *take_word(const char *at, const char *separators, char *word)
{
    char quote = '\0';
    for (; *at && (quote || !strchr(separators, *at)); at++) {
        if (quote && *at == quote)
            quote = '\0';
        else if (!quote && (*at == '\'' || *at == '"'))
            quote = *at;
        else if (*at == '\\' && quote != '\'' && at[1])
            *word++ = *++at;
        else
            *word++ = *at;
    }
    *word = '\0';
    return quote ? NULL : at;
}

char **shell_words_split(const char *text, const char *separators, struct fault *fault)
{
    size_t most = strlen(text) / 2 + 2, count = 0;
    char **words = calloc(most, sizeof *words);
    char *word = malloc(strlen(text) + 1);
    if (!words || !word) {
        fault_set_errno(fault, ENOMEM, "'%s'", text);
        goto failed;
    }
    for (const char *at = text + strspn(text, separators); *at; at += strspn(at, separators)) {
        at = take_word(at, separators, word);
        if (!at) {
            fault_set(fault, "'%s': a quote is not closed", text);
            goto failed;
        }
        words[count] = strdup(word);
        if (!words[count++]) {
            fault_set_errno(fault, ENOMEM, "'%s'", text);
            goto failed;
        }
    }
    free(word);
    return words;

failed:
    free(word);
    shell_words_free(words);
    return NULL;
}

void shell_words_free(char **words)
{
    for (char **word = words; word && *word; word++)
        free(*word);
    free(words);
}

static bool needs_quotes(const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-+=./,:@%{}";
    return !*word || word[strspn(word, plain)] != '\0';
}

void shell_words_write(FILE *stream, const char *word)
{
    if (!needs_quotes(word)) {
        fputs(word, stream);
        return;
    }
    fputc('\'', stream);
    for (; *word; word++) {
        if (*word == '\'')
            fputs("'\\''", stream);
        else
            fputc(*word, stream);
    }
    fputc('\'', stream);
}

static bool has_control(const char *word)
{
    size_t length = strlen(word);
    for (size_t i = 0; i < length; i++)
        if (terminal_control((const unsigned char *)word + i, length - i))
            return true;
    return false;
}

void shell_words_show(FILE *stream, const char *word)
{
    if (!has_control(word)) {
        shell_words_write(stream, word);
        return;
    }
    fputs("$'", stream);
    for (; *word; word++) {
        char escape[TERMINAL_ESCAPE];
        size_t control = terminal_control((const unsigned char *)word, strlen(word));
        for (size_t i = 0; i < control; i++) {
            terminal_escape(escape, (unsigned char)word[i]);
            fwrite(escape, 1, sizeof escape, stream);
        }
        if (control > 1)
            word++;
        if (!control && (*word == '\'' || *word == '\\'))
            fputc('\\', stream);
        if (!control)
            fputc(*word, stream);
    }
    fputc('\'', stream);
}

void next_command_begin(const char *what, const char *command)
{
    printf("%s: %s", what, command);
}

void next_command_add(const char *option, const char *value)
{
    if (!value || !*value)
        return;
    printf(" %s ", option);
    shell_words_show(stdout, value);
}
