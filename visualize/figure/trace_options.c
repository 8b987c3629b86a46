#include "visualize/figure/trace_options.h"

bool trace_options_take_where(const struct option_row *row, void *target, const char *text,
                              struct fault *fault)
{
    (void)row;
    return filter_parse(text, target, fault);
}

bool trace_options_take_iterations(const struct option_row *row, void *target, const char *text,
                                   struct fault *fault)
{
    (void)row;
    return iteration_choice_parse(text, target) ||
           fault_set(fault, "expected " ITERATIONS_VALUES ", found '%s'", text);
}
