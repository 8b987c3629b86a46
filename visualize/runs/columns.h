/* Columns of a table for the dimensions in which configurations differ. */
#ifndef VISUALIZE_RUNS_COLUMNS_H
#define VISUALIZE_RUNS_COLUMNS_H

#include "schemas/configuration/configuration.h"
#include "visualize/figure/data_table.h"

/* Adds a column for each dimension of the set, by the table's order; returns their number. Room for
 * DIMENSION_ROOM is enough. */
size_t columns_of_dimensions(struct data_column *columns, dimension_set which);

/* The cells of these columns; texts are the configuration's. Returns their number. */
size_t cells_of_dimensions(struct data_cell *cells, const struct configuration *configuration,
                           dimension_set which);

#endif
