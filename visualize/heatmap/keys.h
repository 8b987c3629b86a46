/* The legend of a heatmap: an entry for each kind of cell that it has, and no others. The marks of
 * cells are drawn here too, so that a key looks like what it explains. */
#ifndef VISUALIZE_HEATMAP_KEYS_H
#define VISUALIZE_HEATMAP_KEYS_H

#include "visualize/figure/legend.h"
#include "visualize/heatmap/layout.h"

enum { HEATMAP_KEYS_MOST = 9, HEATMAP_KEY_TEXT = 160 };

struct heatmap_keys {
    size_t count;
    struct legend_entry entries[HEATMAP_KEYS_MOST];
    char texts[HEATMAP_KEYS_MOST][HEATMAP_KEY_TEXT];
    struct colour sample; /* what the hatching's key stands on */
};

/* Fills the keys in place: entries point into `keys`, so it must not be moved afterwards. */
void heatmap_keys_make(cairo_t *cairo, struct heatmap_keys *keys,
                       const struct heatmap_figure *figure, enum heatmap_label label);

/* Marks in a rectangle whose ground is already there. */
void heatmap_mark_oom(cairo_t *cairo, struct axes_rectangle place);
void heatmap_mark_failed(cairo_t *cairo, struct axes_rectangle place);
void heatmap_mark_ran(cairo_t *cairo, struct axes_rectangle place);
void heatmap_mark_empty(cairo_t *cairo, struct axes_rectangle place);
void heatmap_mark_overflow(cairo_t *cairo, struct axes_rectangle place, struct colour ground);

#endif
