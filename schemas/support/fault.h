/* What went wrong, in words for the user: which file, where in it, what was expected.
 *
 * Functions that can fail return false and fill a fault; the caller decides who hears of it. No
 * function below a main prints.
 */
#ifndef SCHEMAS_SUPPORT_FAULT_H
#define SCHEMAS_SUPPORT_FAULT_H

#include <stdbool.h>

struct fault {
    char text[1024]; /* one line without a newline; "" while nothing is wrong */
    int error;       /* the errno value that fault_set_errno was given, else 0 */
};

/* Sets the text, printf-like, and returns false, so that `return fault_set(...)` reads well.
 * Control characters (a file's name may hold any) become \xNN; a text too long ends in "...".
 * `fault` may be NULL. */
bool fault_set(struct fault *fault, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* As fault_set, with ": " and what the given errno value means at the end. */
bool fault_set_errno(struct fault *fault, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
