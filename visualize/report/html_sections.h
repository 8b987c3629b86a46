/* The parts of the page, from top to bottom; html.c puts them together. */
#ifndef VISUALIZE_REPORT_HTML_SECTIONS_H
#define VISUALIZE_REPORT_HTML_SECTIONS_H

#include "visualize/report/report.h"

#include <stdio.h>

/* The simulation's figures beside the real run's; nothing where there is no simulation. */
void html_comparisons(FILE *stream, const struct report *report);

/* The heatmap as a table of links, which follows the page's theme. */
void html_map(FILE *stream, const struct report *report);

/* Every configuration, and what the logs of those said that did not end well. */
void html_configurations(FILE *stream, const struct report *report);
void html_words(FILE *stream, const struct report *report);

void html_findings(FILE *stream, const struct report *report);

/* What PyTorch's snapshots say: their peaks by category, and a chart to explore. */
void html_snapshots(FILE *stream, const struct report *report);

/* The chart's figures, as html_data has those of the timelines. False when out of memory. */
bool html_snapshot_data(FILE *stream, const struct report *report);

/* A table's cell that sorts by its value; a dash where that is NAN. */
void html_number_cell(FILE *stream, const char *format, double value);

/* "#configuration=3", the address of a row's timeline. */
void html_address(FILE *stream, size_t configuration);

#endif
