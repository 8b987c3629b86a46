#include "visualize/report/words.h"

#include <string.h>

const char *words_figure(char text[WORDS_FIGURE], const char *format, double value)
{
    char plain[WORDS_FIGURE / 2];
    if (snprintf(plain, sizeof plain, format, value) >= (int)sizeof plain)
        snprintf(plain, sizeof plain, "%.6g", value); /* longer than any figure of a real run */
    size_t sign = strspn(plain, "+-"), digits = strspn(plain + sign, "0123456789"), used = sign;
    memcpy(text, plain, sign);
    for (size_t i = 0; i < digits; i++) {
        text[used++] = plain[sign + i];
        if ((digits - i) % 3 == 1 && i + 1 < digits)
            text[used++] = ',';
    }
    snprintf(text + used, WORDS_FIGURE - used, "%s", plain + sign + digits);
    return text;
}

void words_number(FILE *stream, size_t number)
{
    char text[WORDS_FIGURE];
    fputs(words_figure(text, "%.0f", (double)number), stream);
}

void words_counted(FILE *stream, size_t number, const char *thing)
{
    words_number(stream, number);
    fprintf(stream, " %s%s", thing, number == 1 ? "" : "s");
}
