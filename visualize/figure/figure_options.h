/* The options of every command that draws a figure: its size, its files, its title, its looks. One
 * more is a row of FIGURE_OPTIONS and a field of struct figure_options. */
#ifndef VISUALIZE_FIGURE_FIGURE_OPTIONS_H
#define VISUALIZE_FIGURE_FIGURE_OPTIONS_H

#include "schemas/support/options.h"
#include "visualize/figure/figure.h"
#include "visualize/figure/figure_style.h"
#include "visualize/figure/venues.h"

/* What some figures have and others do not: options of it are refused where it is not. */
enum figure_part {
    FIGURE_COLORBAR = 1 << 0,
    FIGURE_HATCH = 1 << 1,
    FIGURE_VALUES = 1 << 2,   /* figures that are written out */
    FIGURE_DECIMALS = 1 << 3, /* of these, or of a table in LaTeX */
};

/* What a command's figures have of what an author may change. */
struct figure_has {
    unsigned parts;         /* enum figure_part */
    const enum word *words; /* that may stand on them, ended by WORDS */
    const char *no_values;  /* what to type in place of --no-values where there are none; or NULL */
};

struct figure_options {
    const struct figure_has *has;
    double size_inch[2];  /* width and height; 0: from the column, and as the figure wants */
    struct column column; /* of a paper */
    double dpi;
    unsigned formats;
    const char *title; /* NULL: none is given */
    struct figure_style style;
    bool font_given, font_size_given; /* they rule over the column's */
    bool decimals_on_line;            /* given by the command line, not a file */
    struct option_file style_file;
    figure_warn_fn warn;
};

/* Of a command whose figures have that. */
struct figure_options figure_options_default(const struct figure_has *has);

/* Frees what was read of --style's file: the words of the style point into it. */
void figure_options_free(struct figure_options *options);

/* The rows; their target is a struct figure_options. */
extern const struct option_row FIGURE_OPTIONS[];

/* `table`: what --table names, or NULL. Ends the command where that is no name of a table, and
 * where decimals were given on the line and neither the figure nor a table in LaTeX has figures
 * that they are for. */
void figure_options_check_table(const struct figure_options *options, const char *table);

/* The width to draw: --figsize, else the column's. */
double figure_options_width(const struct figure_options *options);

/* A figure as the options want it: with --figsize's height, else its natural one, with --title,
 * else its own, and with the author's style. What draws it is not set. */
struct figure figure_of_options(const struct figure_options *options, double natural_height_inch,
                                const char *title);

#endif
