/* Text from traces in a page: names may hold anything, and show as they are. */
#ifndef VISUALIZE_REPORT_HTML_TEXT_H
#define VISUALIZE_REPORT_HTML_TEXT_H

#include <stdio.h>

/* As an element's text or an attribute's value. */
void html_text(FILE *stream, const char *text);

/* JSON inside a script element: "</script>" in a string must not end it. */
void html_script_json(FILE *stream, const char *json);

/* The same for a script or style of a library's: without its line that names a source map. */
void html_asset(FILE *stream, const char *text);

#endif
