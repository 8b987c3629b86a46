#include "visualize/heatmap/axis_text.h"

#include "schemas/support/text.h"
#include "visualize/figure/text.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct heatmap_axis_title heatmap_axis_title(size_t dimension)
{
    const struct dimension *row = &DIMENSIONS[dimension];
    struct heatmap_axis_title title;
    bool short_is_a_symbol = strcmp(row->name, row->long_name) != 0 && isupper(row->name[0]);
    snprintf(title.forms[0], HEATMAP_TITLE_TEXT, short_is_a_symbol ? "%s (%s)" : "%s",
             row->long_name, row->name);
    snprintf(title.forms[1], HEATMAP_TITLE_TEXT,
             short_is_a_symbol && text_ends_with(row->long_name, " size") ? "%s size" : "%s",
             row->name);
    snprintf(title.forms[2], HEATMAP_TITLE_TEXT, "%s", row->name);
    for (int i = 0; i < HEATMAP_TITLE_FORMS; i++)
        title.forms[i][0] = (char)toupper((unsigned char)title.forms[i][0]);
    return title;
}

char *heatmap_panel_title(const struct axis *facet, size_t panel, char text[HEATMAP_TITLE_TEXT])
{
    char value[DIMENSION_WORD_SIZE];
    snprintf(text, HEATMAP_TITLE_TEXT, "%s %s", DIMENSIONS[facet->dimension].name,
             dimension_value_text(facet->dimension, &facet->values[panel], value));
    return text;
}

double heatmap_widest_value(cairo_t *cairo, const struct axis *axis, double size_pt)
{
    struct text_style style = {.size_pt = size_pt};
    double widest = 0;
    for (size_t i = 0; i < axis->count; i++) {
        char text[DIMENSION_WORD_SIZE];
        dimension_value_text(axis->dimension, &axis->values[i], text);
        widest = fmax(widest, text_measure(cairo, text, &style).width);
    }
    return widest;
}
