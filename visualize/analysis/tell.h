/* Findings for people and for programs. */
#ifndef VISUALIZE_ANALYSIS_TELL_H
#define VISUALIZE_ANALYSIS_TELL_H

#include "visualize/analysis/findings.h"

/* The findings, worst first, and the configurations with their scores. */
void tell_findings(const struct findings *findings, FILE *stream);

/* "slope 2.01 MB an iteration, grown 600 MB": a finding's figures in one line. */
enum { TELL_FIGURES_TEXT = 256 };
void tell_figures(const struct finding *finding, char text[TELL_FIGURES_TEXT]);

/* schemas/findings.schema.json. */
bool tell_write_json(const struct findings *findings, const char *path, struct fault *fault);

#endif
