#include "visualize/heatmap/grid.h"

#include "schemas/configuration/combinations.h"
#include "schemas/support/warnings.h"
#include "visualize/heatmap/candidates.h"
#include "visualize/heatmap/metric.h"
#include "visualize/heatmap/mixture.h"
#include "visualize/heatmap/order.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct heatmap_axes heatmap_usual_axes(void)
{
    return (struct heatmap_axes){.x = DIMENSION_PP, .y = DIMENSION_TP, .facet = DIMENSION_COUNT};
}

const char *heatmap_status_text(enum heatmap_status status)
{
    switch (status) {
    case HEATMAP_SUCCESS:
        return sweep_outcome_text(SWEEP_SUCCESS);
    case HEATMAP_OOM:
        return sweep_outcome_text(SWEEP_OOM);
    case HEATMAP_FAILED:
        return sweep_outcome_text(SWEEP_FAILED);
    case HEATMAP_TOO_LARGE:
        return "too large";
    case HEATMAP_NONE:
    case HEATMAP_STATUS_COUNT:
        break;
    }
    return "none";
}

const struct heatmap_cell *heatmap_cell_at(const struct heatmap_grid *grid, size_t panel,
                                           size_t y_index, size_t x_index)
{
    return &grid->cells[(panel * grid->y.count + y_index) * grid->x.count + x_index];
}

dimension_set heatmap_axis_dimensions(const struct heatmap_grid *grid)
{
    dimension_set which = DIMENSION_BIT(grid->axes.x) | DIMENSION_BIT(grid->axes.y);
    if (grid->axes.facet < DIMENSION_COUNT)
        which |= DIMENSION_BIT(grid->axes.facet);
    return which;
}

/* ---- the axes ---- */

static bool has_place(const struct heatmap_axes *axes, const struct configuration *configuration)
{
    return configuration_value(configuration, axes->x).known &&
           configuration_value(configuration, axes->y).known &&
           (axes->facet == DIMENSION_COUNT ||
            configuration_value(configuration, axes->facet).known);
}

/* Takes out what has no place on the axes, and says so. */
static void drop_placeless(struct candidates *candidates, const struct heatmap_axes *axes)
{
    size_t kept = 0;
    for (size_t i = 0; i < candidates->count; i++) {
        const struct candidate *candidate = &candidates->list[i];
        if (has_place(axes, &candidate->cell.configuration))
            candidates->list[kept++] = *candidate;
        else
            heatmap_warn(candidates->grid,
                         "%s: left out: %s not tell %s and %s, so it has no place in the grid",
                         candidate->example ? candidate->example : "a line of the logs",
                         candidate->example ? "its name does" : "it does", DIMENSIONS[axes->y].tag,
                         DIMENSIONS[axes->x].tag);
    }
    candidates->count = kept;
}

static bool collect(struct axis *axis, size_t dimension, const struct candidates *candidates)
{
    axis->dimension = dimension;
    for (size_t i = 0; dimension < DIMENSION_COUNT && i < candidates->count; i++) {
        struct dimension_value value =
            configuration_value(&candidates->list[i].cell.configuration, dimension);
        if (!axis_add(axis, &value))
            return false;
    }
    return true;
}

static size_t index_on(const struct axis *axis, const struct configuration *configuration)
{
    if (axis->count == 0)
        return 0; /* no facet */
    struct dimension_value value = configuration_value(configuration, axis->dimension);
    return axis_find(axis, &value);
}

static size_t place_of(const struct heatmap_grid *grid, const struct configuration *configuration)
{
    return (index_on(&grid->facet, configuration) * grid->y.count +
            index_on(&grid->y, configuration)) *
               grid->x.count +
           index_on(&grid->x, configuration);
}

/* ---- cells that nothing mentions ---- */

/* In what all agree that have a place: the world size, first of all. */
static struct configuration shared_by_all(const struct candidates *candidates)
{
    struct configuration shared = {0};
    for (size_t d = 0; d < DIMENSION_COUNT; d++) {
        struct dimension_value first = {0};
        bool same = true;
        for (size_t i = 0; i < candidates->count && same; i++) {
            struct dimension_value value =
                configuration_value(&candidates->list[i].cell.configuration, d);
            same = i == 0 || dimension_value_compare(d, &first, &value) == 0;
            first = value;
        }
        if (same && first.known)
            configuration_set_value(&shared, d, &first, NULL);
    }
    return shared;
}

static bool is_impossible(const struct configuration *configuration)
{
    int64_t world = configuration_number(configuration, DIMENSION_WORLD_SIZE);
    int64_t tp = configuration_number(configuration, DIMENSION_TP);
    int64_t pp = configuration_number(configuration, DIMENSION_PP);
    if (world < 1 || tp < 1 || pp < 1)
        return false;
    return !configuration_fills_world(configuration, world) ||
           (configuration_number(configuration, DIMENSION_EP) > 1 &&
            configuration_expert_dp(configuration) < 0);
}

struct heatmap_cell heatmap_blank_cell(void)
{
    return (struct heatmap_cell){.actual_mb = NAN,
                                 .theory_mb = NAN,
                                 .static_mb = NAN,
                                 .reserved_mb = NAN,
                                 .expected_mb = NAN,
                                 .step_ms = NAN,
                                 .tflops = NAN,
                                 .tokens_a_gpu = NAN,
                                 .mfu = NAN,
                                 .value = NAN,
                                 .second = NAN};
}

static void set_axis_value(struct configuration *configuration, const struct axis *axis,
                           size_t index)
{
    if (axis->count > 0)
        configuration_set_value(configuration, axis->dimension, &axis->values[index], NULL);
}

static void clear_cells(struct heatmap_grid *grid, const struct candidates *candidates)
{
    struct configuration shared = shared_by_all(candidates);
    configuration_forget(&shared, DIMENSION_DP); /* it follows from the axes */
    for (size_t i = 0; i < grid->cell_count; i++) {
        struct heatmap_cell *cell = &grid->cells[i];
        *cell = heatmap_blank_cell();
        set_axis_value(&cell->configuration, &grid->x, i % grid->x.count);
        set_axis_value(&cell->configuration, &grid->y, i / grid->x.count % grid->y.count);
        set_axis_value(&cell->configuration, &grid->facet, i / grid->x.count / grid->y.count);
        struct configuration whole = cell->configuration;
        configuration_add_missing(&whole, &shared, NULL);
        cell->impossible = is_impossible(&whole);
    }
}

/* ---- several for one cell ---- */

/* How much an outcome counts: of several the one that counts most stands. */
static int weight(const struct heatmap_cell *cell, bool worst)
{
    static const int best_first[] = {[HEATMAP_NONE] = 0,
                                     [HEATMAP_SUCCESS] = 4,
                                     [HEATMAP_OOM] = 2,
                                     [HEATMAP_FAILED] = 1,
                                     [HEATMAP_TOO_LARGE] = 3};
    static const int worst_first[] = {[HEATMAP_NONE] = 0,
                                      [HEATMAP_SUCCESS] = 2,
                                      [HEATMAP_OOM] = 4,
                                      [HEATMAP_FAILED] = 1,
                                      [HEATMAP_TOO_LARGE] = 3};
    return worst ? worst_first[cell->status] : best_first[cell->status];
}

static bool stands_before(const struct heatmap_cell *a, const struct heatmap_cell *b, bool worst,
                          bool more_is_better)
{
    int first = weight(a, worst), second = weight(b, worst);
    if (first != second)
        return first > second;
    if (isnan(a->value) || isnan(b->value))
        return !isnan(a->value);
    return worst == more_is_better ? a->value < b->value : a->value > b->value;
}

/* Are both alike but for a dimension, and for what follows from it? */
static bool alike_but_for(const struct candidate *a, const struct candidate *b,
                          const struct heatmap_axes *axes, size_t from)
{
    for (size_t i = from; i < axes->over_count; i++) {
        size_t dimension = axes->over[i].dimension;
        struct dimension_value first = configuration_value(&a->cell.configuration, dimension);
        struct dimension_value second = configuration_value(&b->cell.configuration, dimension);
        if (dimension_value_compare(dimension, &first, &second) != 0)
            return false;
    }
    return true;
}

/* Leaves one of each group that differs in the dimension of one --over alone. */
static size_t reduce_over(const struct candidate **list, size_t count,
                          const struct heatmap_axes *axes, size_t over, bool more_is_better)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        size_t same = 0;
        while (same < kept && !alike_but_for(list[same], list[i], axes, over + 1))
            same++;
        if (same == kept)
            list[kept++] = list[i];
        else if (stands_before(&list[i]->cell, &list[same]->cell, axes->over[over].worst,
                               more_is_better))
            list[same] = list[i];
    }
    return kept;
}

static void write_note(struct heatmap_cell *cell, const struct heatmap_axes *axes)
{
    dimension_set which = 0;
    char text[CONFIGURATION_TEXT];
    for (size_t i = 0; i < axes->over_count; i++)
        which |= DIMENSION_BIT(axes->over[i].dimension);
    configuration_text(text, sizeof text, &cell->configuration, which);
    snprintf(cell->note, sizeof cell->note, "%.*s", HEATMAP_NOTE - 1, text);
}

static bool fill_cell(struct heatmap_grid *grid, const struct heatmap_input *input, size_t place,
                      const struct candidate **list, size_t count, struct fault *fault)
{
    if (!mixture_check_cell(list, count, &grid->axes, fault))
        return false;
    for (size_t i = 0; i < grid->axes.over_count; i++)
        count = reduce_over(list, count, &grid->axes, i, input->metric->more_is_better);
    grid->cells[place] = list[0]->cell;
    write_note(&grid->cells[place], &grid->axes);
    return true;
}

/* ---- the whole ---- */

struct placed {
    size_t place;
    const struct candidate *candidate;
};

static int compare_placed(const void *a, const void *b)
{
    const struct placed *first = a, *second = b;
    if (first->place != second->place)
        return first->place < second->place ? -1 : 1;
    return (first->candidate > second->candidate) - (first->candidate < second->candidate);
}

static bool fill_cells(struct heatmap_grid *grid, const struct heatmap_input *input,
                       const struct candidates *candidates, struct placed *placed,
                       const struct candidate **list, struct fault *fault)
{
    for (size_t i = 0; i < candidates->count; i++) {
        const struct candidate *candidate = &candidates->list[i];
        placed[i] = (struct placed){place_of(grid, &candidate->cell.configuration), candidate};
        grid->by_status[candidate->cell.status]++;
    }
    qsort(placed, candidates->count, sizeof *placed, compare_placed);
    for (size_t i = 0, count; i < candidates->count; i += count) {
        for (count = 0; i + count < candidates->count && placed[i + count].place == placed[i].place;
             count++)
            list[count] = placed[i + count].candidate;
        if (!fill_cell(grid, input, placed[i].place, list, count, fault))
            return false;
    }
    return true;
}

/* In what the cells that are shown differ: for tables and lists. */
static void find_differences(struct heatmap_grid *grid)
{
    const struct heatmap_cell *last = NULL;
    for (size_t i = 0; i < grid->cell_count; i++) {
        const struct heatmap_cell *cell = &grid->cells[i];
        if (!cell->mentioned)
            continue;
        grid->shown_count++;
        if (last)
            grid->differing |=
                configuration_differences(&last->configuration, &cell->configuration);
        last = cell;
    }
}

static bool make_cells(struct heatmap_grid *grid, const struct heatmap_input *input,
                       const struct candidates *candidates, struct fault *fault)
{
    if (!collect(&grid->x, grid->axes.x, candidates) ||
        !collect(&grid->y, grid->axes.y, candidates) ||
        !collect(&grid->facet, grid->axes.facet, candidates))
        return fault_set_errno(fault, ENOMEM, "the axes");
    grid->panel_count = grid->facet.count ? grid->facet.count : 1;
    grid->cell_count = grid->panel_count * grid->x.count * grid->y.count;
    grid->cells = calloc(grid->cell_count + 1, sizeof *grid->cells);
    struct placed *placed = calloc(candidates->count + 1, sizeof *placed);
    const struct candidate **list = calloc(candidates->count + 1, sizeof(struct candidate *));
    bool made = grid->cells && placed && list;
    if (!made) {
        fault_set_errno(fault, ENOMEM, "a grid of %zu cells", grid->cell_count);
    } else {
        clear_cells(grid, candidates);
        made = fill_cells(grid, input, candidates, placed, list, fault);
    }
    free(placed);
    free((void *)list);
    return made;
}

static bool refuse_nothing(const struct heatmap_input *input, const struct heatmap_grid *grid,
                           struct fault *fault)
{
    if (grid->warning_count > 0)
        return fault_set(fault, "nothing to show; %s", grid->warnings[grid->warning_count - 1]);
    return fault_set(fault, "nothing to show: no configuration in the traces or logs%s",
                     input->filter && input->filter->count ? " that --where chooses" : "");
}

bool heatmap_grid_build(const struct heatmap_input *input, struct heatmap_grid *grid,
                        struct fault *fault)
{
    *grid = (struct heatmap_grid){.axes = input->axes, .metric = input->metric};
    struct candidates candidates;
    bool built = candidates_make(input, grid, &candidates, fault);
    if (built) {
        drop_placeless(&candidates, &grid->axes);
        built = candidates.count > 0 || refuse_nothing(input, grid, fault);
    }
    built = built && mixture_check_figure(&candidates, &grid->axes, fault) &&
            make_cells(grid, input, &candidates, fault);
    if (built)
        find_differences(grid);
    built = built && (grid->axes.order_count == 0 || heatmap_order_apply(grid, fault)) &&
            (!grid->warning_lost || fault_set_errno(fault, ENOMEM, "the figure's warnings"));
    candidates_free(&candidates);
    if (!built)
        heatmap_grid_free(grid);
    return built;
}

void heatmap_grid_free(struct heatmap_grid *grid)
{
    warnings_free(grid->warnings, grid->warning_count);
    axis_free(&grid->x);
    axis_free(&grid->y);
    axis_free(&grid->facet);
    free(grid->cells);
    *grid = (struct heatmap_grid){0};
}
