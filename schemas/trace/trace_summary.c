#include "schemas/trace/trace_summary.h"

#include <math.h>

double larger_known(double a, double b)
{
    return isnan(a) || b > a ? b : a;
}

struct trace_summary trace_summary_of(const struct trace *trace)
{
    struct trace_summary summary = {.read = true,
                                    .peak_mb = NAN,
                                    .theory_mb = NAN,
                                    .static_mb = NAN,
                                    .iterations = trace->count,
                                    .ending = trace->ending,
                                    .coordinates = trace->coordinates};
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_iteration *iteration = &trace->iterations[i];
        double peak = trace_iteration_peak_mb(iteration);
        if (!isnan(peak) && !(peak <= summary.peak_mb)) {
            summary.peak_mb = peak;
            summary.peak_iteration = iteration->number;
        }
        summary.theory_mb = larger_known(summary.theory_mb, iteration->theoretical_mb);
        summary.static_mb = larger_known(summary.static_mb, iteration->static_mb);
    }
    return summary;
}
