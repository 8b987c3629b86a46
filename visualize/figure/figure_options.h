/* The options of every command that draws a figure: its size, its files, its title, its looks. One
 * more is a row of FIGURE_OPTIONS and a field of struct figure_options. */
#ifndef VISUALIZE_FIGURE_FIGURE_OPTIONS_H
#define VISUALIZE_FIGURE_FIGURE_OPTIONS_H

#include "schemas/support/options.h"
#include "visualize/figure/figure.h"
#include "visualize/figure/figure_style.h"
#include "visualize/figure/venues.h"

struct figure_options {
    double size_inch[2];  /* width and height; 0: from the column, and as the figure wants */
    struct column column; /* of a paper */
    double dpi;
    unsigned formats;
    const char *title; /* NULL: none is given */
    struct figure_style style;
    bool font_given, font_size_given; /* they rule over the column's */
    struct option_file style_file;
    figure_warn_fn warn;
};

struct figure_options figure_options_default(void);

/* The rows; their target is a struct figure_options. */
extern const struct option_row FIGURE_OPTIONS[];

/* The width to draw: --figsize, else the column's. */
double figure_options_width(const struct figure_options *options);

/* A figure as the options want it: with --figsize's height, else its natural one, with --title,
 * else its own, and with the author's style. What draws it is not set. */
struct figure figure_of_options(const struct figure_options *options, double natural_height_inch,
                                const char *title);

#endif
