#include "visualize/report/html_text.h"

#include <string.h>

void html_text(FILE *stream, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&':
            fputs("&amp;", stream);
            break;
        case '<':
            fputs("&lt;", stream);
            break;
        case '>':
            fputs("&gt;", stream);
            break;
        case '"':
            fputs("&quot;", stream);
            break;
        case '\'':
            fputs("&#39;", stream);
            break;
        default:
            fputc((unsigned char)*text < 0x20 || *text == 0x7F ? '?' : *text, stream);
        }
    }
}

void html_script_json(FILE *stream, const char *json)
{
    for (; *json; json++) {
        if (*json == '<') /* only within strings can it be */
            fputs("\\u003c", stream);
        else
            fputc(*json, stream);
    }
}

void html_asset(FILE *stream, const char *text)
{
    const char *map = strstr(text, "//# sourceMappingURL=");
    if (!map)
        map = strstr(text, "/*# sourceMappingURL=");
    fwrite(text, 1, map ? (size_t)(map - text) : strlen(text), stream);
}
