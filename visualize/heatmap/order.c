#include "visualize/heatmap/order.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool heatmap_order_parse(const char *text, struct heatmap_axes *axes, struct fault *fault)
{
    size_t length = strcspn(text, "="), dimension = dimension_by_key(text, length);
    if (!text[length])
        return fault_set(fault, "expected KEY=VALUES like tp=8,4,2,1, found '%s'", text);
    if (dimension == DIMENSION_COUNT)
        return dimension_key_fault(text, length, fault);
    if (axes->order_count == HEATMAP_MOST_ORDERS)
        return fault_set(fault, "at most %d can be given", HEATMAP_MOST_ORDERS);
    struct dimension_value value;
    for (const char *at = text + length + 1;; at++) {
        size_t part = strcspn(at, ",");
        if (!dimension_value_parse(dimension, at, part, &value, fault))
            return false;
        at += part;
        if (!*at)
            break;
    }
    axes->orders[axes->order_count++] = (struct heatmap_order){dimension, text + length + 1};
    return true;
}

static const char *order_of(const struct heatmap_axes *axes, size_t dimension)
{
    for (size_t i = axes->order_count; i > 0; i--)
        if (axes->orders[i - 1].dimension == dimension)
            return axes->orders[i - 1].values;
    return NULL;
}

/* Which value, by its own place, stands at each place: the identity without an order. */
static bool find_places(const struct axis *axis, const char *values, size_t *places,
                        struct fault *fault)
{
    size_t used = 0;
    for (const char *at = values; at;) {
        struct dimension_value value;
        size_t length = strcspn(at, ",");
        if (!dimension_value_parse(axis->dimension, at, length, &value, fault))
            return false;
        size_t place = axis_find(axis, &value);
        if (place == axis->count)
            return fault_set(fault, "--order: the figure has no %s %.*s",
                             DIMENSIONS[axis->dimension].name, (int)length, at);
        for (size_t i = 0; i < used; i++)
            if (places[i] == place)
                return fault_set(fault, "--order: %s %.*s is named twice",
                                 DIMENSIONS[axis->dimension].name, (int)length, at);
        places[used++] = place;
        at = at[length] ? at + length + 1 : NULL;
    }
    size_t named = used;
    for (size_t place = 0; place < axis->count; place++) {
        bool is_named = false;
        for (size_t i = 0; i < named; i++)
            is_named = is_named || places[i] == place;
        if (!is_named)
            places[used++] = place;
    }
    return true;
}

static void permute_values(struct axis *axis, const size_t *places, struct dimension_value *ordered)
{
    for (size_t i = 0; i < axis->count; i++)
        ordered[i] = axis->values[places[i]];
    if (axis->count > 0)
        memcpy(axis->values, ordered, axis->count * sizeof *ordered);
}

/* A panel without a facet stands at place 0. */
static size_t place_at(const struct axis *axis, const size_t *places, size_t index)
{
    return axis->count > 0 ? places[index] : 0;
}

bool heatmap_order_apply(struct heatmap_grid *grid, struct fault *fault)
{
    struct axis *const axes[] = {&grid->x, &grid->y, &grid->facet};
    size_t most = grid->x.count + grid->y.count + grid->facet.count;
    size_t *places[3] = {calloc(most + 1, sizeof(size_t))};
    struct heatmap_cell *cells = calloc(grid->cell_count + 1, sizeof *cells);
    struct dimension_value *values = calloc(most + 1, sizeof *values);
    bool done = places[0] && cells && values;
    if (!done)
        fault_set_errno(fault, ENOMEM, "an order of %zu cells", grid->cell_count);
    for (int i = 0; done && i < 3; i++) {
        if (i > 0)
            places[i] = places[i - 1] + axes[i - 1]->count;
        done =
            find_places(axes[i], axes[i]->count ? order_of(&grid->axes, axes[i]->dimension) : NULL,
                        places[i], fault);
    }
    size_t columns = grid->x.count, rows = grid->y.count;
    for (size_t i = 0; done && columns > 0 && rows > 0 && i < grid->cell_count; i++) {
        size_t x = i % columns, y = i / columns % rows, panel = i / columns / rows;
        cells[i] = *heatmap_cell_at(grid, place_at(&grid->facet, places[2], panel), places[1][y],
                                    places[0][x]);
    }
    if (done) {
        for (int i = 0; i < 3; i++)
            permute_values(axes[i], places[i], values);
        memcpy(grid->cells, cells, grid->cell_count * sizeof *cells);
    }
    free(places[0]);
    free(cells);
    free(values);
    return done;
}
