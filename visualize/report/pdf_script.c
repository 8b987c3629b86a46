#include "visualize/report/pdf_script.h"

#include "visualize/figure/bundle.h"
#include "visualize/figure/figure.h"
#include "visualize/figure/text.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const double DPI = 600; /* of text that is drawn */

/* libharu's names, and iconv's of the same. */
static const struct {
    const char *name, *charset;
} ENCODINGS[PDF_ENCODINGS] = {{"WinAnsiEncoding", "CP1252"}, {"CP1250", "CP1250"},
                              {"CP1251", "CP1251"},          {"CP1253", "CP1253"},
                              {"CP1254", "CP1254"},          {"CP1257", "CP1257"}};
enum { DRAWN = PDF_ENCODINGS };

char *pdf_script_clean(const char *text)
{
    char *clean = malloc(strlen(text) + 1), *to = clean;
    while (clean && *text) {
        gunichar character = g_utf8_get_char_validated(text, -1);
        bool whole = character < 0x110000; /* neither an error nor the end of a cut sequence */
        size_t length = whole ? (size_t)g_unichar_to_utf8(character, NULL) : 1;
        bool printable = whole && g_unichar_isdefined(character) && !g_unichar_iscntrl(character);
        if (printable)
            memcpy(to, text, length);
        else
            *to = '?';
        to += printable ? length : 1;
        text += length;
    }
    if (clean)
        *to = '\0';
    return clean;
}

/* ---- fonts ---- */

/* libharu embeds TrueType; what TeX Gyre comes as (CFF), it does not take. */
static FcPattern *find_font(const char *style)
{
    bundle_use();
    FcPattern *wanted = FcPatternBuild(NULL, FC_FAMILY, FcTypeString, "Liberation Serif", FC_FAMILY,
                                       FcTypeString, "DejaVu Serif", FC_STYLE, FcTypeString, style,
                                       FC_FONTFORMAT, FcTypeString, "TrueType", (char *)NULL);
    if (!wanted)
        return NULL;
    FcConfigSubstitute(NULL, wanted, FcMatchPattern);
    FcDefaultSubstitute(wanted);
    FcResult result;
    FcPattern *match = FcFontMatch(NULL, wanted, &result);
    FcPatternDestroy(wanted);
    return match;
}

static bool load_face(struct pdf_face *face, HPDF_Doc pdf, const char *style)
{
    FcPattern *match = find_font(style);
    FcChar8 *file = NULL;
    FcCharSet *glyphs = NULL;
    bool found = match && FcPatternGetString(match, FC_FILE, 0, &file) == FcResultMatch &&
                 FcPatternGetCharSet(match, FC_CHARSET, 0, &glyphs) == FcResultMatch;
    const char *name = found ? HPDF_LoadTTFontFromFile(pdf, (const char *)file, HPDF_TRUE) : NULL;
    if (name) {
        face->name = strdup(name);
        face->glyphs = FcCharSetCopy(glyphs);
    }
    if (match)
        FcPatternDestroy(match);
    return face->name && face->glyphs;
}

static void fill_encodings(struct pdf_script *script)
{
    for (int encoding = 0; encoding < PDF_ENCODINGS; encoding++)
        for (int byte = 0x20; byte < PDF_ENCODED; byte++) {
            char letter = (char)byte;
            char *text =
                g_convert(&letter, 1, "UTF-8", ENCODINGS[encoding].charset, NULL, NULL, NULL);
            script->characters[encoding][byte] = text ? g_utf8_get_char(text) : 0;
            g_free(text);
        }
}

bool pdf_script_open(struct pdf_script *script, HPDF_Doc pdf, struct fault *fault)
{
    *script = (struct pdf_script){.pdf = pdf};
    cairo_surface_t *surface = cairo_recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, NULL);
    script->measure = cairo_create(surface);
    cairo_surface_destroy(surface);
    fill_encodings(script);
    return (load_face(&script->plain, pdf, "Regular") && load_face(&script->bold, pdf, "Bold")) ||
           fault_set(fault, "no TrueType font is found: install Liberation Serif "
                            "(fonts-liberation) or DejaVu Serif");
}

void pdf_script_close(struct pdf_script *script)
{
    struct pdf_face *faces[] = {&script->plain, &script->bold};
    for (int i = 0; i < 2; i++) {
        free(faces[i]->name);
        if (faces[i]->glyphs)
            FcCharSetDestroy(faces[i]->glyphs);
    }
    if (script->measure)
        cairo_destroy(script->measure);
    *script = (struct pdf_script){0};
}

/* ---- pieces: as many characters as one encoding has ---- */

struct piece {
    size_t length; /* bytes of the text */
    int encoding;  /* or DRAWN */
};

/* The character's byte; 0 where the encoding or the font does not have it. */
static int byte_of(const struct pdf_script *script, const struct pdf_face *face, int encoding,
                   gunichar character)
{
    if (!FcCharSetHasChar(face->glyphs, character))
        return 0;
    for (int byte = 0x20; byte < PDF_ENCODED; byte++)
        if (script->characters[encoding][byte] == character)
            return byte;
    return 0;
}

static int encoding_of(const struct pdf_script *script, const struct pdf_face *face,
                       gunichar character)
{
    for (int encoding = 0; encoding < PDF_ENCODINGS; encoding++)
        if (byte_of(script, face, encoding, character))
            return encoding;
    return DRAWN;
}

/* A blank between characters that are drawn is drawn with them: it may be read from right to left.
 */
static bool is_drawn(const struct pdf_script *script, const struct pdf_face *face, const char *at,
                     const char *end)
{
    const char *next = at + strspn(at, " ");
    return next < end && encoding_of(script, face, g_utf8_get_char(next)) == DRAWN;
}

static struct piece next_piece(const struct pdf_script *script, const struct pdf_face *face,
                               const char *text, size_t length)
{
    struct piece piece = {.encoding = encoding_of(script, face, g_utf8_get_char(text))};
    while (piece.length < length) {
        const char *at = text + piece.length;
        gunichar character = g_utf8_get_char(at);
        bool same = piece.encoding == DRAWN ? is_drawn(script, face, at, text + length)
                                            : byte_of(script, face, piece.encoding, character) != 0;
        if (!same)
            break;
        piece.length = (size_t)(g_utf8_next_char(at) - text);
    }
    return piece;
}

static HPDF_Font font_of(struct pdf_script *script, struct pdf_face *face, int encoding)
{
    if (!face->fonts[encoding])
        face->fonts[encoding] = HPDF_GetFont(script->pdf, face->name, ENCODINGS[encoding].name);
    return face->fonts[encoding];
}

enum { MOST_PIECE = 1024 };

/* The piece in its encoding; what is longer than any line is cut. */
static size_t encode(const struct pdf_script *script, const struct pdf_face *face, const char *text,
                     struct piece piece, char bytes[MOST_PIECE])
{
    size_t count = 0;
    for (const char *at = text; at < text + piece.length && count + 1 < MOST_PIECE;
         at = g_utf8_next_char(at)) {
        unsigned char byte =
            (unsigned char)byte_of(script, face, piece.encoding, g_utf8_get_char(at));
        memcpy(&bytes[count++], &byte, 1);
    }
    bytes[count] = '\0';
    return count;
}

/* ---- text that is drawn ---- */

static double drawn_width(struct pdf_script *script, const char *text,
                          const struct text_style *style)
{
    return text_measure(script->measure, text, style).width;
}

/* A surface's pixels as libharu takes them: one byte each, without gaps. NULL when out of memory.
 */
static HPDF_BYTE *grey_of(cairo_surface_t *surface, size_t width, size_t height)
{
    HPDF_BYTE *grey = malloc(width * height + 1);
    const unsigned char *rows = cairo_image_surface_get_data(surface);
    for (size_t y = 0; grey && y < height; y++) {
        const unsigned char *row = rows + (size_t)cairo_image_surface_get_stride(surface) * y;
        for (size_t x = 0; x < width; x++) {
            uint32_t pixel;
            memcpy(&pixel, row + sizeof pixel * x, sizeof pixel);
            grey[y * width + x] = (HPDF_BYTE)(pixel & 0xFF); /* black on white: all are alike */
        }
    }
    return grey;
}

static void put_drawn(struct pdf_script *script, HPDF_Page page, const struct text_style *style,
                      double left, double base, const char *text)
{
    struct text_extent extent = text_measure(script->measure, text, style);
    double height = extent.height, scale = DPI / FIGURE_POINTS_PER_INCH;
    int columns = (int)ceil((extent.width + 1) * scale), rows = (int)ceil(height * scale);
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, columns, rows);
    cairo_t *cairo = cairo_create(surface);
    cairo_scale(cairo, scale, scale);
    cairo_set_source_rgb(cairo, 1, 1, 1);
    cairo_paint(cairo);
    text_draw(cairo, 0, 0, 0, 0, text, style);
    cairo_surface_flush(surface);
    bool drawn = cairo_status(cairo) == CAIRO_STATUS_SUCCESS;
    cairo_destroy(cairo);
    HPDF_BYTE *grey = drawn ? grey_of(surface, (size_t)columns, (size_t)rows) : NULL;
    HPDF_Image image = grey ? HPDF_LoadRawImageFromMem(script->pdf, grey, (HPDF_UINT)columns,
                                                       (HPDF_UINT)rows, HPDF_CS_DEVICE_GRAY, 8)
                            : NULL;
    if (image)
        HPDF_Page_DrawImage(page, image, (float)left,
                            (float)(base - height + text_baseline(script->measure, text, style)),
                            (float)(columns / scale), (float)(rows / scale));
    script->failed |= !grey || !image;
    free(grey);
    cairo_surface_destroy(surface);
}

/* ---- lines ---- */

/* Measures a text, or puts it on a page (NULL: only measures it); returns its width. */
static double go_through(struct pdf_script *script, HPDF_Page page, bool bold, double size,
                         double left, double base, const char *text, size_t length)
{
    struct pdf_face *face = bold ? &script->bold : &script->plain;
    const struct text_style style = {.size_pt = size, .bold = bold};
    double width = 0;
    for (size_t at = 0; at < length;) {
        struct piece piece = next_piece(script, face, text + at, length - at);
        char bytes[MOST_PIECE];
        if (piece.encoding == DRAWN) {
            char *words = strndup(text + at, piece.length);
            if (words && page)
                put_drawn(script, page, &style, left + width, base, words);
            width += words ? drawn_width(script, words, &style) : 0;
            script->failed |= !words;
            free(words);
        } else {
            HPDF_Font font = font_of(script, face, piece.encoding);
            size_t count = encode(script, face, text + at, piece, bytes);
            if (page && font) {
                HPDF_Page_SetFontAndSize(page, font, (float)size);
                HPDF_Page_BeginText(page);
                HPDF_Page_TextOut(page, (float)(left + width), (float)base, bytes);
                HPDF_Page_EndText(page);
            }
            HPDF_TextWidth measured =
                HPDF_Font_TextWidth(font, (const HPDF_BYTE *)bytes, (HPDF_UINT)count);
            width += (double)measured.width * size / 1000;
        }
        at += piece.length;
    }
    return width;
}

double pdf_script_width(struct pdf_script *script, bool bold, double size, const char *text,
                        size_t length)
{
    return go_through(script, NULL, bold, size, 0, 0, text, length);
}

void pdf_script_put(struct pdf_script *script, HPDF_Page page, bool bold, double size, double left,
                    double base, const char *text, size_t length)
{
    go_through(script, page, bold, size, left, base, text, length);
}
