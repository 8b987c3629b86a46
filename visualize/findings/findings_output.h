/* Findings for people and for programs. */
#ifndef VISUALIZE_FINDINGS_FINDINGS_OUTPUT_H
#define VISUALIZE_FINDINGS_FINDINGS_OUTPUT_H

#include "visualize/findings/findings.h"

/* The findings, worst first, and the configurations with their scores. */
void findings_print(const struct findings *findings, FILE *stream);

/* "slope 2.01 MB per iteration, grown 600 MB": a finding's values in one line. */
enum { FINDING_VALUES_TEXT = 256 };
void finding_values_text(const struct finding *finding, char text[FINDING_VALUES_TEXT]);

/* visualize/findings/findings.schema.json. */
bool findings_write_json(const struct findings *findings, const char *path, struct fault *fault);

#endif
