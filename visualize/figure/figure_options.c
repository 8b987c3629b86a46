#include "visualize/figure/figure_options.h"

#include "schemas/support/number.h"
#include "schemas/support/text.h"
#include "visualize/figure/data_table.h"
#include "visualize/figure/text.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

struct figure_options figure_options_default(const struct figure_has *has)
{
    return (struct figure_options){.has = has,
                                   .column = {FIGURE_DOUBLE_COLUMN_INCH, NULL},
                                   .dpi = 300,
                                   .formats = FIGURE_PNG | FIGURE_PDF,
                                   .warn = warnx};
}

void figure_options_free(struct figure_options *options)
{
    free(options->style_file.text);
}

static bool take_formats(const struct option_row *row, void *target, const char *text,
                         struct fault *fault)
{
    unsigned formats = figure_formats_parse(text);
    (void)row;
    if (!formats)
        return fault_set(fault, "expected some of " FIGURE_FORMATS ", found '%s'", text);
    *(unsigned *)target = formats;
    return true;
}

/* A venue's column brings its face and size, unless the author chose others. */
static bool take_column(const struct option_row *row, void *target, const char *text,
                        struct fault *fault)
{
    struct figure_options *options = target;
    (void)row;
    if (!column_parse(text, &options->column, fault))
        return false;
    const struct venue *venue = options->column.venue;
    if (!options->font_given) {
        const char *family = venue ? venue_family(venue) : NULL;
        bool is_wanted = !venue || strcmp(family, venue->families[0]) == 0;
        options->style.font = family;
        options->style.missing_font = is_wanted ? NULL : venue->families[0];
    }
    if (!options->font_size_given)
        options->style.font_size_pt = venue ? venue->font_size_pt : 0;
    return true;
}

static bool take_font(const struct option_row *row, void *target, const char *text,
                      struct fault *fault)
{
    struct figure_options *options = target;
    (void)row;
    if (!text_family_is_there(text))
        return fault_set(fault, "there is no font family '%s' here; 'fc-list : family' lists them",
                         text);
    options->style.font = text;
    options->style.missing_font = NULL;
    options->font_given = true;
    return true;
}

static bool take_font_size(const struct option_row *row, void *target, const char *text,
                           struct fault *fault)
{
    struct figure_options *options = target;
    options->font_size_given = true;
    return number_parse(text, row->least, row->most, &options->style.font_size_pt, fault);
}

static bool take_colours(const struct option_row *row, void *target, const char *text,
                         struct fault *fault)
{
    (void)row;
    for (int i = 0; COLOUR_MAP_NAMES[i]; i++)
        if (strcmp(COLOUR_MAP_NAMES[i], text) == 0) {
            *(const char **)target = COLOUR_MAP_NAMES[i];
            return true;
        }
    return fault_set(fault, "expected reds, viridis, cividis, blues or grey, found '%s'", text);
}

/* The words point into what is the command line's, or the style file's. */
static bool take_label(const struct option_row *row, void *target, const char *text,
                       struct fault *fault)
{
    (void)row;
    return words_parse((char *)text, target, fault);
}

static bool take_decimals(const struct option_row *row, void *target, const char *text,
                          struct fault *fault)
{
    struct figure_style *style = target;
    int64_t decimals;
    if (!integer_parse(text, (int64_t)row->least, (int64_t)row->most, &decimals, fault))
        return false;
    style->decimals = (int)decimals;
    style->decimals_given = true;
    return true;
}

static bool take_unit(const struct option_row *row, void *target, const char *text,
                      struct fault *fault)
{
    struct memory_unit unit;
    (void)row;
    if (!memory_unit_named(text, &unit))
        return fault_set(fault, "expected " MEMORY_UNIT_NAMES ", found '%s'", text);
    *(const char **)target = text;
    return true;
}

static bool take_background(const struct option_row *row, void *target, const char *text,
                            struct fault *fault)
{
    bool none = strcmp(text, "none") == 0;
    (void)row;
    if (!none && strcmp(text, "white") != 0)
        return fault_set(fault, "expected white or none, found '%s'", text);
    *(bool *)target = none;
    return true;
}

/* ---- what the figure has ---- */

static bool allow_label(const struct option_row *row, void *target, const char *text,
                        struct fault *fault)
{
    const struct figure_options *options = target;
    (void)row;
    return words_check(text, options->has->words, fault);
}

static bool allow_part(const struct option_row *row, void *target, const char *text,
                       struct fault *fault)
{
    const struct figure_options *options = target;
    (void)text;
    if (options->has->parts & row->detail)
        return true;
    if (row->detail == FIGURE_COLORBAR)
        return fault_set(fault, "the figure has no colour bar");
    if (row->detail == FIGURE_HATCH)
        return fault_set(fault, "nothing is hatched on the figure");
    return fault_set(fault, "no figures are written out on the figure%s%s",
                     options->has->no_values ? "; " : "",
                     options->has->no_values ? options->has->no_values : "");
}

static bool allow_decimals(const struct option_row *row, void *target, const char *text,
                           struct fault *fault)
{
    struct figure_options *options = target;
    options->decimals_on_line = true;
    return allow_part(row, target, text, fault);
}

void figure_options_check_table(const struct figure_options *options, const char *table)
{
    if (table && !data_table_path_valid(table))
        options_error("--table: expected a name that ends in .csv, .json or .tex, found '%s'",
                      table);
    if (options->decimals_on_line && !(options->has->parts & FIGURE_VALUES) &&
        !(table && text_ends_with(table, ".tex")))
        options_error("--decimals: no figures are written out on the figure; it is for --table "
                      "FILE.tex");
}

#define AT(member) offsetof(struct figure_options, member)
#define NO_PART_ROW(option, member, part, text)                                                    \
    {                                                                                              \
        .name = (option), .kind = OPTION_FLAG, .target = AT(member), .allow = allow_part,          \
        .detail = (part), .help = (text)                                                           \
    }

const struct option_row FIGURE_OPTIONS[] = {
    {.kind = OPTION_HEADING, .help = "The figure:"},
    {.name = "column",
     .kind = OPTION_TAKEN,
     .take = take_column,
     .argument = "COLUMN",
     .help = "a paper's: single (3.33 inch), double (7 inch, the default), its width in inches, or "
             "a venue's, with its face and size: " VENUE_NAMES "; acm-double, ..."},
    {.name = "figsize",
     .kind = OPTION_PAIR,
     .target = AT(size_inch),
     .least = 1,
     .most = 40,
     .argument = "WxH",
     .help = "width and height in inches, as WxH or as two numbers; overrides --column"},
    {.name = "format",
     .kind = OPTION_TAKEN,
     .target = AT(formats),
     .take = take_formats,
     .argument = "FORMATS",
     .help = "png, pdf, svg and eps, by commas (default: png,pdf)"},
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
    {.kind = OPTION_HEADING, .help = "Its looks:"},
    {.name = "font",
     .kind = OPTION_TAKEN,
     .take = take_font,
     .argument = "FAMILY",
     .help = "of all text, as 'fc-list : family' names it"},
    {.name = "font-size",
     .kind = OPTION_TAKEN,
     .take = take_font_size,
     .least = 7,
     .most = 24,
     .argument = "POINTS",
     .help = "of labels, from 7 on (default: 8); all else grows with them"},
    {.name = "colors",
     .kind = OPTION_TAKEN,
     .target = AT(style.colours),
     .take = take_colours,
     .argument = "MAP",
     .help = "reds, viridis, cividis, blues or grey, from little (light) to much (dark)"},
    {.name = "label",
     .kind = OPTION_TAKEN,
     .target = AT(style.words),
     .take = take_label,
     .allow = allow_label,
     .argument = "WORD=TEXT,...",
     .help = "in place of the figure's own words, e.g. actual=Measured,theory=Megatron; a comma in "
             "a text is \\,"},
    {.name = "decimals",
     .kind = OPTION_TAKEN,
     .target = AT(style),
     .take = take_decimals,
     .allow = allow_decimals,
     .detail = FIGURE_DECIMALS,
     .most = 6,
     .argument = "N",
     .help = "behind the point of the figures that are written out, in --table FILE.tex too"},
    {.name = "unit",
     .kind = OPTION_TAKEN,
     .target = AT(style.unit),
     .take = take_unit,
     .argument = "UNIT",
     .help = "of memory: " MEMORY_UNIT_NAMES " (default: by size)"},
    OPTION_FLAG_ROW("no-legend", AT(style.no_legend), "leave out the legend"),
    NO_PART_ROW("no-colorbar", style.no_colorbar, FIGURE_COLORBAR, "leave out the colour bar"),
    NO_PART_ROW("no-hatch", style.no_hatch, FIGURE_HATCH, "leave out hatching"),
    NO_PART_ROW("no-values", style.no_values, FIGURE_VALUES,
                "leave out the figures that are written out"),
    {.name = "background",
     .kind = OPTION_TAKEN,
     .target = AT(style.transparent),
     .take = take_background,
     .argument = "white|none",
     .help = "none: the page shows through"},
    {.name = "style",
     .kind = OPTION_FILE,
     .target = AT(style_file),
     .argument = "FILE",
     .help = "a paper's choices in one place: lines of NAME = VALUE, by these options' names; the "
             "command line overrides them, and what a figure does not have is ignored there"},
    {0},
};

double figure_options_width(const struct figure_options *options)
{
    return options->size_inch[0] > 0 ? options->size_inch[0] : options->column.width_inch;
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
        .style = &options->style,
        .warn = options->warn,
    };
}
