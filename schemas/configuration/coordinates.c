#include "schemas/configuration/coordinates.h"

#include <string.h>

const size_t COORDINATE_DIMENSIONS[COORDINATES] = {
    [COORDINATE_TP] = DIMENSION_TP, [COORDINATE_CP] = DIMENSION_CP, [COORDINATE_DP] = DIMENSION_DP,
    [COORDINATE_PP] = DIMENSION_PP, [COORDINATE_EP] = DIMENSION_EP,
};

enum coordinate coordinate_named(const char *name, size_t length)
{
    for (int i = 0; i < COORDINATES; i++) {
        const char *own = DIMENSIONS[COORDINATE_DIMENSIONS[i]].column;
        if (strlen(own) == length && memcmp(own, name, length) == 0)
            return (enum coordinate)i;
    }
    return COORDINATES;
}

int64_t rank_stage(const struct coordinates *coordinates, const struct configuration *configuration,
                   int64_t rank)
{
    int64_t stage = coordinate_place(coordinates, COORDINATE_PP);
    if (stage < 0)
        return configuration_stage(configuration, rank);
    int64_t stages = configuration_number(configuration, DIMENSION_PP);
    return stages == 1 || (stages > 1 && stage >= stages) ? -1 : stage;
}
