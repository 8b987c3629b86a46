/* The report in a sentence or two: what someone who opens it wants to know first. */
#include "schemas/support/text.h"
#include "schemas/support/units.h"
#include "visualize/report/gather_internal.h"
#include "visualize/report/words.h"
#include "visualize/snapshot/bytes_text.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

struct tally {
    size_t by[REPORT_OUTCOMES];
    size_t tried, ran, against_theory, with_theory;
    size_t judged, judged_right; /* by the expected peak */
    const struct report_configuration *fullest;
};

static struct tally tally_of(const struct report *report)
{
    struct tally tally = {0};
    double gpu_mb = mb_from_gb(report->options->gpu_gb);
    for (size_t i = 0; i < report->configuration_count; i++) {
        const struct report_configuration *row = &report->configurations[i];
        tally.by[row->outcome]++;
        tally.tried += row->outcome != REPORT_NOT_RUN;
        tally.against_theory += row->against_theory;
        bool ran = row->outcome == REPORT_FITS || row->outcome == REPORT_OVER ||
                   row->outcome == REPORT_RAN;
        bool known = row->outcome == REPORT_FITS || row->outcome == REPORT_OUT_OF_MEMORY ||
                     row->outcome == REPORT_OVER;
        tally.ran += ran;
        if (known && !isnan(row->expected_mb)) {
            tally.judged++;
            tally.judged_right += (row->outcome == REPORT_FITS) == (row->expected_mb <= gpu_mb);
        }
        if (ran && !isnan(row->peak_mb) &&
            (!tally.fullest || row->peak_mb > tally.fullest->peak_mb))
            tally.fullest = row;
    }
    return tally;
}

static void write_fullest(FILE *stream, const struct report *report, const struct tally *tally)
{
    const struct report_configuration *row = tally->fullest;
    if (!row)
        return;
    char text[CONFIGURATION_TEXT];
    snprintf(text, sizeof text, "%s", row->text);
    if (report->has_grid && report->grid.shown_count == report->configuration_count)
        configuration_text(text, sizeof text, &row->configuration,
                           heatmap_axis_dimensions(&report->grid));
    fprintf(stream, "; %s %s at %.1f GB", tally->ran > 1 ? "the fullest is" : "it is", text,
            gb_from_mb(row->peak_mb));
    if (trace_measure_is_of_gpu(row->peak_measure))
        fprintf(stream, ", %.0f%%", row->peak_mb / mb_from_gb(report->options->gpu_gb) * 100);
}

/* One configuration: there is nothing to count. */
static void write_one_configuration(FILE *stream, const struct report *report)
{
    const struct report_configuration *row = &report->configurations[0];
    double gpu_gb = report->options->gpu_gb;
    if (row->outcome == REPORT_OUT_OF_MEMORY || row->outcome == REPORT_FAILED ||
        row->outcome == REPORT_NOT_RUN) {
        fprintf(stream, "%s %s", row->text,
                row->outcome == REPORT_OUT_OF_MEMORY ? "ran out of memory"
                : row->outcome == REPORT_FAILED      ? "failed"
                                                     : "was not run");
        if (!isnan(row->peak_mb))
            fprintf(stream, "; its last peak was %.1f GB", gb_from_mb(row->peak_mb));
    } else if (isnan(row->peak_mb)) {
        fprintf(stream, "%s ran; its peak is not known", row->text);
    } else if (trace_measure_is_of_gpu(row->peak_measure)) {
        fprintf(stream, "%s %s %g GB: its peak is %.1f GB, %.0f%%", row->text,
                row->outcome == REPORT_FITS ? "fits in" : "is over", gpu_gb,
                gb_from_mb(row->peak_mb), gb_from_mb(row->peak_mb) / gpu_gb * 100);
    } else {
        fprintf(stream, "%s has a peak of %.1f GB", row->text, gb_from_mb(row->peak_mb));
    }
    if (row->against_theory)
        fprintf(stream, "; it ran although the formula said that it would not");
    fputc('.', stream);
}

static void write_others(FILE *stream, const struct tally *tally)
{
    static const struct {
        enum report_outcome outcome;
        const char *words;
    } kinds[] = {{REPORT_OVER, "ran on a larger GPU"},
                 {REPORT_OUT_OF_MEMORY, "ran out of memory"},
                 {REPORT_FAILED, "failed otherwise"},
                 {REPORT_NOT_RUN, "not run"}};
    const char *before = " ";
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t count = tally->by[kinds[i].outcome];
        if (count == 0)
            continue;
        fprintf(stream, "%s", before);
        words_number(stream, count);
        fprintf(stream, " %s%s",
                kinds[i].outcome != REPORT_NOT_RUN ? ""
                : count == 1                       ? "was "
                                                   : "were ",
                kinds[i].words);
        before = ", ";
    }
    if (before[0] == ',')
        fputc('.', stream);
}

static void write_several(FILE *stream, const struct report *report)
{
    struct tally tally = tally_of(report);
    size_t all = report->configuration_count;
    bool known = tally.by[REPORT_FITS] > 0 || tally.ran == 0;
    size_t good = known ? tally.by[REPORT_FITS] : tally.ran;
    if (good == 0)
        fputs("None", stream);
    else
        words_number(stream, good);
    fputs(" of ", stream);
    words_number(stream, all);
    fprintf(stream, " configurations %s", known && good <= 1 ? "fits" : known ? "fit" : "ran");
    if (known)
        fprintf(stream, " in %g GB", report->options->gpu_gb);
    write_fullest(stream, report, &tally);
    if (tally.against_theory) {
        fputs("; ", stream);
        words_number(stream, tally.against_theory);
        fprintf(stream, " ran although the formula said that %s would not",
                tally.against_theory == 1 ? "it" : "they");
    }
    fputc('.', stream);
    write_others(stream, &tally);
    if (tally.judged) {
        fputs(" The expected peak was right about ", stream);
        words_number(stream, tally.judged_right);
        fputs(" of ", stream);
        words_number(stream, tally.judged);
        fputc('.', stream);
    }
}

/* Of a simulation one wants to know first whether it can be believed. */
static void write_simulated(FILE *stream, const struct report *report)
{
    double most = NAN;
    for (size_t i = 0; i < report->comparison_count; i++)
        most = fmax(most, report->comparisons[i].overall.most_percent); /* passes over NAN */
    if (isnan(most))
        return;
    fprintf(stream, "The simulation's peaks are within %.2f%% of the real run%s. ", most,
            report->comparison_count > 1 ? "s'" : "'s");
}

/* Snapshots alone: the fullest of them, and what most of it is. */
static void write_snapshots(FILE *stream, const struct report *report)
{
    const struct file_analysis *file = NULL;
    const struct device_analysis *fullest = NULL;
    int most = 0;
    for (size_t i = 0; i < report->snapshot_count; i++)
        for (size_t k = 0; k < report->snapshots[i].device_count; k++) {
            const struct device_analysis *device = &report->snapshots[i].devices[k];
            if (fullest && device->allocated.peak <= fullest->allocated.peak)
                continue;
            fullest = device;
            file = &report->snapshots[i];
        }
    if (!fullest) {
        fputs("No memory was allocated.", stream);
        return;
    }
    for (int i = 1; i < MEMORY_CATEGORIES; i++)
        if (fullest->categories[i] > fullest->categories[most])
            most = i;
    if (file->rank >= 0)
        fprintf(stream, "Rank %" PRId64, file->rank);
    else
        fputs("The run", stream);
    fprintf(stream, " peaks at %s of allocated memory", bytes_text(fullest->allocated.peak).text);
    if (report->snapshot_count > 1) {
        fputs(", the most of ", stream);
        words_counted(stream, report->snapshot_count, "snapshot");
    }
    fprintf(stream, "; most of it is %s (%s).",
            most == MEMORY_OTHER ? "of a kind that the rules do not know"
                                 : memory_category_text((enum memory_category)most),
            bytes_text(fullest->categories[most]).text);
}

char *report_make_answer(const struct report *report)
{
    struct growing_text text;
    if (!growing_text_begin(&text))
        return NULL;
    write_simulated(text.stream, report);
    if (report->configuration_count == 0)
        write_snapshots(text.stream, report);
    else if (report->configuration_count == 1)
        write_one_configuration(text.stream, report);
    else
        write_several(text.stream, report);
    return growing_text_end(&text);
}

char *report_make_conclusion(const struct comparison_overall *overall)
{
    struct growing_text text;
    if (!growing_text_begin(&text))
        return NULL;
    if (overall->worst_rank >= 0) {
        fputs("The simulation's peaks differ from the real run's by ", text.stream);
        if (overall->pairs > 1)
            fprintf(text.stream, "%.2f%% in the mean and by %.2f%% at most (rank %" PRId64 ")",
                    overall->mean_percent, overall->most_percent, overall->worst_rank);
        else
            fprintf(text.stream, "%.2f%%", overall->most_percent);
        fputs(", over ", text.stream);
        words_counted(text.stream, overall->pairs, "rank");
    } else {
        fputs("The peaks cannot be compared", text.stream);
    }
    if (!isnan(overall->mean_curve_mb))
        fprintf(text.stream, "; the curves by %.2f GB in the mean and by %.2f GB at most",
                gb_from_mb(overall->mean_curve_mb), gb_from_mb(overall->most_curve_mb));
    fputc('.', text.stream);
    return growing_text_end(&text);
}
