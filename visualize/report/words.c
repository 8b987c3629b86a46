#include "visualize/report/words.h"

#include <string.h>

void words_number(FILE *stream, size_t number)
{
    char digits[32];
    int length = snprintf(digits, sizeof digits, "%zu", number);
    for (int i = 0; i < length; i++) {
        fputc(digits[i], stream);
        if ((length - i) % 3 == 1 && i + 1 < length)
            fputc(',', stream);
    }
}

void words_counted(FILE *stream, size_t number, const char *thing)
{
    words_number(stream, number);
    fprintf(stream, " %s%s", thing, number == 1 ? "" : "s");
}
