/* killed_job DIR: a job that records eight iterations and then waits to be killed, for showing what
 * a recording keeps: kill -9 it, then `export_trace DIR`. Says that it is ready by a file
 * DIR/ready. */
#include <gmtrace.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    gmt_options options = gmt_default_options();
    options.directory = argv[1];
    options.interval_s = 0; /* only what is logged here */
    options.max_bytes = 1 << 20;
    gmt_tracer *tracer = NULL;
    if (gmt_start(&options, &tracer) != GMT_OK)
        return 1;
    for (int64_t iteration = 0; iteration < 8; iteration++) {
        gmt_next_iteration(tracer, iteration);
        for (uint64_t i = 0; i < 100; i++)
            gmt_log_sample(tracer, i << 20, 128 << 20);
        gmt_log_peak(tracer, iteration, 99 << 20);
    }
    char path[4096];
    snprintf(path, sizeof path, "%s/ready", argv[1]);
    FILE *ready = fopen(path, "w");
    if (!ready)
        return 1;
    fputs("ready\n", ready);
    fclose(ready);
    for (;;)
        pause();
}
