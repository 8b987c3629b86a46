/* The heatmap's data as a table for other programs. */
#ifndef VISUALIZE_HEATMAP_TABLE_H
#define VISUALIZE_HEATMAP_TABLE_H

#include "visualize/heatmap/grid.h"

/* Writes one row per cell: tp,pp,dp,status,actual_gb,theory_gb,static_gb,ranks,iterations,file,
 * peak_iteration,peak_of,peak_measures (whose peak stands, how it was found, what it measures),
 * where the axes of the figure (first y, then x, then DP, then the facet) and the other dimensions
 * in which cells differ stand before the status, and what else the metric shows (headroom_gb,
 * tokens_per_s_gpu, ...) last. The path's ending says how: .csv, or .json (an
 * array of objects, which hold all else that is known of the configuration, too). What is not known
 * is empty, or null. Fails on another ending. */
bool heatmap_table_write(const struct heatmap_grid *grid, const char *path, struct fault *fault);

/* The same as JSON, whatever the path's ending; "-": to standard output. */
bool heatmap_table_write_json(const struct heatmap_grid *grid, const char *path,
                              struct fault *fault);

/* Whether the path ends in .csv or .json. */
bool heatmap_table_path_valid(const char *path);

#endif
