#include "visualize/figure/figure.h"

#include "schemas/support/output_file.h"
#include "schemas/support/text.h"
#include "visualize/figure/drawing.h"
#include "visualize/figure/eps_image.h"
#include "visualize/figure/png_image.h"
#include "visualize/figure/svg_image.h"

#include <cairo/cairo-pdf.h>
#include <cairo/cairo-ps.h>
#include <cairo/cairo-svg.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct kind {
    enum figure_format format;
    const char *extension;
};

static const struct kind KINDS[] = {
    {FIGURE_PNG, "png"},
    {FIGURE_PDF, "pdf"},
    {FIGURE_SVG, "svg"},
    {FIGURE_EPS, "eps"},
};
enum { KIND_COUNT = sizeof KINDS / sizeof *KINDS };

static cairo_status_t write_to_stream(void *closure, const unsigned char *bytes, unsigned length)
{
    FILE *stream = closure;
    return fwrite(bytes, 1, length, stream) == length ? CAIRO_STATUS_SUCCESS
                                                      : CAIRO_STATUS_WRITE_ERROR;
}

/* The date that SOURCE_DATE_EPOCH gives, or "", which leaves the date out. */
static void creation_date(char *buffer, size_t size)
{
    buffer[0] = '\0';
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    if (!epoch)
        return;
    char *end = NULL;
    errno = 0;
    time_t seconds = (time_t)strtoll(epoch, &end, 10);
    struct tm utc;
    if (errno == 0 && end != epoch && *end == '\0' && gmtime_r(&seconds, &utc))
        strftime(buffer, size, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

static bool is_transparent(const struct figure *figure)
{
    return figure->style && figure->style->transparent;
}

static cairo_surface_t *pdf_surface(const struct figure *figure, double width, double height,
                                    FILE *stream)
{
    cairo_surface_t *pdf =
        cairo_pdf_surface_create_for_stream(write_to_stream, stream, width, height);
    char date[64];
    creation_date(date, sizeof date);
    cairo_pdf_surface_set_metadata(pdf, CAIRO_PDF_METADATA_CREATE_DATE, date);
    cairo_pdf_surface_set_metadata(pdf, CAIRO_PDF_METADATA_CREATOR, "gmtrace " GMTRACE_VERSION);
    if (figure->title)
        cairo_pdf_surface_set_metadata(pdf, CAIRO_PDF_METADATA_TITLE, figure->title);
    return pdf;
}

static cairo_surface_t *surface_for(const struct figure *figure, enum figure_format format,
                                    FILE *stream)
{
    double width = figure->width_inch * FIGURE_POINTS_PER_INCH;
    double height = figure->height_inch * FIGURE_POINTS_PER_INCH;
    cairo_surface_t *surface;
    switch (format) {
    case FIGURE_PNG:
        return cairo_image_surface_create(is_transparent(figure) ? CAIRO_FORMAT_ARGB32
                                                                 : CAIRO_FORMAT_RGB24,
                                          (int)lround(figure->width_inch * figure->dpi),
                                          (int)lround(figure->height_inch * figure->dpi));
    case FIGURE_SVG:
        surface = cairo_svg_surface_create_for_stream(write_to_stream, stream, width, height);
        cairo_svg_surface_set_document_unit(surface, CAIRO_SVG_UNIT_PT);
        return surface;
    case FIGURE_EPS:
        surface = cairo_ps_surface_create_for_stream(write_to_stream, stream, width, height);
        cairo_ps_surface_set_eps(surface, 1);
        return surface;
    case FIGURE_PDF:
        break;
    }
    return pdf_surface(figure, width, height, stream);
}

/* ---- drawing ---- */

static cairo_status_t draw(const struct figure *figure, enum figure_format format,
                           cairo_surface_t *surface, struct drawing *drawing)
{
    cairo_t *cairo = cairo_create(surface);
    drawing_attach(cairo, drawing);
    double scale = figure_style_scale(figure->style);
    if (drawing->style->missing_font)
        drawing_warn(cairo, "%s is not here: the figure is set in %s", drawing->style->missing_font,
                     drawing->style->font);
    if (format == FIGURE_PNG)
        cairo_scale(cairo, figure->dpi / FIGURE_POINTS_PER_INCH,
                    figure->dpi / FIGURE_POINTS_PER_INCH);
    if (!is_transparent(figure)) {
        colour_set(cairo, COLOUR_WHITE);
        cairo_paint(cairo);
    }
    cairo_scale(cairo, scale, scale);
    figure->draw(cairo, figure->width_inch * FIGURE_POINTS_PER_INCH / scale,
                 figure->height_inch * FIGURE_POINTS_PER_INCH / scale, figure->context);
    cairo_show_page(cairo);
    cairo_status_t status = cairo_status(cairo);
    cairo_destroy(cairo);
    return status;
}

/* False with a fault where it cannot be drawn. A write that failed is the stream's to tell. */
static bool draw_into(const struct figure *figure, enum figure_format format, FILE *stream,
                      FILE *texts, struct fault *fault)
{
    static const struct figure_style plain;
    struct fault why = {0};
    struct drawing drawing = {.style = figure->style ? figure->style : &plain,
                              .fault = &why,
                              .warn = figure->warn,
                              .texts = texts};
    cairo_surface_t *surface = surface_for(figure, format, stream);
    cairo_status_t status = draw(figure, format, surface, &drawing);
    if (status == CAIRO_STATUS_SUCCESS && format == FIGURE_PNG &&
        !png_image_write(surface, figure->dpi, figure->title, stream))
        status = ferror(stream) ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_NO_MEMORY;
    cairo_surface_finish(surface);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    if (why.text[0])
        return fault_set(fault, "cannot draw: %s", why.text);
    if (status != CAIRO_STATUS_SUCCESS && status != CAIRO_STATUS_WRITE_ERROR)
        return fault_set(fault, "cannot draw: %s", cairo_status_to_string(status));
    return true;
}

/* What cairo makes of an SVG or EPS is finished by us: see svg_image.h and eps_image.h. */
static bool render_text(const struct figure *figure, enum figure_format format, FILE *stream,
                        struct fault *fault)
{
    struct growing_text image, texts;
    bool has_image = growing_text_begin(&image), has_texts = growing_text_begin(&texts);
    bool drawn =
        has_image && has_texts &&
        draw_into(figure, format, image.stream, format == FIGURE_SVG ? texts.stream : NULL, fault);
    char *made = has_image ? growing_text_end(&image) : NULL;
    char *words = has_texts ? growing_text_end(&texts) : NULL;
    if (!has_image || !has_texts || (drawn && (!made || !words)))
        drawn = fault_set_errno(fault, ENOMEM, "cannot draw");
    char date[64];
    creation_date(date, sizeof date);
    if (drawn && format == FIGURE_SVG)
        drawn = svg_image_write(made, words, figure->title, stream) ||
                fault_set_errno(fault, ENOMEM, "cannot draw");
    else if (drawn)
        eps_image_write(made, figure->title, date, figure->width_inch * FIGURE_POINTS_PER_INCH,
                        figure->height_inch * FIGURE_POINTS_PER_INCH, stream);
    free(made);
    free(words);
    return drawn;
}

static bool render(const struct figure *figure, enum figure_format format, FILE *stream,
                   struct fault *fault)
{
    return format == FIGURE_SVG || format == FIGURE_EPS
               ? render_text(figure, format, stream, fault)
               : draw_into(figure, format, stream, NULL, fault);
}

bool figure_render(const struct figure *figure, enum figure_format format, FILE *stream,
                   struct fault *fault)
{
    if (!render(figure, format, stream, fault))
        return false;
    return !ferror(stream) || fault_set(fault, "a figure could not be written");
}

double figure_natural_height(const struct figure_style *style, double width_inch,
                             double (*height)(cairo_t *cairo, double width_pt, void *context),
                             void *context)
{
    static const struct figure_style plain;
    struct drawing drawing = {.style = style ? style : &plain};
    cairo_surface_t *surface = cairo_recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, NULL);
    cairo_t *cairo = cairo_create(surface);
    drawing_attach(cairo, &drawing);
    double scale = figure_style_scale(style);
    double points = height(cairo, width_inch * FIGURE_POINTS_PER_INCH / scale, context) * scale;
    cairo_destroy(cairo);
    cairo_surface_destroy(surface);
    return points / FIGURE_POINTS_PER_INCH;
}

static bool write_one(const struct figure *figure, enum figure_format format, const char *path,
                      struct fault *fault)
{
    struct output_file file;
    struct fault why;
    if (!output_file_open(&file, path, fault))
        return false;
    return output_file_end(&file,
                           render(figure, format, file.stream, &why) ||
                               fault_set(fault, "%s: %s", path, why.text),
                           fault);
}

bool figure_write(const struct figure *figure, const char *base, figure_written_fn written,
                  void *written_context, struct fault *fault)
{
    struct figure each = *figure;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (!(figure->formats & KINDS[i].format))
            continue;
        char *path = NULL;
        if (asprintf(&path, "%s.%s", base, KINDS[i].extension) < 0)
            return fault_set(fault, "%s: out of memory", base);
        bool done = write_one(&each, KINDS[i].format, path, fault);
        each.warn = NULL; /* once is enough */
        if (done && written)
            written(written_context, path);
        free(path);
        if (!done)
            return false;
    }
    return true;
}

static const struct kind *kind_named(const char *name, size_t length)
{
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (strlen(KINDS[i].extension) == length && strncmp(KINDS[i].extension, name, length) == 0)
            return &KINDS[i];
    return NULL;
}

unsigned figure_formats_parse(const char *text)
{
    unsigned formats = 0;
    for (const char *part = text;; part++) {
        size_t length = strcspn(part, ",");
        const struct kind *kind = kind_named(part, length);
        if (!kind || (formats & kind->format))
            return 0;
        formats |= kind->format;
        part += length;
        if (*part == '\0')
            return formats;
    }
}

char *figure_base(const char *path)
{
    const char *dot = strrchr(path, '.');
    const char *slash = strrchr(path, '/');
    bool known = dot && dot > path && dot[-1] != '/' && (!slash || dot > slash) &&
                 kind_named(dot + 1, strlen(dot + 1));
    return known ? strndup(path, (size_t)(dot - path)) : strdup(path);
}
