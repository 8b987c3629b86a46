#include "visualize/report/pdf_document.h"

#include "schemas/support/output_file.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const double PAGE_WIDTH = 595, PAGE_HEIGHT = 842, MARGIN = 54, DPI = 600;

static const struct {
    double size, line;
    bool bold;
} STYLES[] = {
    [PDF_BODY] = {10, 13.5, false},  [PDF_SMALL] = {8.5, 11.5, false},
    [PDF_STRONG] = {10, 13.5, true}, [PDF_HEADING] = {14, 20, true},
    [PDF_TITLE] = {22, 30, true},
};

/* Metadata and bookmarks may be of any script: libharu writes them as UTF-16. */
static const char UNICODE[] = "UTF-8";

static char *clean(struct pdf_document *document, const char *text)
{
    char *copy = pdf_script_clean(text);
    if (!copy)
        fault_set(&document->fault, "out of memory");
    return copy;
}

/* ---- the document ---- */

static void set_information(struct pdf_document *document, HPDF_InfoType kind, const char *text)
{
    char *copy = clean(document, text);
    if (copy)
        HPDF_SetInfoAttr(document->pdf, kind, copy);
    free(copy);
}

/* Where there is no memory for one, the page before stays: libharu keeps the error, and nothing is
 * written. */
static void begin_page(struct pdf_document *document)
{
    HPDF_Page page = HPDF_AddPage(document->pdf);
    if (!page)
        return;
    document->page = page;
    HPDF_Page_SetWidth(document->page, (float)PAGE_WIDTH);
    HPDF_Page_SetHeight(document->page, (float)PAGE_HEIGHT);
    document->top = PAGE_HEIGHT - MARGIN;
}

bool pdf_open(struct pdf_document *document, const char *title, const char *subject,
              struct fault *fault)
{
    *document = (struct pdf_document){.pdf = HPDF_New(NULL, NULL), .title = title};
    if (!document->pdf)
        return fault_set(fault, "out of memory for a PDF");
    HPDF_SetCompressionMode(document->pdf, HPDF_COMP_ALL);
    HPDF_UseUTFEncodings(document->pdf);
    HPDF_SetCurrentEncoder(document->pdf, UNICODE);
    set_information(document, HPDF_INFO_TITLE, title);
    set_information(document, HPDF_INFO_SUBJECT, subject);
    set_information(document, HPDF_INFO_KEYWORDS, "GPU memory, parallel training");
    set_information(document, HPDF_INFO_CREATOR, "gmtrace " GMTRACE_VERSION);
    HPDF_SetPageMode(document->pdf, HPDF_PAGE_MODE_USE_OUTLINE);
    if (!pdf_script_open(&document->script, document->pdf, fault))
        return false;
    begin_page(document);
    return document->page || fault_set(fault, "out of memory for a PDF");
}

void pdf_close(struct pdf_document *document)
{
    pdf_script_close(&document->script);
    if (document->pdf)
        HPDF_Free(document->pdf);
    *document = (struct pdf_document){0};
}

double pdf_width(void)
{
    return PAGE_WIDTH - 2 * MARGIN;
}

double pdf_line_height(enum pdf_style style)
{
    return STYLES[style].line;
}

static HPDF_Destination destination(HPDF_Page page, double top)
{
    HPDF_Destination to = HPDF_Page_CreateDestination(page);
    if (to)
        HPDF_Destination_SetFitH(to, (float)fmin(PAGE_HEIGHT, top + 12));
    return to;
}

HPDF_Outline pdf_bookmark(struct pdf_document *document, const char *text, HPDF_Outline parent)
{
    char *copy = clean(document, text);
    HPDF_Outline outline = copy ? HPDF_CreateOutline(document->pdf, parent, copy,
                                                     HPDF_GetEncoder(document->pdf, UNICODE))
                                : NULL;
    free(copy);
    if (outline)
        HPDF_Outline_SetDestination(outline, destination(document->page, document->top));
    return outline;
}

bool pdf_want(struct pdf_document *document, double height)
{
    if (document->top - height >= MARGIN || document->top >= PAGE_HEIGHT - MARGIN)
        return false; /* an empty page is as good as the next */
    begin_page(document);
    return true;
}

void pdf_skip(struct pdf_document *document, double height)
{
    if (document->top < PAGE_HEIGHT - MARGIN)
        document->top -= height;
}

void pdf_down(struct pdf_document *document, double height)
{
    document->top -= height;
}

/* ---- text ---- */

static double width_of(struct pdf_document *document, enum pdf_style style, const char *text,
                       size_t length)
{
    return pdf_script_width(&document->script, STYLES[style].bold, STYLES[style].size, text,
                            length);
}

/* Of a word that is wider than the line: as many characters as fit, one at least. */
static size_t fitting_characters(struct pdf_document *document, enum pdf_style style,
                                 const char *text, size_t most, double width)
{
    size_t best = (size_t)(g_utf8_next_char(text) - text);
    while (best < most) {
        size_t next = (size_t)(g_utf8_next_char(text + best) - text);
        if (width_of(document, style, text, next) > width)
            break;
        best = next;
    }
    return best;
}

/* How many bytes of the text fit into a line, up to a word's end. */
static size_t fitting(struct pdf_document *document, enum pdf_style style, const char *text,
                      double width)
{
    size_t best = 0;
    for (size_t end = 0; text[end];) {
        end += strcspn(text + end, " ");
        if (width_of(document, style, text, end) > width)
            return best > 0 ? best : fitting_characters(document, style, text, end, width);
        best = end;
        end += strspn(text + end, " ");
    }
    return best > 0 ? best : strlen(text);
}

static void put_line(struct pdf_document *document, enum pdf_style style, double left,
                     const char *text, size_t length)
{
    pdf_script_put(&document->script, document->page, STYLES[style].bold, STYLES[style].size,
                   MARGIN + left, document->top - STYLES[style].size, text, length);
}

/* Calls it for each line that a clean text takes; returns how many. */
typedef void (*line_fn)(struct pdf_document *document, void *context, const char *line,
                        size_t length);
static size_t each_line(struct pdf_document *document, enum pdf_style style, double width,
                        const char *text, line_fn line, void *context)
{
    size_t lines = 0;
    for (const char *at = text + strspn(text, " "); *at; lines++) {
        size_t length = fitting(document, style, at, width);
        if (line)
            line(document, context, at, length);
        at += length + strspn(at + length, " ");
    }
    return lines;
}

struct paragraph {
    enum pdf_style style;
    size_t lines, put, break_after;
};

static void put_paragraph_line(struct pdf_document *document, void *context, const char *line,
                               size_t length)
{
    struct paragraph *paragraph = context;
    if (paragraph->put == paragraph->break_after)
        begin_page(document);
    else
        pdf_want(document, STYLES[paragraph->style].line); /* over more than two pages */
    put_line(document, paragraph->style, 0, line, length);
    document->top -= STYLES[paragraph->style].line;
    paragraph->put++;
}

/* How many of its lines stand on this page, so that none is left alone here or on the next. */
static size_t lines_here(const struct pdf_document *document, const struct paragraph *paragraph)
{
    double room = document->top - MARGIN;
    size_t fit = room > 0 ? (size_t)(room / STYLES[paragraph->style].line) : 0;
    if (fit >= paragraph->lines)
        return SIZE_MAX; /* all of them */
    if (fit > 0 && paragraph->lines - fit == 1)
        fit--;
    return fit >= 2 ? fit : 0;
}

void pdf_text(struct pdf_document *document, enum pdf_style style, const char *text)
{
    char *copy = clean(document, text);
    if (!copy)
        return;
    struct paragraph paragraph = {.style = style};
    paragraph.lines = each_line(document, style, pdf_width(), copy, NULL, NULL);
    paragraph.break_after = lines_here(document, &paragraph);
    if (paragraph.break_after == 0 && document->top >= PAGE_HEIGHT - MARGIN)
        paragraph.break_after = SIZE_MAX; /* a page's top already */
    each_line(document, style, pdf_width(), copy, put_paragraph_line, &paragraph);
    free(copy);
}

double pdf_text_height(struct pdf_document *document, enum pdf_style style, const char *text)
{
    char *copy = clean(document, text);
    size_t lines = copy ? each_line(document, style, pdf_width(), copy, NULL, NULL) : 0;
    free(copy);
    return (double)lines * STYLES[style].line;
}

struct cell {
    enum pdf_style style;
    double left, width;
    bool to_the_right;
};

static void put_cell_line(struct pdf_document *document, void *context, const char *line,
                          size_t length)
{
    const struct cell *cell = context;
    double used = cell->to_the_right ? width_of(document, cell->style, line, length) : 0;
    put_line(document, cell->style, cell->left + (cell->to_the_right ? cell->width - used : 0),
             line, length);
    document->top -= STYLES[cell->style].line;
}

size_t pdf_cell(struct pdf_document *document, enum pdf_style style, double left, double width,
                bool to_the_right, const char *text, bool drawn)
{
    char *copy = clean(document, text);
    struct cell cell = {style, left, width, to_the_right};
    double top = document->top;
    size_t lines =
        copy ? each_line(document, style, width, copy, drawn ? put_cell_line : NULL, &cell) : 1;
    document->top = top;
    free(copy);
    return lines > 0 ? lines : 1;
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

struct pdf_place pdf_here(const struct pdf_document *document, double left, double width)
{
    return (struct pdf_place){document->page, left, width, document->top};
}

void pdf_link(const struct pdf_place *from, const struct pdf_place *to)
{
    if (!from->page || !to->page)
        return;
    HPDF_Rect rectangle = {(float)(MARGIN + from->left), (float)(from->top - STYLES[PDF_BODY].line),
                           (float)(MARGIN + from->left + from->width), (float)from->top};
    HPDF_Annotation link =
        HPDF_Page_CreateLinkAnnot(from->page, rectangle, destination(to->page, to->top));
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
        pdf_cell(document, PDF_SMALL, 0, pdf_width(), true, text, true);
        char *title = i > 0 ? clean(document, document->title) : NULL;
        if (title) /* as much of it as one line takes */
            put_line(document, PDF_SMALL, 0, title,
                     fitting(document, PDF_SMALL, title, pdf_width() * 0.8));
        free(title);
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
    if (document->fault.text[0] || document->script.failed)
        return fault_set(fault, "%s: %s", path,
                         document->fault.text[0] ? document->fault.text : "out of memory");
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
