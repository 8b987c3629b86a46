/* Rows of the options by which commands choose among traces; `at`: where their value is in the
 * table's struct. */
#ifndef VISUALIZE_FIGURE_TRACE_OPTIONS_H
#define VISUALIZE_FIGURE_TRACE_OPTIONS_H

#include "schemas/configuration/filter.h"
#include "schemas/support/options.h"
#include "schemas/trace/iteration_choice.h"

/* Into a struct filter. */
bool trace_options_take_where(const struct option_row *row, void *target, const char *text,
                              struct fault *fault);

/* Into a struct iteration_choice. */
bool trace_options_take_iterations(const struct option_row *row, void *target, const char *text,
                                   struct fault *fault);

#define OPTION_WHERE_ROW(at)                                                                       \
    {                                                                                              \
        .name = "where", .kind = OPTION_TAKEN, .target = (at), .take = trace_options_take_where,   \
        .argument = "K=V,...",                                                                     \
        .help = "take only runs like these, e.g. wd=8192,pp=2..16,ep=1,8,recompute=full"           \
    }

#define OPTION_ITERATIONS_ROW(at)                                                                  \
    {                                                                                              \
        .name = ITERATIONS_OPTION, .kind = OPTION_TAKEN, .target = (at),                           \
        .take = trace_options_take_iterations, .argument = ITERATIONS_VALUES,                      \
        .help = ITERATIONS_HELP                                                                    \
    }

#endif
