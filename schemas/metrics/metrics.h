/* What runs took and did, by configuration: metrics.csv beside a sweep's logs. See metrics.md. */
#ifndef SCHEMAS_METRICS_METRICS_H
#define SCHEMAS_METRICS_METRICS_H

#include "schemas/configuration/configuration.h"
#include "schemas/support/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define METRICS_FILE "metrics.csv"

struct metrics_row {
    struct configuration configuration;
    double step_ms, tflops; /* an iteration; of each GPU, a second; NAN: not known */
};

struct metrics {
    size_t count;
    struct metrics_row *rows;
};

/* Fails with the line and what was expected there. */
bool metrics_read(const char *path, struct metrics *metrics, struct fault *fault);
bool metrics_write(const char *path, const struct metrics *metrics, struct fault *fault);
void metrics_free(struct metrics *metrics);

#endif
