#include "visualize/figure/figure_options.h"

struct figure_options figure_options_default(void)
{
    return (struct figure_options){
        .column = FIGURE_COLUMN_DOUBLE, .dpi = 300, .formats = FIGURE_PNG | FIGURE_PDF};
}

static bool take_formats(const struct option_row *row, void *target, const char *text,
                         struct fault *fault)
{
    unsigned formats = figure_formats_parse(text);
    (void)row;
    if (!formats)
        return fault_set(fault, "expected some of png,pdf,svg, found '%s'", text);
    *(unsigned *)target = formats;
    return true;
}

static const char *const COLUMNS[] = {
    [FIGURE_COLUMN_SINGLE] = "single", [FIGURE_COLUMN_DOUBLE] = "double", NULL};

#define AT(member) offsetof(struct figure_options, member)

const struct option_row FIGURE_OPTIONS[] = {
    {.kind = OPTION_HEADING, .help = "The figure:"},
    {.name = "column",
     .kind = OPTION_CHOICE,
     .target = AT(column),
     .words = COLUMNS,
     .help = "a paper's column: 3.33 or 7 inch (default) wide"},
    {.name = "figsize",
     .kind = OPTION_PAIR,
     .target = AT(size_inch),
     .least = 1,
     .most = 40,
     .argument = "WxH",
     .help = "width and height in inches, as WxH or as two numbers; rules over --column"},
    {.name = "format",
     .kind = OPTION_TAKEN,
     .target = AT(formats),
     .take = take_formats,
     .argument = "FORMATS",
     .help = "png, pdf and svg, by commas (default: png,pdf)"},
    {.name = "dpi",
     .kind = OPTION_NUMBER,
     .target = AT(dpi),
     .least = 10,
     .most = 2400,
     .argument = "N",
     .tells_default = true,
     .help = "dots an inch in the PNG"},
    {.name = "title",
     .kind = OPTION_TEXT,
     .target = AT(title),
     .argument = "TEXT",
     .help = "written above the figure"},
    {0},
};

double figure_options_width(const struct figure_options *options)
{
    if (options->size_inch[0] > 0)
        return options->size_inch[0];
    return options->column == FIGURE_COLUMN_SINGLE ? FIGURE_SINGLE_COLUMN_INCH
                                                   : FIGURE_DOUBLE_COLUMN_INCH;
}

struct figure figure_of_options(const struct figure_options *options, double natural_height_inch,
                                const char *title)
{
    return (struct figure){
        .width_inch = figure_options_width(options),
        .height_inch = options->size_inch[1] > 0 ? options->size_inch[1] : natural_height_inch,
        .formats = options->formats,
        .dpi = options->dpi,
        .title = options->title ? options->title : title,
    };
}
