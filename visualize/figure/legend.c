#include "visualize/figure/legend.h"

#include "visualize/figure/figure.h"
#include "visualize/figure/figure_style.h"

#include <math.h>

/* In parts of the text's size. */
static const double KEY_WIDTH = 1.7, KEY_HEIGHT = 0.95, KEY_GAP = 0.5, ENTRY_GAP = 1.6;
static const double LINE_HEIGHT = 1.45;

static double key_space(const struct legend_entry *entry, double size)
{
    return entry->draw_key ? (KEY_WIDTH + KEY_GAP) * size : 0;
}

static double entry_width(cairo_t *cairo, const struct legend_entry *entry,
                          const struct text_style *style)
{
    return key_space(entry, style->size_pt) + text_measure(cairo, entry->text, style).width;
}

static void draw_entry(cairo_t *cairo, double left, double middle, const struct legend_entry *entry,
                       const struct text_style *style)
{
    double size = style->size_pt;
    if (entry->draw_key) {
        cairo_save(cairo);
        cairo_translate(cairo, left, middle - KEY_HEIGHT * size / 2);
        entry->draw_key(cairo, KEY_WIDTH * size, KEY_HEIGHT * size, entry->context);
        cairo_restore(cairo);
    }
    text_draw(cairo, left + key_space(entry, size), middle, 0, 0.5, entry->text, style);
}

/* How many entries of those from `first` on stand on a line of that width; at least one. */
static size_t fitting(const double *widths, size_t first, size_t count, double gap, double width)
{
    double used = widths[first];
    size_t end = first + 1;
    while (end < count && used + gap + widths[end] <= width)
        used += gap + widths[end++];
    return end - first;
}

static size_t lines_at(const double *widths, size_t count, double gap, double width)
{
    size_t lines = 0;
    for (size_t first = 0; first < count; lines++)
        first += fitting(widths, first, count, gap, width);
    return lines;
}

/* The least width at which the lines are no more than at the full one: so they are about equally
 * long, and the last is not a word alone. */
static double balanced_width(const double *widths, size_t count, double gap, double width)
{
    size_t lines = lines_at(widths, count, gap, width);
    double least = 0, most = width;
    while (most - least > 0.5) {
        double middle = (least + most) / 2;
        if (lines_at(widths, count, gap, middle) <= lines)
            most = middle;
        else
            least = middle;
    }
    return most;
}

/* The legend's style, smaller where an entry alone is too wide. */
static struct text_style style_that_fits(cairo_t *cairo, double width,
                                         const struct legend_entry *entries, size_t count,
                                         const struct text_style *style)
{
    struct text_style fits = *style;
    double least = fmin(style->size_pt, text_size_least(cairo));
    for (size_t i = 0; i < count; i++)
        while (entry_width(cairo, &entries[i], &fits) > width) {
            if (fits.size_pt <= least) {
                figure_fail(cairo,
                            "'%s' is too long for the legend: shorten it, or make the "
                            "figure wider",
                            entries[i].text);
                return fits;
            }
            fits.size_pt = fmax(least, fits.size_pt - 0.5);
        }
    return fits;
}

double legend_layout(cairo_t *cairo, double left, double top, double width,
                     const struct legend_entry *entries, size_t count,
                     const struct text_style *wanted, bool draw)
{
    double widths[LEGEND_MOST];
    if (count == 0 || figure_style_of(cairo)->no_legend)
        return 0;
    if (count > LEGEND_MOST) {
        figure_fail(cairo, "more than %d entries in a legend", LEGEND_MOST);
        return 0;
    }
    struct text_style style = style_that_fits(cairo, width, entries, count, wanted);
    double gap = ENTRY_GAP * style.size_pt, line_height = LINE_HEIGHT * style.size_pt, used = 0;
    for (size_t i = 0; i < count; i++)
        widths[i] = entry_width(cairo, &entries[i], &style);
    double most = balanced_width(widths, count, gap, width);
    for (size_t first = 0, end; first < count; first = end) {
        end = first + fitting(widths, first, count, gap, most);
        double line_width = gap * (double)(end - first - 1);
        for (size_t i = first; i < end; i++)
            line_width += widths[i];
        double x = left + (width - line_width) / 2;
        for (size_t i = first; draw && i < end; i++) {
            draw_entry(cairo, x, top + used + line_height / 2, &entries[i], &style);
            x += widths[i] + gap;
        }
        used += line_height;
    }
    return used;
}
