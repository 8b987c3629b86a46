#include "visualize/figure/venues.h"

#include "schemas/support/number.h"
#include "visualize/figure/figure.h"
#include "visualize/figure/text.h"

#include <string.h>

#define TEX_POINTS(points) ((points) / 72.27)
#define TIMES                                                                                      \
    {                                                                                              \
        "TeX Gyre Termes", "Liberation Serif", NULL                                                \
    }

/* Labels of 8 points are what IEEE's template asks for; Springer's captions are of 9 points and its
 * journals' of 8, and elsewhere labels are about a caption's size less one. */
const struct venue VENUES[] = {
    {"acm",
     TEX_POINTS(241.14749),
     TEX_POINTS(506.295),
     8,
     {"Linux Libertine O", "Libertinus Serif", "TeX Gyre Termes"},
     "fonts-linuxlibertine",
     "acmart.dtx 2.10 (github.com/borisveytsman/acmart, 2024-10-19), format sigconf: paper of 8.5 "
     "in, "
     "margins of 54 pt, columnsep=2pc, 9 pt; libertine.sty. Format sigplan: 240.95 pt, 505.89 pt"},
    {"ieee", TEX_POINTS(252), TEX_POINTS(516), 8, TIMES, "fonts-texgyre",
     "IEEEtran.cls 1.8b, two columns: 21 pc, 43 pc; Times; \"8 point Times New Roman for figure "
     "labels\""},
    {"usenix", 3.335, 7, 8, TIMES, "fonts-texgyre",
     "usenix2019_v3.sty and usenix-2020-09.sty: \\textwidth 7.00in, \\columnsep 0.33in, 10 pt; "
     "mathptmx, pslatex"},
    {"neurips", 5.5, 5.5, 8, TIMES, "fonts-texgyre",
     "neurips_2024.sty: one column, textwidth=5.5in, 10 pt; ptm"},
    {"icml", 3.25, 6.75, 8, TIMES, "fonts-texgyre",
     "icml2024.sty: \\textwidth 6.75in, \\columnsep 0.25in; times.sty"},
    {"springer",
     12.2 / 2.54,
     12.2 / 2.54,
     8,
     {"Latin Modern Roman", "CMU Serif", "TeX Gyre Termes"},
     "fonts-lmodern",
     "llncs.cls 2.23 (2023-11-02): one column, \\textwidth 12.2cm, 10 pt, captions \\small (9 pt); "
     "Computer Modern. Springer's journals, sn-jnl.cls: 31 pc, with iicol 160 mm in columns of 76 "
     "mm "
     "(--column 2.99, --column 6.30)"},
    {0},
};

const char *venue_family(const struct venue *venue)
{
    for (int i = 0; i < VENUE_FAMILIES && venue->families[i]; i++)
        if (text_family_is_there(venue->families[i]))
            return venue->families[i];
    return text_family();
}

/* "acm", "acm-double". */
static bool take_venue(const char *text, struct column *column)
{
    for (const struct venue *venue = VENUES; venue->name; venue++) {
        size_t length = strlen(venue->name);
        if (strncmp(text, venue->name, length) != 0)
            continue;
        bool across = strcmp(text + length, "-double") == 0;
        if (!across && text[length] != '\0')
            continue;
        *column = (struct column){across ? venue->double_inch : venue->single_inch, venue};
        return true;
    }
    return false;
}

bool column_parse(const char *text, struct column *column, struct fault *fault)
{
    double inches;
    if (take_venue(text, column))
        return true;
    if (strcmp(text, "single") == 0)
        *column = (struct column){FIGURE_SINGLE_COLUMN_INCH, NULL};
    else if (strcmp(text, "double") == 0)
        *column = (struct column){FIGURE_DOUBLE_COLUMN_INCH, NULL};
    else if (number_parse(text, 1, 40, &inches, NULL))
        *column = (struct column){inches, NULL};
    else
        return fault_set(fault,
                         "expected single, double, a width of 1 to 40 inches, or a venue "
                         "(" VENUE_NAMES ", or one of them with -double), found '%s'",
                         text);
    return true;
}
