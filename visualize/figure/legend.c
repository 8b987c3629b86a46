#include "visualize/figure/legend.h"

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

double legend_layout(cairo_t *cairo, double left, double top, double width,
                     const struct legend_entry *entries, size_t count,
                     const struct text_style *style, bool draw)
{
    double gap = ENTRY_GAP * style->size_pt;
    double line_height = LINE_HEIGHT * style->size_pt;
    double used = 0;
    for (size_t first = 0; first < count;) {
        double line_width = entry_width(cairo, &entries[first], style);
        size_t end = first + 1;
        for (; end < count; end++) {
            double more = gap + entry_width(cairo, &entries[end], style);
            if (line_width + more > width)
                break;
            line_width += more;
        }
        double x = left + (width - line_width) / 2;
        for (size_t i = first; draw && i < end; i++) {
            draw_entry(cairo, x, top + used + line_height / 2, &entries[i], style);
            x += entry_width(cairo, &entries[i], style) + gap;
        }
        used += line_height;
        first = end;
    }
    return used;
}
