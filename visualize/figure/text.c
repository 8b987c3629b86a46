#include "visualize/figure/text.h"

#include "visualize/figure/bundle.h"
#include "visualize/figure/drawing.h"
#include "visualize/figure/svg_image.h"

#include <fontconfig/fontconfig.h>
#include <glib.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <string.h>

bool text_family_is_there(const char *family)
{
    FcPattern *wanted = FcPatternBuild(NULL, FC_FAMILY, FcTypeString, family, NULL);
    FcObjectSet *objects = FcObjectSetBuild(FC_FAMILY, NULL);
    FcFontSet *found = FcFontList(NULL, wanted, objects);
    bool is_there = found && found->nfont > 0;
    if (found)
        FcFontSetDestroy(found);
    FcObjectSetDestroy(objects);
    FcPatternDestroy(wanted);
    return is_there;
}

const char *text_family(void)
{
    static const char *family;
    if (family)
        return family;
    bundle_use();
    static const char *const preferred[] = {"TeX Gyre Termes", "Liberation Serif"};
    for (size_t i = 0; i < sizeof preferred / sizeof *preferred && !family; i++)
        if (text_family_is_there(preferred[i]))
            family = preferred[i];
    if (!family)
        family = "serif";
    return family;
}

static const char *family_of(cairo_t *cairo)
{
    const char *given = figure_style_of(cairo)->font;
    return given ? given : text_family();
}

double text_size_least(cairo_t *cairo)
{
    return TEXT_SIZE_LEAST / figure_style_scale(figure_style_of(cairo));
}

/* Layouts measure alike on every surface: no hinting, positions at sub-pixel precision, and sizes
 * in points. One context serves all figures of a process, whatever they are drawn on: of each new
 * one, and of each new scale, Pango would look for its fonts again, which takes longer than the
 * text. */
static PangoContext *layout_context(void)
{
    static PangoContext *context;
    if (context)
        return context;
    context = pango_font_map_create_context(pango_cairo_font_map_get_default());
    pango_cairo_context_set_resolution(context, 72); /* so that a size in points is user units */
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    pango_cairo_context_set_font_options(context, options);
    cairo_font_options_destroy(options);
    pango_context_set_round_glyph_positions(context, FALSE);
    return context;
}

static PangoLayout *layout_for(cairo_t *cairo, const char *text, const struct text_style *style)
{
    /* Before pango, whose own thread would read fontconfig's files at the same time again. */
    const char *family = family_of(cairo);
    PangoLayout *layout = pango_layout_new(layout_context());
    PangoFontDescription *font = pango_font_description_new();
    pango_font_description_set_family_static(font, family);
    pango_font_description_set_size(font, (int)lround(style->size_pt * PANGO_SCALE));
    if (style->bold)
        pango_font_description_set_weight(font, PANGO_WEIGHT_BOLD);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    pango_layout_set_single_paragraph_mode(layout, TRUE);
    char *valid = g_utf8_make_valid(text, -1);
    pango_layout_set_text(layout, valid, -1);
    g_free(valid);
    return layout;
}

static struct text_extent extent_of(PangoLayout *layout)
{
    PangoRectangle ink, logical;
    pango_layout_get_extents(layout, &ink, &logical);
    return (struct text_extent){
        .width = logical.width / (double)PANGO_SCALE,
        .height = logical.height / (double)PANGO_SCALE,
        .ink_left = (ink.x - logical.x) / (double)PANGO_SCALE,
        .ink_top = (ink.y - logical.y) / (double)PANGO_SCALE,
        .ink_width = ink.width / (double)PANGO_SCALE,
        .ink_height = ink.height / (double)PANGO_SCALE,
    };
}

struct text_extent text_measure(cairo_t *cairo, const char *text, const struct text_style *style)
{
    PangoLayout *layout = layout_for(cairo, text, style);
    struct text_extent extent = extent_of(layout);
    g_object_unref(layout);
    return extent;
}

double text_baseline(cairo_t *cairo, const char *text, const struct text_style *style)
{
    PangoLayout *layout = layout_for(cairo, text, style);
    double baseline = pango_layout_get_baseline(layout) / (double)PANGO_SCALE;
    g_object_unref(layout);
    return baseline;
}

/* At the origin of the context, where the left end of the base line is. */
static void put_svg_text(cairo_t *cairo, FILE *texts, double align_x, PangoLayout *layout,
                         const struct text_style *style)
{
    cairo_matrix_t to_page;
    cairo_get_matrix(cairo, &to_page);
    const struct svg_text text = {
        .matrix = {to_page.xx, to_page.yx, to_page.xy, to_page.yy, to_page.x0, to_page.y0},
        .size = style->size_pt,
        .family = family_of(cairo),
        .bold = style->bold,
        .red = style->ink.red,
        .green = style->ink.green,
        .blue = style->ink.blue,
        .align = align_x,
        .text = pango_layout_get_text(layout),
    };
    svg_image_put_text(texts, &text);
}

static void warn_of_missing_glyphs(cairo_t *cairo, PangoLayout *layout)
{
    int missing = pango_layout_get_unknown_glyphs_count(layout);
    if (missing > 0)
        drawing_warn(cairo,
                     "no font here has %d of the letters of '%s': they are drawn as boxes; install "
                     "a font that has them (fonts-noto-cjk has Chinese, Japanese and Korean)",
                     missing, pango_layout_get_text(layout));
}

void text_draw(cairo_t *cairo, double x, double y, double align_x, double align_y, const char *text,
               const struct text_style *style)
{
    PangoLayout *layout = layout_for(cairo, text, style);
    struct text_extent extent = extent_of(layout);
    FILE *texts = drawing_of(cairo)->texts;
    double base_line = pango_layout_get_baseline(layout) / (double)PANGO_SCALE;
    warn_of_missing_glyphs(cairo, layout);
    cairo_save(cairo);
    cairo_translate(cairo, texts ? x : x - align_x * extent.width,
                    y - align_y * extent.height + (texts ? base_line : 0));
    colour_set(cairo, style->ink);
    if (texts) {
        put_svg_text(cairo, texts, align_x, layout, style);
    } else {
        cairo_move_to(cairo, 0, 0);
        pango_cairo_show_layout(cairo, layout);
        cairo_new_path(cairo); /* else the next path would begin at the text */
    }
    cairo_restore(cairo);
    g_object_unref(layout);
}

void text_draw_upwards(cairo_t *cairo, double x, double y, double align_x, double align_y,
                       const char *text, const struct text_style *style)
{
    cairo_save(cairo);
    cairo_translate(cairo, x, y);
    cairo_rotate(cairo, -G_PI / 2);
    text_draw(cairo, 0, 0, align_x, align_y, text, style);
    cairo_restore(cairo);
}

/* ---- text that has so much room ---- */

static bool shrink_to(cairo_t *cairo, double room, const char *text, struct text_style *style)
{
    double least = fmin(style->size_pt, text_size_least(cairo));
    while (text_measure(cairo, text, style).width > room) {
        if (style->size_pt <= least) {
            figure_fail(cairo,
                        "'%s' does not fit into its place: shorten it, or make the figure larger",
                        text);
            return false;
        }
        style->size_pt = fmax(least, style->size_pt - 0.5);
    }
    return true;
}

void text_draw_within(cairo_t *cairo, double x, double y, double align_x, double align_y,
                      double room, const char *text, const struct text_style *style)
{
    struct text_style fitting = *style;
    if (shrink_to(cairo, room, text, &fitting))
        text_draw(cairo, x, y, align_x, align_y, text, &fitting);
}

void text_draw_upwards_within(cairo_t *cairo, double x, double y, double align_x, double align_y,
                              double room, const char *text, const struct text_style *style)
{
    struct text_style fitting = *style;
    if (shrink_to(cairo, room, text, &fitting))
        text_draw_upwards(cairo, x, y, align_x, align_y, text, &fitting);
}

/* ---- titles ---- */

enum { TITLE_LINES = 3 };

/* The text cut at so much width, between words where there are any; NULL where it takes more
 * lines than titles have. */
static PangoLayout *wrapped(cairo_t *cairo, const char *text, const struct text_style *style,
                            double width, int most_lines)
{
    PangoLayout *layout = layout_for(cairo, text, style);
    pango_layout_set_width(layout, (int)floor(width * PANGO_SCALE));
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    if (pango_layout_get_line_count(layout) <= most_lines)
        return layout;
    g_object_unref(layout);
    return NULL;
}

/* The fewest lines in a comfortable size; only then a smaller one. */
static PangoLayout *fit_title(cairo_t *cairo, const char *text, struct text_style *style,
                              double width)
{
    double wanted = style->size_pt, least = fmin(wanted, text_size_least(cairo));
    for (int lines = 1; lines <= TITLE_LINES; lines++) {
        double smallest = lines < TITLE_LINES ? fmax(least, wanted - 1) : least;
        for (int half_points = 0; wanted - half_points / 2.0 >= smallest; half_points++) {
            style->size_pt = wanted - half_points / 2.0;
            PangoLayout *layout = wrapped(cairo, text, style, width, lines);
            if (layout)
                return layout;
        }
    }
    return NULL;
}

double text_draw_title(cairo_t *cairo, double left, double top, double width, const char *text,
                       const struct text_style *style, bool draw)
{
    struct text_style fitting = *style;
    PangoLayout *layout = fit_title(cairo, text, &fitting, width);
    if (!layout) {
        figure_fail(cairo,
                    "the title does not fit: shorten it, or make the figure wider than %.2f inch",
                    width / FIGURE_POINTS_PER_INCH);
        return 0;
    }
    const char *whole = pango_layout_get_text(layout);
    int lines = pango_layout_get_line_count(layout);
    double height = extent_of(layout).height / lines;
    for (int i = 0; draw && i < lines; i++) {
        const PangoLayoutLine *line = pango_layout_get_line_readonly(layout, i);
        char *part = g_strndup(whole + line->start_index, (gsize)line->length);
        text_draw(cairo, left + width / 2, top + height * i, 0.5, 0, g_strstrip(part), &fitting);
        g_free(part);
    }
    g_object_unref(layout);
    return height * lines;
}
