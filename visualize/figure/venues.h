/* The columns of papers, as their publishers' templates have them. */
#ifndef VISUALIZE_FIGURE_VENUES_H
#define VISUALIZE_FIGURE_VENUES_H

#include "schemas/support/fault.h"

enum { VENUE_FAMILIES = 3 };

struct venue {
    const char *name;
    double single_inch, double_inch;      /* a column, and the text across the page */
    double font_size_pt;                  /* of labels */
    const char *families[VENUE_FAMILIES]; /* the template's face first, then what stands for it */
    const char *package;                  /* of Debian, that has the face */
    const char *source;
};

/* Ended by a venue without a name. */
extern const struct venue VENUES[];

/* What --column says: its width, and the venue (or NULL). "single", "double", a number of inches,
 * a venue's name (its single column), or NAME-double. */
struct column {
    double width_inch;
    const struct venue *venue;
};
bool column_parse(const char *text, struct column *column, struct fault *fault);

/* "acm, ieee, ...", for help and messages. */
#define VENUE_NAMES "acm, ieee, usenix, neurips, icml, springer"

/* The first of a venue's families that is there. */
const char *venue_family(const struct venue *venue);

#endif
