/* The options that every figure's command has, as an argp child: which traces, size, formats,
 * title, jobs. */
#ifndef VISUALIZE_FIGURE_FIGURE_OPTIONS_H
#define VISUALIZE_FIGURE_FIGURE_OPTIONS_H

#include "schemas/configuration/filter.h"

#include <argp.h>
#include <stdbool.h>

struct figure_options {
    struct filter filter;           /* --where; chooses everything by default */
    double width_inch, height_inch; /* 0: from the column, and as the figure wants */
    bool single_column;
    double dpi;
    unsigned formats;
    const char *title;
    unsigned jobs; /* 0: one per processor */
    bool quiet;
};

/* For argp_child; its input is a struct figure_options, which it fills with the defaults. */
extern const struct argp figure_options_argp;

/* The width to draw: --figsize, else the column's. */
double figure_options_width(const struct figure_options *options);

#endif
