#include "visualize/figure/svg_image.h"

#include "schemas/support/array.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- texts ---- */

/* XML knows no control characters but these. */
static void put_escaped(FILE *stream, const char *text)
{
    for (const char *c = text; *c; c++)
        if (*c == '&')
            fputs("&amp;", stream);
        else if (*c == '<')
            fputs("&lt;", stream);
        else if (*c == '>')
            fputs("&gt;", stream);
        else if (*c == '"')
            fputs("&quot;", stream);
        else if ((unsigned char)*c < ' ' && *c != '\t' && *c != '\n')
            fputs("\xEF\xBF\xBD", stream);
        else
            fputc(*c, stream);
}

/* Where the family is not there, one of the same widths, and then one of the same kind. */
static const char *families_after(const char *family)
{
    static const char *const after[][2] = {
        {"TeX Gyre Termes", ", 'Times New Roman', Times, 'Liberation Serif', serif"},
        {"Liberation Serif", ", 'Times New Roman', Times, 'TeX Gyre Termes', serif"},
        {"TeX Gyre Heros", ", Helvetica, Arial, 'Liberation Sans', sans-serif"},
        {"Liberation Sans", ", Arial, Helvetica, 'TeX Gyre Heros', sans-serif"},
    };
    for (size_t i = 0; i < sizeof after / sizeof *after; i++)
        if (strcmp(after[i][0], family) == 0)
            return after[i][1];
    return strcasestr(family, "sans") ? ", sans-serif" : ", serif";
}

void svg_image_put_text(FILE *texts, const struct svg_text *text)
{
    static const char *const anchors[] = {"start", "middle", "end"};
    const double *m = text->matrix;
    fprintf(texts, "<text transform=\"matrix(%.6g %.6g %.6g %.6g %.6g %.6g)\" font-family=\"'",
            m[0], m[1], m[2], m[3], m[4], m[5]);
    put_escaped(texts, text->family);
    fprintf(texts, "'%s\" font-size=\"%g\"%s text-anchor=\"%s\" fill=\"#%02x%02x%02x\">",
            families_after(text->family), text->size, text->bold ? " font-weight=\"bold\"" : "",
            anchors[lround(text->align * 2)], (unsigned)lround(text->red * 255),
            (unsigned)lround(text->green * 255), (unsigned)lround(text->blue * 255));
    put_escaped(texts, text->text);
    fputs("</text>\n", texts);
}

/* ---- the names of elements ---- */

static const char NAME_LETTERS[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

struct name {
    const char *text; /* in what cairo made */
    size_t length;
};

struct names {
    struct name *list;
    size_t count;
};

static size_t find(const struct names *names, const char *text, size_t length)
{
    size_t i = 0;
    while (i < names->count &&
           (names->list[i].length != length || strncmp(names->list[i].text, text, length) != 0))
        i++;
    return i;
}

static const char ID[] = " id=\"";

static bool collect(struct names *names, const char *made)
{
    for (const char *at = made; (at = strstr(at, ID)); at++) {
        const char *text = at + strlen(ID);
        struct name *name = ARRAY_ADD(names->list, names->count);
        if (!name)
            return false;
        *name = (struct name){text, strspn(text, NAME_LETTERS)};
    }
    return true;
}

/* A name, or a reference to one, is behind id=" or #. */
static const char *name_begins(const char *at)
{
    if (*at == '#')
        return at + 1;
    return strncmp(at, ID, strlen(ID)) == 0 ? at + strlen(ID) : NULL;
}

static void put_renamed(FILE *stream, const struct names *names, const char *from, const char *end)
{
    for (const char *at = from; at < end;) {
        const char *text = name_begins(at);
        size_t length = text ? strspn(text, NAME_LETTERS) : 0;
        size_t which = text ? find(names, text, length) : names->count;
        if (which == names->count) {
            fputc(*at++, stream);
            continue;
        }
        fwrite(at, 1, (size_t)(text - at), stream);
        fprintf(stream, "e%zu", which + 1);
        at = text + length;
    }
}

bool svg_image_write(const char *made, const char *texts, const char *title, FILE *stream)
{
    struct names names = {0};
    bool collected = collect(&names, made);
    const char *root = strstr(made, "<svg"), *end = strrchr(made, '<');
    const char *content = root ? strchr(root, '>') : NULL;
    if (collected && content && end && end > content) {
        put_renamed(stream, &names, made, content + 1);
        if (title) {
            fputs("\n<title>", stream);
            put_escaped(stream, title);
            fputs("</title>", stream);
        }
        put_renamed(stream, &names, content + 1, end);
        fputs(texts, stream);
        fputs(end, stream);
    }
    free(names.list);
    return collected;
}
