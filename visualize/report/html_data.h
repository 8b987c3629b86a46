/* The figures that the page's script works with. */
#ifndef VISUALIZE_REPORT_HTML_DATA_H
#define VISUALIZE_REPORT_HTML_DATA_H

#include "visualize/report/report.h"

#include <stdio.h>

/* An element of JSON that lists configurations and timelines, then one per timeline with its
 * samples: a browser parses those only that are looked at. False when out of memory. */
bool html_data(FILE *stream, const struct report *report);

#endif
