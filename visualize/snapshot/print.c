#include "visualize/snapshot/print.h"

#include "schemas/support/standard_output.h"
#include "visualize/snapshot/bytes_text.h"
#include "visualize/snapshot/findings.h"

#include <math.h>
#include <string.h>

static double seconds_between(int64_t from_us, int64_t to_us)
{
    return from_us == SNAPSHOT_NO_TIME || to_us == SNAPSHOT_NO_TIME
               ? NAN
               : (double)(to_us - from_us) * 1e-6;
}

static double percent_of(uint64_t part, uint64_t whole)
{
    return whole ? 100 * (double)part / (double)whole : 0;
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void print_title(FILE *stream, const struct file_analysis *file,
                        const struct device_analysis *device)
{
    fputs(NAME(file_name(file->path)), stream);
    if (file->rank >= 0)
        fprintf(stream, ", rank %" PRId64, file->rank);
    fprintf(stream, ", device %" PRId64 ": ", device->device);
    if (device->events == 0) {
        fputs("no events, the state alone\n", stream);
        return;
    }
    fprintf(stream, "%zu events", device->events);
    double seconds = seconds_between(device->first_us, device->last_us);
    if (!isnan(seconds))
        fprintf(stream, " over %.3f s", seconds);
    fputc('\n', stream);
}

/* "at 0.131 s, event 512", or when it was otherwise. */
static void print_when(FILE *stream, const struct device_analysis *device,
                       const struct replay_level *level, int64_t peak_us)
{
    if (level->peak_step == 0) {
        fputs(device->events ? "before the first event" : "when the snapshot was taken", stream);
        return;
    }
    double seconds = seconds_between(device->first_us, peak_us);
    if (!isnan(seconds))
        fprintf(stream, "at %.3f s, ", seconds);
    fprintf(stream, "event %" PRIu32, level->peak_step);
}

static void print_levels(FILE *stream, const struct device_analysis *device)
{
    fprintf(stream, "  allocated   peak %10s  ", bytes_text(device->allocated.peak).text);
    print_when(stream, device, &device->allocated, device->allocated_peak_us);
    fprintf(stream, "; start %s, end %s (%s with rounding)\n",
            bytes_text(device->allocated.start).text, bytes_text(device->allocated.end).text,
            bytes_text(device->end_rounded).text);
    fprintf(stream, "  reserved    peak %10s  ", bytes_text(device->reserved.peak).text);
    print_when(stream, device, &device->reserved, device->reserved_peak_us);
    fprintf(stream, "; start %s, end %s\n", bytes_text(device->reserved.start).text,
            bytes_text(device->reserved.end).text);
}

static void print_categories(FILE *stream, const struct device_analysis *device)
{
    fputs("  at the peak\n", stream);
    for (int i = 0; i < MEMORY_CATEGORIES; i++)
        if (device->categories[i])
            fprintf(stream, "    %10s %5.1f%%  %s\n", bytes_text(device->categories[i]).text,
                    percent_of(device->categories[i], device->allocated.peak),
                    memory_category_text((enum memory_category)i));
}

static void print_list(FILE *stream, const char *title, const struct site_list *list, size_t top,
                       uint64_t whole, bool with_blocks)
{
    if (list->count == 0)
        return;
    fprintf(stream, "  %s\n", title);
    for (size_t i = 0; i < list->count && i < top; i++) {
        const struct site_sum *site = &list->list[i];
        fprintf(stream, "    %10s", bytes_text(site->bytes).text);
        if (whole)
            fprintf(stream, " %5.1f%%", percent_of(site->bytes, whole));
        if (with_blocks)
            fprintf(stream, " %7" PRIu64 " block%s", site->blocks, site->blocks == 1 ? " " : "s");
        fprintf(stream, "  %-15s  %s\n", memory_category_text(site->category), site->label);
    }
    if (list->count > top)
        fprintf(stream, "    %zu more\n", list->count - top);
}

static void print_places(FILE *stream, const char *title, const struct site_list *list)
{
    if (list->count < 2)
        return;
    fprintf(stream, "  by %s:", title);
    for (size_t i = 0; i < list->count; i++)
        fprintf(stream, "%s %s %s", i ? "," : "", list->list[i].label,
                bytes_text(list->list[i].bytes).text);
    fputc('\n', stream);
}

static void print_segments(FILE *stream, const struct device_analysis *device)
{
    uint64_t largest = 0;
    for (size_t i = 0; i < device->segment_count; i++)
        if (device->segments[i].largest_free > largest)
            largest = device->segments[i].largest_free;
    fprintf(stream, "  at the end, %zu segments of %s: largest free block %s, inactive split %s\n",
            device->segment_count, bytes_text(device->reserved.end).text, bytes_text(largest).text,
            bytes_text(snapshot_inactive_split(device)).text);
}

static void print_findings(FILE *stream, const struct device_analysis *device)
{
    struct snapshot_finding findings[SNAPSHOT_MOST_FINDINGS];
    size_t count = snapshot_findings(device, findings);
    for (size_t i = 0; i < count; i++) {
        fprintf(stream, "  %s: %s\n", findings[i].kind, findings[i].text);
        if (findings[i].advice)
            fprintf(stream, "    To do: %s\n", findings[i].advice);
    }
}

void print_device(FILE *stream, const struct file_analysis *file,
                  const struct device_analysis *device, const struct analysis_options *options,
                  size_t top)
{
    char title[64];
    print_title(stream, file, device);
    print_levels(stream, device);
    print_categories(stream, device);
    if (options->by != SITE_BY_CATEGORY) {
        snprintf(title, sizeof title, "at the peak, by %s", site_by_text(options->by));
        print_list(stream, title, &device->at_peak, top, device->allocated.peak, true);
    }
    print_places(stream, "stream", &device->streams);
    print_places(stream, "pool", &device->pools);
    print_list(stream, "largest blocks at the peak", &device->largest, top < 5 ? top : 5, 0, false);
    print_list(stream, "lived from before the first event to after the last",
               &device->lived_through, top < 5 ? top : 5, 0, true);
    print_list(stream, "allocated and freed most, in all", &device->churned, top < 5 ? top : 5, 0,
               true);
    print_segments(stream, device);
    print_findings(stream, device);
    fputc('\n', stream);
}

/* ---- several ---- */

void print_overview(FILE *stream, const struct file_analysis *files, size_t count)
{
    const struct device_analysis *highest = NULL;
    const struct file_analysis *highest_file = NULL;
    fputs("  rank device  allocated   reserved  largest category\n", stream);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < files[i].device_count; k++) {
            const struct device_analysis *device = &files[i].devices[k];
            int largest = 0;
            for (int category = 1; category < MEMORY_CATEGORIES; category++)
                if (device->categories[category] > device->categories[largest])
                    largest = category;
            if (!highest || device->allocated.peak > highest->allocated.peak) {
                highest = device;
                highest_file = &files[i];
            }
            if (files[i].rank >= 0)
                fprintf(stream, "%6" PRId64, files[i].rank);
            else
                fprintf(stream, "%6s", "-");
            fprintf(stream, " %6" PRId64 " %10s %10s  %s (%.0f%%)  %s\n", device->device,
                    bytes_text(device->allocated.peak).text, bytes_text(device->reserved.peak).text,
                    memory_category_text((enum memory_category)largest),
                    percent_of(device->categories[largest], device->allocated.peak),
                    NAME(file_name(files[i].path)));
        }
    if (highest)
        fprintf(stream, "the largest peak: %s, of %s, device %" PRId64 "\n",
                bytes_text(highest->allocated.peak).text, NAME(file_name(highest_file->path)),
                highest->device);
}

/* ---- two runs ---- */

static void put_change(FILE *stream, uint64_t before, uint64_t after)
{
    bool more = after >= before;
    char text[BYTES_TEXT + 2];
    snprintf(text, sizeof text, "%c%s", more ? '+' : '-',
             bytes_text(more ? after - before : before - after).text);
    fprintf(stream, "%11s", text);
}

static void print_change(FILE *stream, const struct device_change *change, size_t top)
{
    uint64_t before = change->before->allocated.peak, after = change->after->allocated.peak;
    print_title(stream, change->file, change->after);
    fprintf(stream, "  peak %s, was %s:", bytes_text(after).text, bytes_text(before).text);
    put_change(stream, before, after);
    if (before)
        fprintf(stream, " (%+.1f%%)", 100 * ((double)after / (double)before - 1));
    fputs("\n  by category\n", stream);
    for (int i = 0; i < MEMORY_CATEGORIES; i++)
        if (change->categories[i]) {
            fputs("    ", stream);
            put_change(stream, change->before->categories[i], change->after->categories[i]);
            fprintf(stream, "  %s\n", memory_category_text((enum memory_category)i));
        }
    fputs("  by site\n", stream);
    size_t shown = 0;
    for (size_t i = 0; i < change->count && change->sites[i].before != change->sites[i].after;
         i++) {
        const struct site_change *site = &change->sites[i];
        if (shown++ >= top)
            continue;
        fputs("    ", stream);
        put_change(stream, site->before, site->after);
        fprintf(stream, "  %10s -> %10s  %-15s  %s\n", bytes_text(site->before).text,
                bytes_text(site->after).text, memory_category_text(site->category), site->label);
    }
    if (shown > top)
        fprintf(stream, "    %zu more\n", shown - top);
    if (shown == 0)
        fputs("    no change\n", stream);
    fputc('\n', stream);
}

void print_difference(FILE *stream, const struct difference *difference, size_t top)
{
    for (size_t i = 0; i < difference->count; i++)
        print_change(stream, &difference->devices[i], top);
    if (difference->only_before || difference->only_after)
        fprintf(stream, "without a partner: %zu devices of the baseline, %zu of the other side\n",
                difference->only_before, difference->only_after);
}
