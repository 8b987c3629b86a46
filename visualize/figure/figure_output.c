#include "visualize/figure/figure_output.h"

#include "schemas/support/output_file.h"
#include "schemas/support/standard_output.h"

#include <stdio.h>
#include <stdlib.h>

void figure_print_written(const char *path, bool quiet)
{
    if (!quiet)
        printf("wrote %s\n", NAME(path));
}

static void print_written(void *context, const char *path)
{
    figure_print_written(path, *(const bool *)context);
}

bool figure_write_output(const struct figure *figure, const char *output, bool quiet,
                         struct fault *fault)
{
    char *base = figure_base(output);
    bool written = base ? make_folder_of(base, fault) &&
                              figure_write(figure, base, print_written, &quiet, fault)
                        : fault_set(fault, "%s: out of memory", output);
    free(base);
    return written;
}
