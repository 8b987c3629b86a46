/* Numbers of JSON text, exactly as strtod reads them but independent of the locale, and faster. */
#ifndef SCHEMAS_SUPPORT_JSON_NUMBER_H
#define SCHEMAS_SUPPORT_JSON_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

enum json_number_end {
    JSON_NUMBER_READ,
    JSON_NUMBER_MALFORMED, /* not a number as JSON has it */
    JSON_NUMBER_TOO_LARGE, /* past the range of a double */
};

/* Reads the number that begins at *at (and ends before `end`) and moves *at behind it; on failure
 * *at stays, or points to where the number breaks off. */
enum json_number_end json_number_read(const char **at, const char *end, double *value);

/* digits / 10^places, rounded once, as strtod would; for digits past a double's 2^53, up to which
 * the division of doubles does. False where this machine has no numbers of 128 bits, for 0, and
 * past the most places. */
enum { JSON_NUMBER_MOST_PLACES = 19 };
bool json_number_divide(uint64_t digits, unsigned places, double *value);

enum { JSON_NUMBER_TEXT = 32 };

/* Writes the shortest text that reads back the same, laid out as Python's json has it: "256.0",
 * "0.0059", "1e-05", "1e+16". `value` must be finite. Returns its length. */
int json_number_format(char buffer[JSON_NUMBER_TEXT], double value);

#endif
