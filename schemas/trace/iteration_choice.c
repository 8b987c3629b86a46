#include "schemas/trace/iteration_choice.h"

#include "schemas/support/quantile.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool iteration_choice_parse(const char *text, struct iteration_choice *choice)
{
    *choice = (struct iteration_choice){0};
    if (strcmp(text, "all") == 0)
        return true;
    if (strcmp(text, "steady") == 0) {
        choice->which = ITERATIONS_STEADY;
        return true;
    }
    const char *digits = text + (*text == '-');
    char *end;
    errno = 0;
    choice->which = ITERATIONS_NUMBER;
    choice->number = strtoll(text, &end, 10);
    return *digits >= '0' && *digits <= '9' && *end == '\0' && errno == 0;
}

const char *iteration_choice_text(const struct iteration_choice *choice,
                                  char text[ITERATION_CHOICE_TEXT])
{
    if (choice->which == ITERATIONS_NUMBER)
        snprintf(text, ITERATION_CHOICE_TEXT, "iteration %" PRId64, choice->number);
    else
        snprintf(text, ITERATION_CHOICE_TEXT, "%s",
                 choice->which == ITERATIONS_STEADY ? "steady iterations" : "all iterations");
    return text;
}

size_t iteration_warm_up(size_t iterations)
{
    enum { SHARE = 20, LEAST = 1, MOST = 10 };
    size_t share = iterations / SHARE;
    return share < LEAST ? LEAST : share > MOST ? MOST : share;
}

double iteration_peaks_fence(double *peaks, size_t count)
{
    enum { LEAST = 8 };                     /* that quartiles need */
    static const double DISTANCES = 1.5;    /* of the quartiles */
    static const double LEAST_SHARE = 1.01; /* where all peaks are nearly the same */
    if (count < LEAST)
        return NAN;
    double low = quantile_of(peaks, count, 0.25), high = quantile_of(peaks, count, 0.75);
    return fmax(high + DISTANCES * (high - low), high * LEAST_SHARE);
}
