#include "visualize/report/pdf_document.h"

#include "visualize/figure/bundle.h"

#include "schemas/support/output_file.h"

#include <fontconfig/fontconfig.h>
#include <stdlib.h>
#include <string.h>

static const double PAGE_WIDTH = 595, PAGE_HEIGHT = 842, MARGIN = 54, DPI = 300;

static const struct {
    double size, line;
    bool bold;
} STYLES[] = {
    [PDF_BODY] = {10, 13.5, false},  [PDF_SMALL] = {8.5, 11.5, false},
    [PDF_STRONG] = {10, 13.5, true}, [PDF_HEADING] = {14, 20, true},
    [PDF_TITLE] = {22, 30, true},
};

/* libharu's UTF-8 fonts have character maps that readers complain of; this encoding has none. */
static const char ENCODING[] = "WinAnsiEncoding";

/* One character of UTF-8 in this encoding; what it does not have, what is no UTF-8 and what is a
 * control character becomes a question mark. Returns behind it. */
static const unsigned char *take_character(const unsigned char *at, unsigned char *letter)
{
    *letter = '?';
    if (*at >= 0x20 && *at < 0x7F)
        *letter = *at;
    else if (*at == 0xC2 && at[1] >= 0xA0 && at[1] < 0xC0)
        *letter = at[1];
    else if (*at == 0xC3 && at[1] >= 0x80 && at[1] < 0xC0)
        *letter = (unsigned char)(at[1] + 0x40);
    bool begins = *at++ >= 0xC2;
    while (begins && (*at & 0xC0) == 0x80)
        at++; /* one mark for one character */
    return at;
}

static char *clean(struct pdf_document *document, const char *text)
{
    char *plain = malloc(strlen(text) + 1), *to = plain;
    for (const unsigned char *at = (const unsigned char *)text; plain && *at;) {
        unsigned char letter;
        at = take_character(at, &letter);
        memcpy(to++, &letter, 1);
    }
    if (plain)
        *to = '\0';
    else
        fault_set(&document->fault, "out of memory");
    return plain;
}

/* ---- fonts ---- */

/* libharu embeds TrueType; what TeX Gyre comes as (CFF), it does not take. */
static char *font_file(const char *style)
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
    FcChar8 *file = NULL;
    char *path = NULL;
    if (match && FcPatternGetString(match, FC_FILE, 0, &file) == FcResultMatch)
        path = strdup((const char *)file);
    if (match)
        FcPatternDestroy(match);
    FcPatternDestroy(wanted);
    return path;
}

static HPDF_Font load_font(HPDF_Doc pdf, const char *style)
{
    char *path = font_file(style);
    const char *name = path ? HPDF_LoadTTFontFromFile(pdf, path, HPDF_TRUE) : NULL;
    free(path);
    return name ? HPDF_GetFont(pdf, name, ENCODING) : NULL;
}

bool pdf_open(struct pdf_document *document, const char *title, struct fault *fault)
{
    *document = (struct pdf_document){.pdf = HPDF_New(NULL, NULL), .title = title};
    if (!document->pdf)
        return fault_set(fault, "out of memory for a PDF");
    HPDF_SetCompressionMode(document->pdf, HPDF_COMP_ALL);
    char *plain_title = clean(document, title);
    HPDF_SetInfoAttr(document->pdf, HPDF_INFO_TITLE, plain_title ? plain_title : "");
    free(plain_title);
    HPDF_SetInfoAttr(document->pdf, HPDF_INFO_CREATOR, "gmtrace " GMTRACE_VERSION);
    HPDF_SetPageMode(document->pdf, HPDF_PAGE_MODE_USE_OUTLINE);
    document->plain = load_font(document->pdf, "Regular");
    document->bold = load_font(document->pdf, "Bold");
    if (document->plain && document->bold)
        return true;
    pdf_close(document);
    return fault_set(fault, "no TrueType font is found: install Liberation Serif "
                            "(fonts-liberation) or DejaVu Serif");
}

void pdf_close(struct pdf_document *document)
{
    if (document->pdf)
        HPDF_Free(document->pdf);
    *document = (struct pdf_document){0};
}

/* ---- pages ---- */

double pdf_width(void)
{
    return PAGE_WIDTH - 2 * MARGIN;
}

double pdf_left(void)
{
    return MARGIN;
}

double pdf_line_height(enum pdf_style style)
{
    return STYLES[style].line;
}

HPDF_Outline pdf_page(struct pdf_document *document, const char *bookmark, HPDF_Outline parent)
{
    document->page = HPDF_AddPage(document->pdf);
    HPDF_Page_SetWidth(document->page, (float)PAGE_WIDTH);
    HPDF_Page_SetHeight(document->page, (float)PAGE_HEIGHT);
    document->top = PAGE_HEIGHT - MARGIN;
    if (!bookmark)
        return NULL;
    char *text = clean(document, bookmark);
    HPDF_Outline outline = HPDF_CreateOutline(document->pdf, parent, text ? text : "",
                                              HPDF_GetEncoder(document->pdf, ENCODING));
    free(text);
    if (outline)
        HPDF_Outline_SetDestination(outline, HPDF_Page_CreateDestination(document->page));
    return outline;
}

bool pdf_want(struct pdf_document *document, double height)
{
    if (document->top - height >= MARGIN)
        return false;
    pdf_page(document, NULL, NULL);
    return true;
}

void pdf_skip(struct pdf_document *document, double height)
{
    document->top -= height;
}

/* ---- text ---- */

static void set_font(struct pdf_document *document, enum pdf_style style)
{
    HPDF_Page_SetFontAndSize(document->page, STYLES[style].bold ? document->bold : document->plain,
                             (float)STYLES[style].size);
}

static void put_line(struct pdf_document *document, double left, double base, const char *text)
{
    HPDF_Page_BeginText(document->page);
    HPDF_Page_TextOut(document->page, (float)left, (float)base, text);
    HPDF_Page_EndText(document->page);
}

/* How many bytes of the text fit, up to a word's end; at least one word. */
static size_t fitting(struct pdf_document *document, const char *text, double width)
{
    char line[1024];
    size_t best = 0;
    for (size_t end = 0; text[end];) {
        end += strcspn(text + end, " ");
        if (end >= sizeof line)
            break;
        memcpy(line, text, end);
        line[end] = '\0';
        if (best > 0 && HPDF_Page_TextWidth(document->page, line) > (float)width)
            break;
        best = end;
        end += strspn(text + end, " ");
    }
    return best > 0 ? best : strlen(text);
}

void pdf_text(struct pdf_document *document, enum pdf_style style, const char *text)
{
    char *copy = clean(document, text);
    if (!copy)
        return;
    for (char *at = copy + strspn(copy, " "); *at;) {
        pdf_want(document, STYLES[style].line);
        set_font(document, style);
        size_t length = fitting(document, at, pdf_width());
        char kept = at[length];
        at[length] = '\0';
        put_line(document, MARGIN, document->top - STYLES[style].size, at);
        at[length] = kept;
        at += length + strspn(at + length, " ");
        document->top -= STYLES[style].line;
    }
    free(copy);
}

void pdf_cell(struct pdf_document *document, enum pdf_style style, double left, double width,
              bool to_the_right, const char *text)
{
    char *copy = clean(document, text);
    if (!copy)
        return;
    set_font(document, style);
    size_t length = strlen(copy);
    double used = HPDF_Page_TextWidth(document->page, copy);
    while (used > width && length > 4) { /* "a long na..." */
        length--;
        memcpy(copy + length - 3, "...", 4);
        used = HPDF_Page_TextWidth(document->page, copy);
    }
    put_line(document, MARGIN + left + (to_the_right ? width - used : 0),
             document->top - STYLES[style].size, copy);
    free(copy);
}

size_t pdf_cell_lines(struct pdf_document *document, enum pdf_style style, double left,
                      double width, const char *text, bool drawn)
{
    char *copy = clean(document, text);
    size_t lines = 0;
    if (!copy)
        return 1;
    set_font(document, style);
    for (char *at = copy + strspn(copy, " "); *at; lines++) {
        size_t length = fitting(document, at, width);
        char kept = at[length];
        at[length] = '\0';
        if (drawn)
            pdf_cell(document, style, left, width, false, at);
        at[length] = kept;
        at += length + strspn(at + length, " ");
        if (drawn)
            document->top -= STYLES[style].line;
    }
    if (drawn)
        document->top += (double)lines * STYLES[style].line;
    free(copy);
    return lines > 0 ? lines : 1;
}

void pdf_end_line(struct pdf_document *document, enum pdf_style style)
{
    document->top -= STYLES[style].line;
}

void pdf_rule(struct pdf_document *document)
{
    float y = (float)(document->top + 1);
    HPDF_Page_SetLineWidth(document->page, 0.5F);
    HPDF_Page_MoveTo(document->page, (float)MARGIN, y);
    HPDF_Page_LineTo(document->page, (float)(MARGIN + pdf_width()), y);
    HPDF_Page_Stroke(document->page);
    document->top -= 3;
}

/* ---- figures and links ---- */

void pdf_figure(struct pdf_document *document, struct figure *figure)
{
    char *bytes = NULL;
    size_t length;
    FILE *stream = open_memstream(&bytes, &length);
    if (!stream) {
        fault_set(&document->fault, "out of memory");
        return;
    }
    figure->dpi = DPI;
    bool drawn = figure_render(figure, FIGURE_PNG, stream, &document->fault);
    if (fclose(stream) != 0)
        drawn = fault_set(&document->fault, "out of memory");
    if (!drawn) {
        free(bytes);
        return;
    }
    HPDF_Image image =
        HPDF_LoadPngImageFromMem(document->pdf, (const HPDF_BYTE *)bytes, (HPDF_UINT)length);
    free(bytes);
    double width = pdf_width();
    double height = width * figure->height_inch / figure->width_inch;
    pdf_want(document, height);
    if (image)
        HPDF_Page_DrawImage(document->page, image, (float)MARGIN, (float)(document->top - height),
                            (float)width, (float)height);
    document->top -= height;
}

void pdf_link(struct pdf_document *document, HPDF_Page from, double left, double width, double top,
              HPDF_Page to)
{
    (void)document;
    HPDF_Rect place = {(float)(MARGIN + left), (float)(top - STYLES[PDF_BODY].line),
                       (float)(MARGIN + left + width), (float)top};
    HPDF_Annotation link = HPDF_Page_CreateLinkAnnot(from, place, HPDF_Page_CreateDestination(to));
    if (link)
        HPDF_LinkAnnot_SetBorderStyle(link, 0, 0, 0);
}

/* ---- the file ---- */

static void number_pages(struct pdf_document *document, HPDF_UINT count)
{
    for (HPDF_UINT i = 0; i < count; i++) {
        char text[48];
        document->page = HPDF_GetPageByIndex(document->pdf, i);
        snprintf(text, sizeof text, "%u of %u", i + 1, count);
        document->top = MARGIN - 14;
        pdf_cell(document, PDF_SMALL, 0, pdf_width(), true, text);
        if (i > 0)
            pdf_cell(document, PDF_SMALL, 0, pdf_width() * 0.8, false, document->title);
    }
}

static HPDF_UINT count_pages(HPDF_Doc pdf)
{
    HPDF_UINT count = 0;
    while (HPDF_GetPageByIndex(pdf, count))
        count++;
    HPDF_ResetError(pdf); /* asking past the last one counts as an error */
    return count;
}

bool pdf_write(struct pdf_document *document, const char *path, struct fault *fault)
{
    HPDF_STATUS status = HPDF_GetError(document->pdf);
    if (status == HPDF_OK && !document->fault.text[0]) {
        number_pages(document, count_pages(document->pdf));
        HPDF_SaveToStream(document->pdf);
        status = HPDF_GetError(document->pdf);
    }
    if (document->fault.text[0])
        return fault_set(fault, "%s: %s", path, document->fault.text);
    if (status != HPDF_OK)
        return fault_set(fault, "%s: cannot be drawn (libharu: 0x%lX)", path,
                         (unsigned long)status);
    struct output_file file;
    if (!output_file_open(&file, path, fault))
        return false;
    HPDF_BYTE bytes[1 << 14];
    HPDF_UINT32 length = sizeof bytes;
    HPDF_ResetStream(document->pdf);
    while (HPDF_ReadFromStream(document->pdf, bytes, &length), length > 0) {
        fwrite(bytes, 1, length, file.stream);
        length = sizeof bytes;
    }
    return output_file_commit(&file, fault);
}
