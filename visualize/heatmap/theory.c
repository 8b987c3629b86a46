#include "visualize/heatmap/theory.h"

#include "schemas/support/units.h"

#include <math.h>

double heatmap_theory_mb(const struct model_settings *model, const struct heatmap_cell *cell)
{
    struct model_settings settings = *model;
    settings.parallel.tp = cell->tp;
    settings.parallel.pp = cell->pp;
    /* What is known of the run rules over what the model file says in general. */
    if (cell->dp > 0) {
        settings.data_parallel_size = cell->dp;
        settings.world_size = 0;
    }
    if (cell->micro_batch_size > 0)
        settings.parallel.micro_batch_size = cell->micro_batch_size;
    if (cell->micro_batches > 0) {
        settings.micro_batches = cell->micro_batches;
        settings.global_batch_size = 0;
    }
    gmt_model shape;
    gmt_parallel parallel;
    if (!settings_resolve(&settings, &shape, &parallel, NULL))
        return NAN;
    return mb_from_bytes(gmt_theoretical_bytes(&shape, &parallel));
}
