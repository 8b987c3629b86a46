#include "visualize/runs/columns.h"

#include <math.h>

size_t columns_of_dimensions(struct data_column *columns, dimension_set which)
{
    size_t count = 0;
    for (size_t i = 0; i < DIMENSION_COUNT; i++)
        if (which & DIMENSION_BIT(i))
            columns[count++] = (struct data_column){DIMENSIONS[i].column, DIMENSIONS[i].name, 0,
                                                    DIMENSIONS[i].kind == DIMENSION_WORD};
    return count;
}

size_t cells_of_dimensions(struct data_cell *cells, const struct configuration *configuration,
                           dimension_set which)
{
    size_t count = 0;
    for (size_t i = 0; i < DIMENSION_COUNT; i++) {
        if (!(which & DIMENSION_BIT(i)))
            continue;
        struct data_cell *cell = &cells[count++];
        *cell = (struct data_cell){NULL, NAN};
        if (DIMENSIONS[i].kind == DIMENSION_WORD)
            cell->text = configuration_word(configuration, i);
        else if (configuration_value(configuration, i).known)
            cell->number = (double)configuration_number(configuration, i);
    }
    return count;
}
