#include "visualize/figure/text.h"

#include "visualize/figure/bundle.h"

#include <fontconfig/fontconfig.h>
#include <glib.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <string.h>

const char *text_family(void)
{
    static const char *family;
    if (family)
        return family;
    bundle_use();
    static const char *const preferred[] = {"TeX Gyre Termes", "Liberation Serif"};
    for (size_t i = 0; i < sizeof preferred / sizeof *preferred && !family; i++) {
        FcPattern *wanted = FcPatternBuild(NULL, FC_FAMILY, FcTypeString, preferred[i], NULL);
        FcObjectSet *objects = FcObjectSetBuild(FC_FAMILY, NULL);
        FcFontSet *found = FcFontList(NULL, wanted, objects);
        if (found && found->nfont > 0)
            family = preferred[i];
        if (found)
            FcFontSetDestroy(found);
        FcObjectSetDestroy(objects);
        FcPatternDestroy(wanted);
    }
    if (!family)
        family = "serif";
    return family;
}

/* Layouts measure alike on every surface: no hinting, and positions at sub-pixel precision. */
static PangoLayout *layout_for(cairo_t *cairo, const char *text, const struct text_style *style)
{
    /* Before pango, whose own thread would read fontconfig's files at the same time again. */
    const char *family = text_family();
    PangoContext *context = pango_cairo_create_context(cairo);
    pango_cairo_context_set_resolution(context, 72); /* so that a size in points is user units */
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    pango_cairo_context_set_font_options(context, options);
    cairo_font_options_destroy(options);
    pango_context_set_round_glyph_positions(context, FALSE);

    PangoLayout *layout = pango_layout_new(context);
    g_object_unref(context);
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

void text_draw(cairo_t *cairo, double x, double y, double align_x, double align_y, const char *text,
               const struct text_style *style)
{
    PangoLayout *layout = layout_for(cairo, text, style);
    struct text_extent extent = extent_of(layout);
    cairo_save(cairo);
    cairo_move_to(cairo, x - align_x * extent.width, y - align_y * extent.height);
    colour_set(cairo, style->ink);
    pango_cairo_show_layout(cairo, layout);
    cairo_new_path(cairo); /* else the next path would begin at the text */
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
