/* Whole-number expressions over a configuration's sizes: "6*pp", "gbs/(mbs*dp)". */
#ifndef SWEEP_PLAN_EXPRESSION_H
#define SWEEP_PLAN_EXPRESSION_H

#include "schemas/support/fault.h"

#include <stddef.h>
#include <stdint.h>

/* What a name stands for. A value of -1 is not known. */
struct expression_name {
    const char *name;
    int64_t value;
};

enum expression_end {
    EXPRESSION_DONE,
    EXPRESSION_NO_VALUE,  /* it has none with these values: a division with a rest, by 0, too large
                           */
    EXPRESSION_MALFORMED, /* it has none with any: not understood, or a name that is not known */
};

/* + - * / ( ), whole numbers, and the names. Divisions must leave no rest. The fault says where the
 * text is not understood, or which operation has no value. */
enum expression_end expression_evaluate(const char *text, const struct expression_name *names,
                                        size_t name_count, int64_t *value, struct fault *fault);

#endif
