/* traced_job DIR: a program that traces itself and ends with 0, whatever becomes of its trace: for
 * tests that take from the library what it needs. */
#include <gmtrace.h>
#include <stddef.h>

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    gmt_options options = gmt_default_options();
    options.directory = argv[1];
    options.max_bytes = 1 << 20;
    options.rank = 0;
    options.world_size = 8;
    options.tp = 2;
    options.tags = "run1";
    gmt_tracer *tracer = NULL;
    if (gmt_start(&options, &tracer) != GMT_OK)
        tracer = NULL; /* every call takes that */
    for (int64_t iteration = 0; iteration < 3; iteration++) {
        gmt_next_iteration(tracer, iteration);
        gmt_mark(tracer, "forward");
        for (uint64_t i = 0; i < 100; i++)
            gmt_log_sample(tracer, i << 20, 128 << 20);
        gmt_log_static(tracer, iteration, 10 << 20);
        gmt_log_peak(tracer, iteration, 99 << 20);
        gmt_log_theoretical(tracer, iteration, 100 << 20);
    }
    gmt_stop(tracer);
    return 0;
}
