/* The timelines as the page's script wants them. */
#ifndef VISUALIZE_REPORT_HTML_DATA_H
#define VISUALIZE_REPORT_HTML_DATA_H

#include "visualize/report/report.h"

/* JSON in new memory; NULL when out of memory. */
char *html_data(const struct report *report);

#endif
