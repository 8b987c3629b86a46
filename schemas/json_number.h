/* Numbers of JSON text, exactly as strtod reads them but independent of the locale, and faster. */
#ifndef SCHEMAS_JSON_NUMBER_H
#define SCHEMAS_JSON_NUMBER_H

enum json_number_end {
    JSON_NUMBER_READ,
    JSON_NUMBER_MALFORMED, /* not a number as JSON has it */
    JSON_NUMBER_TOO_LARGE, /* past the range of a double */
};

/* Reads the number that begins at *at (and ends before `end`) and moves *at behind it; on failure
 * *at stays, or points to where the number breaks off. */
enum json_number_end json_number_read(const char **at, const char *end, double *value);

enum { JSON_NUMBER_TEXT = 32 };

/* Writes the shortest text that reads back the same, laid out as Python's json has it: "256.0",
 * "0.0059", "1e-05", "1e+16". `value` must be finite. Returns its length. */
int json_number_format(char buffer[JSON_NUMBER_TEXT], double value);

#endif
