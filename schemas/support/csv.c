#include "schemas/support/csv.h"

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
