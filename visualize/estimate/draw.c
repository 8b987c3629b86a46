#include "visualize/estimate/draw.h"

#include "schemas/support/output_file.h"
#include "schemas/support/text.h"
#include "schemas/support/units.h"
#include "visualize/figure/figure_output.h"
#include "visualize/heatmap/draw.h"
#include "visualize/heatmap/latex.h"
#include "visualize/heatmap/metric.h"
#include "visualize/heatmap/table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static struct heatmap_figure heatmap_of(const struct heatmap_grid *grid,
                                        const struct heatmap_metric *metric,
                                        const struct estimate_figure *wanted)
{
    return (struct heatmap_figure){.grid = grid,
                                   .metric = metric,
                                   .max_value = mb_from_gb(wanted->gpu_gb) / metric->mb_per_unit,
                                   .limit = mb_from_gb(wanted->gpu_gb) / metric->mb_per_unit,
                                   .title = wanted->options->title};
}

static bool write_table(const struct heatmap_grid *grid, const struct heatmap_metric *metric,
                        const struct estimate_figure *wanted, struct fault *fault)
{
    const struct heatmap_figure heatmap = heatmap_of(grid, metric, wanted);
    const char *path = wanted->table;
    bool written = make_folder_of(path, fault) &&
                   (text_ends_with(path, ".tex")
                        ? heatmap_latex_write(&heatmap, &wanted->options->style, path, fault)
                        : heatmap_table_write(grid, path, fault));
    if (written)
        figure_print_written(path, wanted->quiet);
    return written;
}

static bool write_figure(const struct heatmap_grid *grid, const struct heatmap_metric *metric,
                         const struct estimate_figure *wanted, struct fault *fault)
{
    const struct figure_options *options = wanted->options;
    struct heatmap_figure heatmap = heatmap_of(grid, metric, wanted);
    struct figure figure = figure_of_options(
        options, heatmap_natural_height(&heatmap, &options->style, figure_options_width(options)),
        metric->figure_title);
    figure.draw = heatmap_draw;
    figure.context = &heatmap;
    return figure_write_output(&figure, wanted->output, wanted->quiet, fault);
}

/* What is possible, as the plan of a sweep: the grid asks the estimator for each. */
static bool plan_of(const struct cluster *cluster, struct sweep_log *plan)
{
    plan->entries = calloc(cluster->count + 1, sizeof *plan->entries);
    for (size_t i = 0; plan->entries && i < cluster->count; i++)
        if (!cluster->items[i].impossible[0])
            plan->entries[plan->count++].configuration = cluster->items[i].configuration;
    return plan->entries != NULL;
}

/* Every combination was tried: what has no estimate cannot be, by the world size or by the model.
 */
static void leave_blank(struct heatmap_grid *grid)
{
    for (size_t i = 0; i < grid->cell_count; i++)
        grid->cells[i].impossible |= grid->cells[i].status == HEATMAP_NONE;
}

bool estimate_draw(const struct cluster *cluster, const struct model_settings *settings,
                   const struct estimate_figure *figure, struct fault *fault)
{
    struct sweep_log plan = {0};
    struct heatmap_grid grid;
    const char *unit = figure->options->style.unit;
    const struct heatmap_metric *metric = heatmap_metric_find("expected", unit ? unit : "GB");
    if (!plan_of(cluster, &plan))
        return fault_set_errno(fault, ENOMEM, "%zu configurations", cluster->count);
    const struct heatmap_input input = {.log = &plan,
                                        .filter = figure->filter,
                                        .axes = *figure->axes,
                                        .limit_mb = mb_from_gb(figure->gpu_gb),
                                        .metric = metric,
                                        .model = settings};
    bool drawn = heatmap_grid_build(&input, &grid, fault);
    if (drawn) {
        leave_blank(&grid);
        drawn = (!figure->output || write_figure(&grid, metric, figure, fault)) &&
                (!figure->table || write_table(&grid, metric, figure, fault));
        heatmap_grid_free(&grid);
    }
    free(plan.entries);
    return drawn;
}
