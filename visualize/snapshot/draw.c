#include "visualize/snapshot/draw.h"

#include "schemas/support/output_file.h"
#include "visualize/snapshot/draw_course.h"
#include "visualize/snapshot/draw_peaks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Two a point is finer than a printer shows. */
static const double COLUMNS_A_POINT = 2;

size_t snapshot_draw_columns(const struct figure_options *options)
{
    return (size_t)(figure_options_width(options) * FIGURE_POINTS_PER_INCH * COLUMNS_A_POINT);
}

static double natural_height(double width_inch)
{
    return width_inch >= 5 ? width_inch / 3 : width_inch * 0.62;
}

static bool write_one(const struct snapshot_figure *from, const char *base, const char *title,
                      double legend_inch, void (*draw)(cairo_t *, double, double, void *),
                      void *context, struct fault *fault)
{
    const struct figure_options *options = from->options;
    struct figure figure = figure_of_options(
        options, natural_height(figure_options_width(options)) + legend_inch, title);
    figure.draw = draw;
    figure.context = context;
    return figure_write(&figure, base, from->written, NULL, fault);
}

/* The names of sites are long: a line of the legend holds one or two of them in a single column,
 * and three in a double one. */
static double legend_inch(const struct course *course, const struct figure_options *options)
{
    if (course->layers == 0 || course->categories[0] >= 0)
        return 0;
    double lines = (double)course->layers / (figure_options_width(options) < 5 ? 1.3 : 3);
    return lines * 0.15;
}

static const struct device_analysis *highest_device(const struct snapshot_figure *figure,
                                                    size_t *devices)
{
    const struct device_analysis *highest = NULL;
    for (size_t i = 0; i < figure->count; i++)
        for (size_t k = 0; k < figure->files[i].device_count; k++) {
            const struct device_analysis *device = &figure->files[i].devices[k];
            ++*devices;
            if (!highest || device->allocated.peak > highest->allocated.peak)
                highest = device;
        }
    return highest;
}

static bool draw_peaks(const struct snapshot_figure *figure, const char *base, size_t devices,
                       struct fault *fault)
{
    struct peak_bar *bars = calloc(devices, sizeof *bars);
    char *name = NULL;
    if (!bars || asprintf(&name, "%s_peaks", base) < 0) {
        free(bars);
        return fault_set(fault, "%s: out of memory", base);
    }
    struct peaks_figure peaks = {.bars = bars, .are_ranks = true, .title = figure->options->title};
    for (size_t i = 0; i < figure->count; i++)
        peaks.are_ranks = peaks.are_ranks && figure->files[i].rank >= 0;
    for (size_t i = 0; i < figure->count; i++)
        for (size_t k = 0; k < figure->files[i].device_count; k++) {
            const struct file_analysis *file = &figure->files[i];
            struct peak_bar *bar = &bars[peaks.count++];
            int64_t number = peaks.are_ranks ? file->rank : (int64_t)i;
            bar->device = &file->devices[k];
            if (file->device_count > 1)
                snprintf(bar->name, sizeof bar->name, "%" PRId64 ".%" PRId64, number,
                         bar->device->device);
            else
                snprintf(bar->name, sizeof bar->name, "%" PRId64, number);
        }
    bool drawn = write_one(figure, name, "GPU memory at the peak, by category", 0, peaks_draw,
                           &peaks, fault);
    free(bars);
    free(name);
    return drawn;
}

bool snapshot_draw(const struct snapshot_figure *figure, const char *path, struct fault *fault)
{
    size_t devices = 0;
    const struct device_analysis *highest = highest_device(figure, &devices);
    if (!highest)
        return fault_set(fault, "%s: no device has memory to draw", path);
    char *base = figure_base(path);
    if (!base)
        return fault_set(fault, "%s: out of memory", path);
    struct course_figure course = {.device = highest, .title = figure->options->title};
    bool drawn =
        make_folder_of(base, fault) &&
        write_one(figure, base, "GPU memory over time",
                  legend_inch(&highest->course, figure->options), course_draw, &course, fault) &&
        (devices < 2 || draw_peaks(figure, base, devices, fault));
    free(base);
    return drawn;
}
