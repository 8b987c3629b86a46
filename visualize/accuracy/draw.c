#include "visualize/accuracy/draw.h"

#include "visualize/accuracy/panels.h"
#include "visualize/figure/figure.h"
#include "visualize/figure/figure_style.h"
#include "visualize/figure/legend.h"
#include "visualize/figure/text.h"

#include <math.h>
#include <stdio.h>

static const double PAD = 2, GAP = 8, TITLE_LINE = TEXT_SIZE_LABEL * 1.25;
static const double SIDE_BY_SIDE_FROM_INCH = 4.5, SCATTER_SHARE = 0.48;
static const double SCATTER_INCH = 2.4, CDF_INCH = 1.7, LEGEND_INCH = 0.22;

/* ---- the legend ---- */

struct keys {
    size_t count;
    struct legend_entry entries[ACCURACY_PREDICTORS + ACCURACY_BANDS + 2];
    struct series_key series[ACCURACY_PREDICTORS + 1];
    struct mark beyond;
    char texts[ACCURACY_BANDS + 1][FIGURE_TITLE];
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
        keys->series[i] = (struct series_key){
            series_style(cairo, i), figure->panels == ACCURACY_SCATTER ? 0 : ACCURACY_CURVE_PT,
            figure->panels == ACCURACY_CDF ? 0 : ACCURACY_MARK_PT};
        add_key(keys, accuracy->predictors[i], series_draw_key, &keys->series[i]);
    }
    for (size_t i = ACCURACY_BANDS; i-- > 0;) {
        snprintf(keys->texts[i], sizeof keys->texts[i], "within %g%%", ACCURACY_BAND[i].percent);
        add_key(keys, keys->texts[i], fill_draw_key, &ACCURACY_BAND[i].grey);
    }
    if (figure->panels == ACCURACY_CDF)
        return;
    if (shown.limit) {
        struct series_key *key = &keys->series[ACCURACY_PREDICTORS];
        *key = (struct series_key){{MARK_CROSS, AXES_DASHED, COLOUR_BLACK}, ACCURACY_RULE_PT, 0};
        snprintf(keys->texts[ACCURACY_BANDS], sizeof keys->texts[0], "%s (%g %s)",
                 figure_word(cairo, WORD_LIMIT, "GPU memory"),
                 figure_memory(cairo, figure->result.gpu_mb), figure_memory_name(cairo));
        add_key(keys, keys->texts[ACCURACY_BANDS], series_draw_key, key);
    }
    if (shown.beyond) {
        keys->beyond = (struct mark){MARK_CIRCLE, COLOUR_BLACK, ACCURACY_MARK_PT, true};
        add_key(keys, "beyond the scale", mark_draw_key, &keys->beyond);
    }
}

/* ---- the whole ---- */

static bool side_by_side(double width_inch)
{
    return width_inch >= SIDE_BY_SIDE_FROM_INCH;
}

double accuracy_natural_height(const struct accuracy_figure *figure, double width_inch)
{
    double legend = side_by_side(width_inch) ? LEGEND_INCH : 2 * LEGEND_INCH;
    double scatter = figure->panels == ACCURACY_CDF ? 0 : SCATTER_INCH;
    double cdf = figure->panels == ACCURACY_SCATTER ? 0 : CDF_INCH;
    double title = figure->title ? TITLE_LINE / FIGURE_POINTS_PER_INCH : 0;
    return title + legend + (side_by_side(width_inch) ? fmax(scatter, cdf) : scatter + cdf);
}

/* Both panels' places; where there is one, it has all. */
static void divide(const struct accuracy_figure *figure, struct axes_rectangle all,
                   struct axes_rectangle *scatter, struct axes_rectangle *cdf)
{
    *scatter = *cdf = all;
    if (figure->panels != ACCURACY_BOTH)
        return;
    if (side_by_side((all.width + 2 * PAD) / FIGURE_POINTS_PER_INCH)) {
        scatter->width = SCATTER_SHARE * all.width - GAP / 2;
        cdf->left = scatter->left + scatter->width + GAP;
        cdf->width = all.width - scatter->width - GAP;
    } else {
        scatter->height = (all.height - GAP) * SCATTER_INCH / (SCATTER_INCH + CDF_INCH);
        cdf->top = scatter->top + scatter->height + GAP;
        cdf->height = all.height - scatter->height - GAP;
    }
}

void accuracy_draw(cairo_t *cairo, double width_pt, double height_pt, void *context)
{
    const struct accuracy_figure *figure = context;
    const struct text_style bold = {.size_pt = TEXT_SIZE_LABEL, .bold = true};
    const struct text_style small = {.size_pt = TEXT_SIZE_LABEL - 1};
    struct axes_rectangle scatter, cdf;
    struct keys keys;
    double y = PAD;
    if (figure->title)
        y += text_draw_title(cairo, PAD, y, width_pt - 2 * PAD, figure->title, &bold, true);
    const struct accuracy_page page = {cairo, width_pt, height_pt, &figure->result,
                                       figure->logarithmic};
    make_keys(cairo, figure, accuracy_shown_by(&page), &keys);
    y += legend_layout(cairo, PAD, y, width_pt - 2 * PAD, keys.entries, keys.count, &small, true);
    divide(figure, (struct axes_rectangle){PAD, y, width_pt - 2 * PAD, height_pt - PAD - y},
           &scatter, &cdf);
    if (figure->panels == ACCURACY_BOTH && scatter.left >= cdf.left)
        accuracy_align_panels(&page, &scatter, &cdf);
    if (figure->panels != ACCURACY_CDF)
        accuracy_draw_scatter(&page, scatter);
    if (figure->panels != ACCURACY_SCATTER)
        accuracy_draw_cdf(&page, cdf);
}
