/* Sequential colour maps: from light, for little, to dark, for much. Equal steps of the share look
 * like equal steps of lightness (CIELAB L*), in grey print too, and stay so for colour-blind
 * readers, who see lightness as everyone does. Every map ends lighter than COLOUR_OUTCOME, so that
 * what has no figure is told apart from every value. */
#ifndef VISUALIZE_FIGURE_COLOUR_MAP_H
#define VISUALIZE_FIGURE_COLOUR_MAP_H

#include "visualize/figure/colour.h"

struct colour_map;

/* The usual ones: for what is worse, and for what is better, the more there is of it. */
const struct colour_map *colour_map_worse(void);
const struct colour_map *colour_map_better(void);

/* The names, ended by NULL, and the map at that place among them. */
extern const char *const COLOUR_MAP_NAMES[];
const struct colour_map *colour_map_at_place(int place);

/* The colour of a share of the way, 0 to 1; shares outside are held to the ends, NAN to the start.
 */
struct colour colour_map_colour(const struct colour_map *map, double share);

#endif
