/* Where a rank stands in its configuration: its place in each of its groups.
 *
 * They are recorded where training code knows them. Else the stage follows from the rank's number,
 * by Megatron's usual numbering, which is wrong where ranks are numbered in another order
 * (--use-tp-pp-dp-mapping). */
#ifndef SCHEMAS_CONFIGURATION_COORDINATES_H
#define SCHEMAS_CONFIGURATION_COORDINATES_H

#include "schemas/configuration/configuration.h"

/* In the order in which recordings and traces have them. */
enum coordinate {
    COORDINATE_TP,
    COORDINATE_CP,
    COORDINATE_DP,
    COORDINATE_PP, /* the pipeline stage */
    COORDINATE_EP,
    COORDINATES,
};

/* The dimension that each is a place in; its column is the coordinate's name in files. */
extern const size_t COORDINATE_DIMENSIONS[COORDINATES];

/* Of all zero bytes: nothing is known. */
struct coordinates {
    uint32_t ordinals[COORDINATES]; /* the place counted from 1; 0: not known */
};

/* The place, from 0; -1: not known. */
static inline int64_t coordinate_place(const struct coordinates *coordinates,
                                       enum coordinate coordinate)
{
    return (int64_t)coordinates->ordinals[coordinate] - 1;
}

/* A place that cannot be one (negative, or past 2^31-1) is not known. */
static inline void coordinate_set(struct coordinates *coordinates, enum coordinate coordinate,
                                  int64_t place)
{
    coordinates->ordinals[coordinate] = place >= 0 && place <= INT32_MAX ? (uint32_t)place + 1 : 0;
}

/* The coordinate of this name ("pp"); COORDINATES: none. `length` bytes of it count. */
enum coordinate coordinate_named(const char *name, size_t length);

/* The pipeline stage: the recorded place, else what the rank's number suggests
 * (configuration_stage). -1 where neither is known, where there is one stage, and where the
 * recorded place is beyond the pipeline parallel size, so that one of the two is wrong. */
int64_t rank_stage(const struct coordinates *coordinates, const struct configuration *configuration,
                   int64_t rank);

#endif
