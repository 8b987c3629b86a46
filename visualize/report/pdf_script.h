/* Text of any script in a PDF: by an embedded TrueType font where that has the characters (Latin,
 * Greek, Cyrillic), so that it can be selected and searched; what it does not have is drawn with
 * the fonts that fontconfig finds, and put into the page as an image. libharu's UTF-8 fonts would
 * do it at once, but readers complain of their character maps. */
#ifndef VISUALIZE_REPORT_PDF_SCRIPT_H
#define VISUALIZE_REPORT_PDF_SCRIPT_H

#include "schemas/support/fault.h"

#include <cairo/cairo.h>
#include <fontconfig/fontconfig.h>
#include <glib.h>
#include <hpdf.h>
#include <stdbool.h>

/* Of one byte a character; the first is that of nearly all text. */
enum { PDF_ENCODINGS = 6, PDF_ENCODED = 256 };

struct pdf_face {
    char *name;                     /* libharu's; its own */
    FcCharSet *glyphs;              /* what the font's file has */
    HPDF_Font fonts[PDF_ENCODINGS]; /* in each encoding; NULL until it is used */
};

struct pdf_script {
    HPDF_Doc pdf;
    struct pdf_face plain, bold;
    gunichar characters[PDF_ENCODINGS][PDF_ENCODED]; /* of each byte; 0: none */
    cairo_t *measure;                                /* for what is drawn */
    bool failed;                                     /* out of memory: some text is missing */
};

/* UTF-8 of printable characters: what is neither becomes a question mark. In new memory; NULL when
 * out of memory. */
char *pdf_script_clean(const char *text);

/* Fails where no TrueType font is found. Close it in any case. */
bool pdf_script_open(struct pdf_script *script, HPDF_Doc pdf, struct fault *fault);
void pdf_script_close(struct pdf_script *script);

/* The width of the first `length` bytes of a clean text, points. */
double pdf_script_width(struct pdf_script *script, bool bold, double size, const char *text,
                        size_t length);

/* Puts them on a page, `left` and `base` from its lower left corner. */
void pdf_script_put(struct pdf_script *script, HPDF_Page page, bool bold, double size, double left,
                    double base, const char *text, size_t length);

#endif
