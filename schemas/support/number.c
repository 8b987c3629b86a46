#include "schemas/support/number.h"

#include "schemas/support/units.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool number_parse(const char *text, double least, double most, double *number, struct fault *fault)
{
    char *end;
    double value = strtod(text, &end);
    /* NAN fails every comparison; a range never includes infinity. */
    if (end != text && !*end && value >= least && value <= most && value <= DBL_MAX) {
        *number = value;
        return true;
    }
    if (most >= NUMBER_NO_LIMIT)
        return fault_set(fault, "'%s' is not a number of at least %g", text, least);
    return fault_set(fault, "'%s' is not a number from %g to %g", text, least, most);
}

bool integer_parse(const char *text, int64_t least, int64_t most, int64_t *number,
                   struct fault *fault)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (end != text && !*end && errno == 0 && value >= least && value <= most) {
        *number = value;
        return true;
    }
    if (most == INT64_MAX)
        return fault_set(fault, "'%s' is not a whole number of at least %" PRId64, text, least);
    return fault_set(fault, "'%s' is not a whole number from %" PRId64 " to %" PRId64, text, least,
                     most);
}

bool size_parse(const char *text, double usual_mb, double *mb, double *unit_mb, struct fault *fault)
{
    static const struct {
        char letter;
        double mb;
    } UNITS[] = {{'K', 1 / UNITS_MB_PER_GB},
                 {'M', 1},
                 {'G', UNITS_MB_PER_GB},
                 {'T', UNITS_MB_PER_GB * UNITS_MB_PER_GB}};
    char *end;
    double number = strtod(text, &end), unit = *end ? 0 : usual_mb;
    for (size_t i = 0; i < sizeof UNITS / sizeof *UNITS; i++)
        if (toupper((unsigned char)*end) == UNITS[i].letter &&
            (!end[1] || strcasecmp(end + 1, "B") == 0 || strcasecmp(end + 1, "iB") == 0))
            unit = UNITS[i].mb;
    if (end == text || unit <= 0 || !isfinite(number) || number < 0)
        return fault_set(fault, "'%s' is not a size like %s80GB, 80GiB, 40G or 500MB", text,
                         usual_mb > 1 ? "80, " : "");
    *mb = number * unit;
    if (unit_mb)
        *unit_mb = unit;
    return true;
}

bool duration_parse(const char *text, double *seconds, struct fault *fault)
{
    static const struct {
        char letter;
        double seconds;
    } UNITS[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    char number[32];
    size_t length = strlen(text);
    double unit = 1;
    if (length >= sizeof number)
        return fault_set(fault, "'%s' is not a time like 90, 30m or 2h", text);
    memcpy(number, text, length + 1);
    for (size_t i = 0; i < sizeof UNITS / sizeof *UNITS; i++)
        if (length > 1 && text[length - 1] == UNITS[i].letter) {
            unit = UNITS[i].seconds;
            number[length - 1] = '\0';
        }
    if (!number_parse(number, 0, 1e9, seconds, NULL))
        return fault_set(fault, "'%s' is not a time like 90, 30m or 2h", text);
    *seconds *= unit;
    return true;
}
