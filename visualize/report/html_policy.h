/* The scripts and the style of a page, and the content security policy that lets these alone run.
 */
#ifndef VISUALIZE_REPORT_HTML_POLICY_H
#define VISUALIZE_REPORT_HTML_POLICY_H

#include "schemas/support/fault.h"

#include <stdbool.h>
#include <stdio.h>

enum { HTML_SCRIPTS = 3 };

/* The text of the elements, without their tags. */
struct html_inline {
    char *style, *scripts[HTML_SCRIPTS];
};

/* Free with html_inline_free in any case. */
bool html_inline_make(struct html_inline *parts, struct fault *fault);
void html_inline_free(struct html_inline *parts);

/* Writes the policy as a meta element: nothing is loaded from anywhere, and of scripts and styles
 * only the page's own are used, known by their SHA-256. Style attributes are allowed (the map's
 * cells have their colours by them) and images within the page (the chart's handles); what they
 * could load is not. To stand before all that it is about. */
void html_policy(FILE *stream, const struct html_inline *parts);

#endif
