/* Numbers that a user types. */
#ifndef SCHEMAS_SUPPORT_NUMBER_H
#define SCHEMAS_SUPPORT_NUMBER_H

#include "schemas/support/fault.h"

#include <float.h>
#include <stdint.h>

#define NUMBER_NO_LIMIT DBL_MAX

/* The whole text is a number from least to most, both included. On failure the fault names the text
 * and the range. */
bool number_parse(const char *text, double least, double most, double *number, struct fault *fault);

/* The same for a whole number; INT64_MAX is no limit. */
bool integer_parse(const char *text, int64_t least, int64_t most, int64_t *number,
                   struct fault *fault);

/* "90", "90s", "30m", "2h", "1d", in seconds. */
bool duration_parse(const char *text, double *seconds, struct fault *fault);

/* "80", "80GB", "80GiB", "40G", "500MB", in any case, in MB: a GB is 1024 of them, whatever it is
 * called. `usual_mb`: what a number without a unit counts; `unit_mb` (may be NULL): what this one
 * counts. */
bool size_parse(const char *text, double usual_mb, double *mb, double *unit_mb,
                struct fault *fault);

#endif
