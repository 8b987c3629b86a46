#include "visualize/accuracy/panels.h"

#include "visualize/figure/figure_style.h"
#include "visualize/figure/plot.h"
#include "visualize/figure/text.h"

#include <math.h>
#include <stdio.h>

const struct accuracy_band ACCURACY_BAND[ACCURACY_BANDS] = {
    {10, {0.94, 0.94, 0.94}},
    {5, {0.85, 0.85, 0.85}},
};

static const double STRIP_GAP = 3, STRIP_LEAST_PT = 20, STRIP_SHARE = 0.25, STRIP_A_POINT = 5;
static const double ROOM_OVER_LIMIT = 1.25;
static const double DIAGONAL_PT = 0.5, LEAST_PERCENT = 12, MOST_TAIL = 2;

/* ---- what the scatter shows ---- */

static bool is_oom(const struct accuracy_point *point, size_t predictor)
{
    return point->outcome == ACCURACY_OOM && !isnan(point->predicted_mb[predictor]);
}

/* In MB: the figures of points with both, and predictions of what ran out of memory. */
struct extremes {
    double least, most, most_oom;
};

static struct extremes extremes_of(const struct accuracy_result *result)
{
    const struct accuracy *accuracy = result->accuracy;
    struct extremes of = {INFINITY, 0, 0};
    for (size_t i = 0; i < accuracy->count; i++)
        for (size_t k = 0; k < accuracy->predictor_count; k++) {
            const struct accuracy_point *point = &accuracy->points[i];
            double predicted = point->predicted_mb[k], measured = point->measured_mb;
            if (is_oom(point, k)) {
                of.most_oom = fmax(of.most_oom, predicted);
            } else if (!isnan(accuracy_error(point, k))) {
                of.most = fmax(of.most, fmax(predicted, measured));
                if (predicted > 0)
                    of.least = fmin(of.least, fmin(predicted, measured));
            }
        }
    return of;
}

/* Both axes are alike, so that the diagonal is one; but what ran out of memory may be predicted to
 * need more than all that ran, up to somewhat more than the GPU has. */
static void find_ranges(const struct accuracy_page *page, struct axes_range *x,
                        struct axes_range *y)
{
    struct extremes of = extremes_of(page->result);
    double mb = page->unit.mb;
    double most =
        fmax(of.most, fmin(of.most_oom, ROOM_OVER_LIMIT * fmax(page->result->gpu_mb, of.most)));
    if (!(of.most > 0))
        of.most = most;
    *x = plot_range_to_number(of.most / mb);
    *y = plot_range_to(most / mb);
    if (!page->logarithmic)
        return;
    of.least = fmin(of.least, of.most / 2);
    *x = plot_range_of_decades(of.least / mb, of.most / mb);
    *y = plot_range_of_decades(of.least / mb, most / mb);
}

struct memory_unit accuracy_unit(cairo_t *cairo, const struct accuracy_result *result)
{
    struct extremes of = extremes_of(result);
    return figure_memory_unit(figure_style_of(cairo), of.most > 0 ? of.most : of.most_oom);
}

struct accuracy_shown accuracy_shown_by(const struct accuracy_page *page)
{
    struct axes_range x, y;
    double limit = page->result->gpu_mb / page->unit.mb;
    find_ranges(page, &x, &y);
    return (struct accuracy_shown){
        limit > y.least && limit<fmax(x.most, y.most), extremes_of(page->result).most_oom> y.most};
}

static size_t count_oom(const struct accuracy_result *result)
{
    size_t count = 0;
    for (size_t i = 0; i < result->accuracy->count; i++) {
        bool any = false;
        for (size_t k = 0; k < result->accuracy->predictor_count; k++)
            any = any || is_oom(&result->accuracy->points[i], k);
        count += any;
    }
    return count;
}

/* ---- the scatter ---- */

static void draw_bands(cairo_t *cairo, const struct plot *plot)
{
    double begin = plot->x.least, end = fmax(plot->x.most, plot->y.most);
    for (size_t i = 0; i < ACCURACY_BANDS; i++) {
        double share = ACCURACY_BAND[i].percent / 100;
        cairo_move_to(cairo, plot_x(plot, begin), plot_y(plot, begin * (1 + share)));
        cairo_line_to(cairo, plot_x(plot, end), plot_y(plot, end * (1 + share)));
        cairo_line_to(cairo, plot_x(plot, end), plot_y(plot, end * (1 - share)));
        cairo_line_to(cairo, plot_x(plot, begin), plot_y(plot, begin * (1 - share)));
        cairo_close_path(cairo);
        colour_set(cairo, ACCURACY_BAND[i].grey);
        cairo_fill(cairo);
    }
    cairo_move_to(cairo, plot_x(plot, begin), plot_y(plot, begin));
    cairo_line_to(cairo, plot_x(plot, end), plot_y(plot, end));
    colour_set(cairo, COLOUR_BLACK);
    cairo_set_line_width(cairo, DIAGONAL_PT);
    cairo_stroke(cairo);
}

static void draw_limit(cairo_t *cairo, const struct plot *plot, double limit, double right)
{
    line_set_dash(cairo, AXES_DASHED);
    colour_set(cairo, COLOUR_BLACK);
    cairo_set_line_width(cairo, ACCURACY_RULE_PT);
    if (limit > plot->y.least && limit < plot->y.most) {
        cairo_move_to(cairo, plot->inside.left, plot_y(plot, limit));
        cairo_line_to(cairo, right, plot_y(plot, limit));
    }
    if (limit > plot->x.least && limit < plot->x.most) {
        cairo_move_to(cairo, plot_x(plot, limit), plot->inside.top);
        cairo_line_to(cairo, plot_x(plot, limit), plot->inside.top + plot->inside.height);
    }
    cairo_stroke(cairo);
    line_set_dash(cairo, AXES_SOLID);
}

static void draw_points(const struct accuracy_page *page, const struct plot *plot)
{
    const struct accuracy *accuracy = page->result->accuracy;
    for (size_t k = 0; k < accuracy->predictor_count; k++) {
        struct series_style style = series_style(page->cairo, k, accuracy->predictor_count);
        struct mark mark = {style.shape, style.colour, ACCURACY_MARK_PT, false};
        for (size_t i = 0; i < accuracy->count; i++) {
            const struct accuracy_point *point = &accuracy->points[i];
            if (!isnan(accuracy_error(point, k)))
                mark_draw(page->cairo, plot_x(plot, point->measured_mb / page->unit.mb),
                          plot_y(plot, point->predicted_mb[k] / page->unit.mb), &mark);
        }
    }
}

static double strip_width(size_t count, double width)
{
    return fmax(STRIP_LEAST_PT, fmin(STRIP_SHARE * width, ((double)count + 1) * STRIP_A_POINT));
}

static void draw_frame(cairo_t *cairo, const struct axes_rectangle *strip)
{
    const struct text_style small = {.size_pt = TEXT_SIZE_LABEL - 1};
    cairo_rectangle(cairo, strip->left, strip->top, strip->width, strip->height);
    colour_set(cairo, COLOUR_BLACK);
    cairo_set_line_width(cairo, DIAGONAL_PT);
    cairo_stroke(cairo);
    text_draw_within(cairo, strip->left + strip->width / 2, strip->top + strip->height + STRIP_GAP,
                     0.5, 0, strip->width, figure_word(cairo, WORD_OOM, "OOM"), &small);
}

/* What ran out of memory, side by side in the strip; what is beyond the scale at its upper edge, a
 * row for each predictor. */
static void draw_strip(const struct accuracy_page *page, const struct plot *plot, double width,
                       size_t count)
{
    const struct accuracy *accuracy = page->result->accuracy;
    struct axes_rectangle strip = plot->inside;
    strip.left += plot->inside.width + STRIP_GAP;
    strip.width = width - STRIP_GAP;
    draw_frame(page->cairo, &strip);
    size_t index = 0;
    for (size_t i = 0; i < accuracy->count; i++) {
        const struct accuracy_point *point = &accuracy->points[i];
        double room = strip.width - ACCURACY_MARK_PT;
        double x = strip.left + ACCURACY_MARK_PT / 2 + room * ((double)index + 0.5) / (double)count;
        bool any = false;
        for (size_t k = 0; k < accuracy->predictor_count; k++) {
            struct series_style style = series_style(page->cairo, k, accuracy->predictor_count);
            double y = plot_y(plot, point->predicted_mb[k] / page->unit.mb);
            double edge = strip.top + ACCURACY_MARK_PT * (1.2 * (double)k + 0.8);
            bool beyond = y < strip.top;
            struct mark mark = {style.shape, style.colour, ACCURACY_MARK_PT, beyond};
            if (!is_oom(point, k))
                continue;
            any = true;
            mark_draw(page->cairo, x, beyond ? edge : fmax(y, strip.top + 0.8 * ACCURACY_MARK_PT),
                      &mark);
        }
        index += any;
    }
}

/* What is measured is said where it is not what an allocator handed out. */
static const char *measured_text(const struct accuracy *accuracy)
{
    static const char *const texts[TRACE_MEASURES] = {
        [TRACE_MEASURE_NOT_SAID] = "",
        [TRACE_MEASURE_ALLOCATOR] = "",
        [TRACE_MEASURE_DRIVER] = ", of CUDA's allocations",
        [TRACE_MEASURE_DEVICE] = ", in use on the device",
        [TRACE_MEASURE_PROCESS] = ", resident in the host's memory",
        [TRACE_MEASURE_MIXED] = ", of unlike measures",
    };
    enum trace_measure measure = TRACE_MEASURE_NOT_SAID;
    for (size_t i = 0; i < accuracy->count; i++) {
        const struct accuracy_point *point = &accuracy->points[i];
        if (isnan(point->measured_mb) || point->measure == TRACE_MEASURE_NOT_SAID)
            continue;
        if (measure != TRACE_MEASURE_NOT_SAID && measure != point->measure)
            return texts[TRACE_MEASURE_MIXED];
        measure = point->measure;
    }
    return texts[measure];
}

/* The titles live as long as the plot does: as `titles`. */
enum { TITLE = 160 };

static struct plot scatter_plot(const struct accuracy_page *page, struct axes_rectangle space,
                                char titles[2][TITLE])
{
    size_t oom = count_oom(page->result);
    snprintf(titles[0], TITLE, "%s (%s%s)",
             figure_word(page->cairo, WORD_MEASURED, "Measured peak"), page->unit.name,
             measured_text(page->result->accuracy));
    snprintf(titles[1], TITLE, "%s (%s)",
             figure_word(page->cairo, WORD_PREDICTED, "Predicted peak"), page->unit.name);
    struct plot plot = {.space = space,
                        .x_title = titles[0],
                        .y_title = titles[1],
                        .logarithmic = page->logarithmic};
    find_ranges(page, &plot.x, &plot.y);
    if (oom > 0)
        plot.space.width -= strip_width(oom, space.width);
    plot_place(page->cairo, &plot);
    return plot;
}

void accuracy_draw_scatter(const struct accuracy_page *page, struct axes_rectangle space)
{
    cairo_t *cairo = page->cairo;
    size_t oom = count_oom(page->result);
    char titles[2][TITLE];
    struct plot plot = scatter_plot(page, space, titles);
    cairo_save(cairo);
    plot_clip(cairo, &plot);
    draw_bands(cairo, &plot);
    cairo_restore(cairo);
    if (page->result->gpu_mb > 0)
        draw_limit(cairo, &plot, page->result->gpu_mb / page->unit.mb,
                   plot.inside.left + plot.inside.width +
                       (oom ? strip_width(oom, space.width) : 0));
    plot_draw(cairo, page->width_pt, page->height_pt, &plot);
    draw_points(page, &plot);
    if (oom)
        draw_strip(page, &plot, strip_width(oom, space.width), oom);
}

/* ---- the distribution ---- */

/* Up to the worst error, where the last tenth is not too far out for it. */
static double most_percent(const struct accuracy_result *result)
{
    double most = LEAST_PERCENT;
    for (size_t i = 0; i < result->accuracy->predictor_count; i++) {
        const struct accuracy_errors *errors = &result->errors[i];
        if (errors->count)
            most = fmax(most, fmin(fabs(errors->worst), MOST_TAIL * errors->p90));
    }
    return most;
}

static void draw_curve(cairo_t *cairo, const struct plot *plot,
                       const struct accuracy_errors *errors, struct series_style style)
{
    double y = 0;
    cairo_move_to(cairo, plot_x(plot, 0), plot_y(plot, 0));
    for (size_t i = 0; i < errors->count; i++) {
        cairo_line_to(cairo, plot_x(plot, errors->sorted[i]), plot_y(plot, y));
        y = 100 * (double)(i + 1) / (double)errors->count;
        cairo_line_to(cairo, plot_x(plot, errors->sorted[i]), plot_y(plot, y));
    }
    cairo_line_to(cairo, plot_x(plot, plot->x.most), plot_y(plot, y));
    line_set_dash(cairo, style.dash);
    cairo_set_line_width(cairo, ACCURACY_CURVE_PT);
    colour_set(cairo, style.colour);
    cairo_stroke(cairo);
    line_set_dash(cairo, AXES_SOLID);
}

static struct plot cdf_plot(const struct accuracy_page *page, struct axes_rectangle space,
                            char titles[2][TITLE])
{
    const char *of = "Configurations";
    for (size_t i = 0; i < page->result->accuracy->count; i++)
        if (page->result->accuracy->points[i].rank >= 0)
            of = "Ranks";
    snprintf(titles[0], TITLE, "%s (%%)", figure_word(page->cairo, WORD_ERROR, "Absolute error"));
    snprintf(titles[1], TITLE, "%s (%%)", figure_word(page->cairo, WORD_SHARE, of));
    struct plot plot = {.space = space,
                        .x_title = titles[0],
                        .y_title = titles[1],
                        .x = plot_range_to(most_percent(page->result)),
                        .y = {0, 104}};
    plot_place(page->cairo, &plot);
    return plot;
}

void accuracy_draw_cdf(const struct accuracy_page *page, struct axes_rectangle space)
{
    cairo_t *cairo = page->cairo;
    char titles[2][TITLE];
    struct plot plot = cdf_plot(page, space, titles);
    cairo_save(cairo);
    plot_clip(cairo, &plot);
    for (size_t i = 0; i < ACCURACY_BANDS; i++) {
        cairo_rectangle(cairo, plot.inside.left, plot.inside.top,
                        plot_x(&plot, ACCURACY_BAND[i].percent) - plot.inside.left,
                        plot.inside.height);
        colour_set(cairo, ACCURACY_BAND[i].grey);
        cairo_fill(cairo);
    }
    for (size_t i = 0; i < page->result->accuracy->predictor_count; i++)
        if (page->result->errors[i].count)
            draw_curve(cairo, &plot, &page->result->errors[i],
                       series_style(cairo, i, page->result->accuracy->predictor_count));
    cairo_restore(cairo);
    plot_draw(cairo, page->width_pt, page->height_pt, &plot);
}

/* One above the other: the narrower one's edges are the other's, too. */
void accuracy_align_panels(const struct accuracy_page *page, struct axes_rectangle *scatter,
                           struct axes_rectangle *cdf)
{
    char titles[2][TITLE], others[2][TITLE];
    struct plot upper = scatter_plot(page, *scatter, titles), lower = cdf_plot(page, *cdf, others);
    double left = fmax(upper.inside.left, lower.inside.left);
    scatter->left += left - upper.inside.left;
    scatter->width -= left - upper.inside.left;
    cdf->left += left - lower.inside.left;
    cdf->width -= left - lower.inside.left;
}
