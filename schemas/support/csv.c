#include "schemas/support/csv.h"

#include <stdbool.h>
#include <string.h>

void csv_put_quoted(FILE *stream, const char *text)
{
    putc('"', stream);
    for (; *text; text++) {
        if (*text == '"')
            putc('"', stream);
        putc(*text, stream);
    }
    putc('"', stream);
}

void csv_put_text(FILE *stream, const char *text)
{
    if (strpbrk(text, ",\"\r\n"))
        csv_put_quoted(stream, text);
    else
        fputs(text, stream);
}

/* Takes one field, and gives what is behind its comma; NULL at the line's end. */
static char *take_field(char *at, char **field)
{
    char *start = at, *end = at; /* of what is kept, which is never longer than what was read */
    bool quoted = false;
    for (; *at && (quoted || *at != ','); at++) {
        if (*at != '"' || (!quoted && at > start))
            *end++ = *at;
        else if (quoted && at[1] == '"')
            *end++ = *at++;
        else
            quoted = !quoted;
    }
    char *behind = *at ? at + 1 : NULL;
    *end = '\0';
    *field = start;
    return behind;
}

size_t csv_split(char *line, char **fields, size_t most)
{
    size_t count = 0;
    line[strcspn(line, "\r\n")] = '\0';
    while (line && count < most)
        line = take_field(line, &fields[count++]);
    return count;
}
