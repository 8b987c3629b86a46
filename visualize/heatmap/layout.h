/* Where everything of a heatmap stands on its page, and how long its labels may be. */
#ifndef VISUALIZE_HEATMAP_LAYOUT_H
#define VISUALIZE_HEATMAP_LAYOUT_H

#include "visualize/figure/axes.h"
#include "visualize/figure/figure_style.h"
#include "visualize/figure/text.h"
#include "visualize/heatmap/grid.h"

#include <cairo/cairo.h>

struct heatmap_metric;

struct heatmap_figure {
    const struct heatmap_grid *grid;
    const struct heatmap_metric *metric;
    double min_value, max_value; /* the ends of the colour scale, in the metric's unit */
    double limit;                /* the GPU's memory, so too; NAN: not known */
    const char *title;           /* or NULL */
};

/* How a success is labelled, from the fullest form to none. */
enum heatmap_label {
    HEATMAP_LABEL_NAMED,         /* Actual: 57.3 GB, and below it Theory: 136.9 GB */
    HEATMAP_LABEL_UNITS,         /* 57.3 GB / 136.9 GB */
    HEATMAP_LABEL_UNITS_STACKED, /* 57.3 GB, and below it 136.9 GB */
    HEATMAP_LABEL_PLAIN,         /* 57.3 / 136.9 */
    HEATMAP_LABEL_STACKED,       /* 57.3, and below it 136.9 */
    HEATMAP_LABEL_ACTUAL,        /* 57.3 */
    HEATMAP_LABEL_ALONE,         /* the same without the note: which of several it is */
    HEATMAP_LABEL_NONE,
};

enum { HEATMAP_LABEL_LINES = 3, HEATMAP_LABEL_SIZE = 128 };

/* The words of the labels, and how figures are written. */
struct heatmap_texts {
    const char *first, *second, *unit;
    int decimals;
    bool named; /* the figure has both of two figures, and says which is which */
};
struct heatmap_texts heatmap_texts_of(cairo_t *cairo, const struct heatmap_figure *figure);

struct heatmap_layout {
    struct axes_rectangle plot; /* all panels */
    size_t panel_columns, panel_rows;
    double panel_width, panel_height; /* the cells of one panel */
    double panel_top;                 /* above them: the panel's title */
    double cell_width, cell_height;
    enum heatmap_label label;
    double label_pt;
    double tick_pt;            /* the values beside the rows and below the columns */
    double x_tick_height;      /* what the values below the columns take */
    bool x_ticks_upright;      /* they are turned a quarter, since words do not fit side by side */
    bool has_bar;              /* there is something that it explains, and the author wants it */
    struct axes_rectangle bar; /* the colour bar */
    double bar_tick;           /* between its numbers */
    double bar_title_right;    /* of a standing bar */
    bool bar_below_grid;       /* below the grid instead of at its right */
    double y_title_left, legend_top, title_top;
};

/* The text of a cell's label in one form: up to three lines, returns how many. */
size_t heatmap_label_lines(const struct heatmap_texts *texts, const struct heatmap_cell *cell,
                           enum heatmap_label form,
                           char lines[HEATMAP_LABEL_LINES][HEATMAP_LABEL_SIZE]);

/* The height of a cell that its mark (a dash, a cross) takes above its label; 0 where the mark has
 * the cell for itself, or there is none. */
double heatmap_mark_height(const struct heatmap_cell *cell, enum heatmap_label form, double height);

/* Lays the figure out on a page. The context is only measured in. */
struct heatmap_layout heatmap_layout_make(cairo_t *cairo, const struct heatmap_figure *figure,
                                          double width_pt, double height_pt);

/* The rectangle that a panel's cells fill. */
struct axes_rectangle heatmap_panel_place(const struct heatmap_layout *layout, size_t panel);

/* A cell's rectangle without the gap around it. */
struct axes_rectangle heatmap_cell_place(const struct heatmap_layout *layout,
                                         const struct heatmap_grid *grid, size_t panel,
                                         size_t y_index, size_t x_index);

/* Whether the cell's ground says its value. */
bool heatmap_is_coloured(const struct heatmap_cell *cell);

/* Where on the colour scale a cell's value is, 0 to 1. */
double heatmap_share(const struct heatmap_figure *figure, const struct heatmap_cell *cell);

/* The label's style in a cell: bold in the darkest fifth of the scale, where that fits. */
struct text_style heatmap_label_style(cairo_t *cairo, const struct heatmap_figure *figure,
                                      const struct heatmap_layout *layout,
                                      const struct heatmap_cell *cell, struct colour ground);

/* The height, in inches, that a figure of that width wants: a third of it, more where the rows need
 * it, less where so few rows would be slabs. */
double heatmap_natural_height(const struct heatmap_figure *figure, const struct figure_style *style,
                              double width_inch);

/* Round numbers between which all values are; from 0 to one where there is but one value. */
struct axes_range heatmap_round_range(const struct heatmap_grid *grid);

/* A round number that no cell's value is over: where a colour scale ends that nobody has set. */
double heatmap_round_end(const struct heatmap_grid *grid);

#endif
