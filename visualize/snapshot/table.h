/* The peaks of snapshots as a table: a row for each device, with what its categories held. */
#ifndef VISUALIZE_SNAPSHOT_TABLE_H
#define VISUALIZE_SNAPSHOT_TABLE_H

#include "visualize/figure/figure_style.h"
#include "visualize/snapshot/analysis.h"

/* As the path's ending says: .csv, .json or .tex (booktabs, in the author's words, unit and
 * decimals). Categories that no peak has have no column. */
bool snapshot_table_write(const struct file_analysis *files, size_t count,
                          const struct figure_style *style, const char *path, struct fault *fault);

#endif
