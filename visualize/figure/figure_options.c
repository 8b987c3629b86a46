#include "visualize/figure/figure_options.h"

#include "schemas/support/command.h"
#include "visualize/figure/figure.h"

#include <string.h>

enum option_key {
    OPTION_WHERE = 0x200, /* past the letters, and past those of the commands */
    OPTION_FIGSIZE,
    OPTION_COLUMN,
    OPTION_DPI,
    OPTION_FORMAT,
    OPTION_TITLE,
};

static const struct argp_option OPTIONS[] = {
    /* Group 1 is what the command reads and writes; its heading is the command's own. */
    {"where", OPTION_WHERE, "K=V,...", 0,
     "take only runs like these, e.g. wd=8192,pp=2..16,ep=1,8,recompute=full", 1},
    {NULL, 0, NULL, 0, "The figure:", 2},
    {"column", OPTION_COLUMN, "single|double", 0, "a paper's column: 3.33 or 7 inch (default) wide",
     0},
    {"figsize", OPTION_FIGSIZE, "WxH", 0, "inches, as two numbers or as WxH; rules over --column",
     0},
    {"format", OPTION_FORMAT, "LIST", 0, "png, pdf and svg, by commas (default: png,pdf)", 0},
    {"dpi", OPTION_DPI, "N", 0, "dots an inch in the PNG (default: 300)", 0},
    {"title", OPTION_TITLE, "TEXT", 0, "written above the figure", 0},
    {NULL, 0, NULL, 0, "Running:", 3},
    {"jobs", 'j', "N", 0, "threads that read (default: one per processor)", 0},
    {"quiet", 'q', NULL, 0, "print only warnings and errors", 0},
    {0},
};

static const double LEAST_INCH = 1, MOST_INCH = 40;

/* "7x2.4", or "7" with the height as the next argument: matplotlib's users write --figsize W H. */
static void take_figsize(struct argp_state *state, struct figure_options *options, char *text)
{
    char *height = strpbrk(text, "xX,");
    if (height)
        *height++ = '\0';
    else if (state->next < state->argc)
        height = state->argv[state->next++];
    if (!height)
        argp_error(state, "--figsize: expected a width and a height in inches, found only '%s'",
                   text);
    options->width_inch = command_number(state, "--figsize", text, LEAST_INCH, MOST_INCH);
    options->height_inch = command_number(state, "--figsize", height, LEAST_INCH, MOST_INCH);
}

static void take_column(struct argp_state *state, struct figure_options *options, const char *text)
{
    options->single_column = strcmp(text, "single") == 0;
    if (!options->single_column && strcmp(text, "double") != 0)
        argp_error(state, "--column: expected single or double, found '%s'", text);
}

static void take_where(struct argp_state *state, struct figure_options *options, const char *text)
{
    struct fault fault = {0};
    if (!filter_parse(text, &options->filter, &fault))
        argp_error(state, "--where: %s", fault.text);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct figure_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        *options = (struct figure_options){.dpi = 300, .formats = FIGURE_PNG | FIGURE_PDF};
        return 0;
    case OPTION_WHERE:
        take_where(state, options, argument);
        return 0;
    case OPTION_FIGSIZE:
        take_figsize(state, options, argument);
        return 0;
    case OPTION_COLUMN:
        take_column(state, options, argument);
        return 0;
    case OPTION_DPI:
        options->dpi = command_number(state, "--dpi", argument, 10, 2400);
        return 0;
    case OPTION_FORMAT:
        options->formats = figure_formats_parse(argument);
        if (!options->formats)
            argp_error(state, "--format: expected some of png,pdf,svg, found '%s'", argument);
        return 0;
    case OPTION_TITLE:
        options->title = argument;
        return 0;
    case 'j':
        options->jobs = (unsigned)command_integer(state, "--jobs", argument, 1, 1024);
        return 0;
    case 'q':
        options->quiet = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp figure_options_argp = {.options = OPTIONS, .parser = parse};

double figure_options_width(const struct figure_options *options)
{
    if (options->width_inch > 0)
        return options->width_inch;
    return options->single_column ? FIGURE_SINGLE_COLUMN_INCH : FIGURE_DOUBLE_COLUMN_INCH;
}
