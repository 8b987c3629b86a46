#include "visualize/accuracy/draw.h"

#include "visualize/accuracy/panels.h"
#include "visualize/figure/figure.h"
#include "visualize/figure/figure_style.h"
#include "visualize/figure/legend.h"
#include "visualize/figure/plot.h"
#include "visualize/figure/text.h"

#include <math.h>
#include <stdio.h>

static const double PAD = 2, GAP = 8, SIDE_BY_SIDE_FROM_PT = 4.5 * FIGURE_POINTS_PER_INCH;
static const double SCATTER_SHARE = 0.48, SCATTER_PT = 168, CDF_PT = 120;

/* ---- the legend ---- */

struct keys {
    size_t count;
    struct legend_entry entries[ACCURACY_PREDICTORS + ACCURACY_BANDS + 2];
    struct series_key series[ACCURACY_PREDICTORS + 1];
    struct mark beyond;
    char texts[ACCURACY_BANDS + 1][PLOT_LIMIT];
};

static void add_key(struct keys *keys, const char *text,
                    void (*draw)(cairo_t *, double, double, void *), const void *context)
{
    keys->entries[keys->count++] = (struct legend_entry){text, draw, (void *)context};
}

static void make_keys(cairo_t *cairo, const struct accuracy_figure *figure,
                      struct accuracy_shown shown, struct keys *keys)
{
    const struct accuracy *accuracy = figure->result.accuracy;
    keys->count = 0;
    for (size_t i = 0; i < accuracy->predictor_count; i++) {
        keys->series[i] =
            (struct series_key){series_style(cairo, i, accuracy->predictor_count),
                                figure->panels == ACCURACY_SCATTER ? 0 : ACCURACY_CURVE_PT,
                                figure->panels == ACCURACY_CDF ? 0 : ACCURACY_MARK_PT};
        add_key(keys, accuracy_predictor_text(figure_style_of(cairo), accuracy->predictors[i]),
                series_draw_key, &keys->series[i]);
    }
    for (size_t i = ACCURACY_BANDS; i-- > 0;) {
        snprintf(keys->texts[i], sizeof keys->texts[i], "%s %g%%",
                 figure_word(cairo, WORD_WITHIN, "within"), ACCURACY_BAND[i].percent);
        add_key(keys, keys->texts[i], fill_draw_key, &ACCURACY_BAND[i].grey);
    }
    if (figure->panels == ACCURACY_CDF)
        return;
    if (shown.limit) {
        struct series_key *key = &keys->series[ACCURACY_PREDICTORS];
        *key = (struct series_key){{MARK_CROSS, AXES_DASHED, COLOUR_BLACK}, ACCURACY_RULE_PT, 0};
        plot_limit_text(cairo, figure->result.gpu_mb, keys->texts[ACCURACY_BANDS]);
        add_key(keys, keys->texts[ACCURACY_BANDS], series_draw_key, key);
    }
    if (shown.beyond) {
        keys->beyond = (struct mark){MARK_CIRCLE, COLOUR_BLACK, ACCURACY_MARK_PT, true};
        add_key(keys, figure_word(cairo, WORD_BEYOND, "beyond the scale"), mark_draw_key,
                &keys->beyond);
    }
}

/* ---- the whole ---- */

static bool side_by_side(double width_pt)
{
    return width_pt >= SIDE_BY_SIDE_FROM_PT;
}

/* Title and legend; returns where the panels begin. */
static double draw_above(const struct accuracy_page *page, const struct accuracy_figure *figure,
                         bool draw)
{
    const struct text_style bold = {.size_pt = TEXT_SIZE_LABEL, .bold = true};
    const struct text_style small = {.size_pt = TEXT_SIZE_LABEL - 1};
    double y = PAD, width = page->width_pt - 2 * PAD;
    struct keys keys;
    if (figure->title)
        y += text_draw_title(page->cairo, PAD, y, width, figure->title, &bold, draw);
    make_keys(page->cairo, figure, accuracy_shown_by(page), &keys);
    return y + legend_layout(page->cairo, PAD, y, width, keys.entries, keys.count, &small, draw);
}

static struct accuracy_page page_of(cairo_t *cairo, double width_pt, double height_pt,
                                    const struct accuracy_figure *figure)
{
    return (struct accuracy_page){cairo,
                                  width_pt,
                                  height_pt,
                                  &figure->result,
                                  figure->logarithmic,
                                  accuracy_unit(cairo, &figure->result)};
}

static double natural_height(cairo_t *cairo, double width_pt, void *context)
{
    const struct accuracy_figure *figure = context;
    const struct accuracy_page page = page_of(cairo, width_pt, 0, figure);
    double scatter = figure->panels == ACCURACY_CDF ? 0 : SCATTER_PT;
    double cdf = figure->panels == ACCURACY_SCATTER ? 0 : CDF_PT;
    return draw_above(&page, figure, false) + PAD +
           (side_by_side(width_pt) ? fmax(scatter, cdf) : scatter + cdf);
}

double accuracy_natural_height(const struct accuracy_figure *figure,
                               const struct figure_style *style, double width_inch)
{
    return figure_natural_height(style, width_inch, natural_height, (void *)figure);
}

/* Both panels' places; where there is one, it has all. */
static void divide(const struct accuracy_figure *figure, struct axes_rectangle all,
                   struct axes_rectangle *scatter, struct axes_rectangle *cdf)
{
    *scatter = *cdf = all;
    if (figure->panels != ACCURACY_BOTH)
        return;
    if (side_by_side(all.width + 2 * PAD)) {
        scatter->width = SCATTER_SHARE * all.width - GAP / 2;
        cdf->left = scatter->left + scatter->width + GAP;
        cdf->width = all.width - scatter->width - GAP;
    } else {
        scatter->height = (all.height - GAP) * SCATTER_PT / (SCATTER_PT + CDF_PT);
        cdf->top = scatter->top + scatter->height + GAP;
        cdf->height = all.height - scatter->height - GAP;
    }
}

void accuracy_draw(cairo_t *cairo, double width_pt, double height_pt, void *context)
{
    const struct accuracy_figure *figure = context;
    const struct accuracy_page page = page_of(cairo, width_pt, height_pt, figure);
    struct axes_rectangle scatter, cdf;
    double y = draw_above(&page, figure, true);
    divide(figure, (struct axes_rectangle){PAD, y, width_pt - 2 * PAD, height_pt - PAD - y},
           &scatter, &cdf);
    if (figure->panels == ACCURACY_BOTH && scatter.left >= cdf.left)
        accuracy_align_panels(&page, &scatter, &cdf);
    if (figure->panels != ACCURACY_CDF)
        accuracy_draw_scatter(&page, scatter);
    if (figure->panels != ACCURACY_SCATTER)
        accuracy_draw_cdf(&page, cdf);
}
