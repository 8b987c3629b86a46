#include "visualize/figure/colour_map.h"

#include <math.h>
#include <stddef.h>

enum { MOST_STOPS = 9 };

struct colour_map {
    int count;
    unsigned char stops[MOST_STOPS][3]; /* sRGB, from light to dark */
};

/* The reds' ends are the paper's own white and a published colour. Viridis (Smith and van der Walt)
 * and cividis (Nuñez, Anderton and Renslow, PLOS ONE 13(7), 2018) are turned round, so that much is
 * dark, and end before their darkest parts. The blues are ColorBrewer's (Brewer). */
enum { REDS, VIRIDIS, CIVIDIS, BLUES, GREY, MAPS };
static const struct colour_map COLOUR_MAPS[MAPS] = {
    [REDS] = {2, {{255, 255, 255}, {214, 39, 40}}},
    [VIRIDIS] = {8,
                 {{253, 231, 37},
                  {189, 223, 38},
                  {122, 209, 81},
                  {68, 191, 112},
                  {34, 168, 132},
                  {33, 145, 140},
                  {42, 120, 142},
                  {53, 95, 141}}},
    [CIVIDIS] = {8,
                 {{254, 232, 56},
                  {229, 207, 82},
                  {200, 184, 102},
                  {174, 163, 113},
                  {148, 142, 119},
                  {125, 124, 120},
                  {102, 105, 112},
                  {79, 87, 108}}},
    [BLUES] = {9,
               {{247, 251, 255},
                {227, 238, 249},
                {208, 225, 242},
                {183, 212, 234},
                {148, 196, 223},
                {106, 174, 214},
                {74, 152, 201},
                {46, 126, 188},
                {23, 100, 171}}},
    [GREY] = {2, {{255, 255, 255}, {108, 108, 108}}},
};

const char *const COLOUR_MAP_NAMES[] = {"reds", "viridis", "cividis", "blues", "grey", NULL};

const struct colour_map *colour_map_worse(void)
{
    return &COLOUR_MAPS[REDS];
}

const struct colour_map *colour_map_better(void)
{
    return &COLOUR_MAPS[BLUES];
}

const struct colour_map *colour_map_at_place(int place)
{
    return &COLOUR_MAPS[place];
}

static struct colour stop_of(const struct colour_map *map, int stop)
{
    const unsigned char *rgb = map->stops[stop];
    return (struct colour){rgb[0] / 255.0, rgb[1] / 255.0, rgb[2] / 255.0};
}

struct colour colour_map_colour(const struct colour_map *map, double share)
{
    int last = map->count - 1;
    if (!(share > 0))
        return stop_of(map, 0);
    if (share >= 1)
        return stop_of(map, last);
    double first = lab_from_colour(stop_of(map, 0)).lightness;
    double lightness = first + share * (lab_from_colour(stop_of(map, last)).lightness - first);
    int stop = 1;
    struct lab below = lab_from_colour(stop_of(map, 0)), above;
    for (;; stop++, below = above) {
        above = lab_from_colour(stop_of(map, stop));
        if (stop == last || above.lightness <= lightness)
            break;
    }
    double part = (lightness - below.lightness) / (above.lightness - below.lightness);
    return colour_from_lab((struct lab){
        lightness,
        below.a + part * (above.a - below.a),
        below.b + part * (above.b - below.b),
    });
}
