#include "visualize/baseline/baseline_output.h"

#include "schemas/configuration/configuration_json.h"
#include "schemas/support/json_writer.h"
#include "schemas/support/output_file.h"
#include "schemas/support/units.h"
#include "schemas/trace/trace_words.h"

#include <inttypes.h>
#include <math.h>

static bool configuration_rose(const struct baseline_configuration *of, double limit)
{
    return baseline_ranks_risen(of, limit) > 0 || baseline_rose(&of->peaks, limit);
}

static bool is_incomplete(const struct baseline_configuration *of)
{
    return of->state == BASELINE_MISSING || baseline_ranks_left(of) > 0;
}

size_t baseline_risen(const struct baseline *baseline, double limit)
{
    size_t risen = 0;
    for (size_t i = 0; i < baseline->count; i++)
        risen += configuration_rose(&baseline->list[i], limit);
    return risen;
}

size_t baseline_incomplete(const struct baseline *baseline)
{
    size_t incomplete = 0;
    for (size_t i = 0; i < baseline->count; i++)
        incomplete += is_incomplete(&baseline->list[i]);
    return incomplete;
}

/* ---- for people ---- */

enum { MOST_LINES = 8 };

static void print_peaks(const struct baseline_peaks *peaks, FILE *stream)
{
    fprintf(stream, "%.1f GB, was %.1f GB: %+.1f%%", gb_from_mb(peaks->now_mb),
            gb_from_mb(peaks->before_mb), baseline_change(peaks) * 100);
}

/* "2-5, 7 and 12 more": the ranks in a state, or, of those compared, the ones that rose. */
static void print_ranks(const struct baseline_configuration *of, enum baseline_state state,
                        double limit, FILE *stream)
{
    size_t parts = 0, hidden = 0;
    for (size_t i = 0; i < of->rank_count; i++) {
        size_t end = i;
        while (end < of->rank_count && of->ranks[end].state == state &&
               (state != BASELINE_COMPARED || baseline_rose(&of->ranks[end].peaks, limit)) &&
               of->ranks[end].rank - of->ranks[i].rank == (int64_t)(end - i))
            end++;
        if (end == i)
            continue;
        if (parts++ >= MOST_LINES)
            hidden += end - i;
        else if (end - i == 1)
            fprintf(stream, "%s%" PRId64, parts > 1 ? ", " : "", of->ranks[i].rank);
        else
            fprintf(stream, "%s%" PRId64 "-%" PRId64, parts > 1 ? ", " : "", of->ranks[i].rank,
                    of->ranks[end - 1].rank);
        i = end - 1;
    }
    if (hidden > 0)
        fprintf(stream, " and %zu more", hidden);
}

static size_t count_in(const struct baseline_configuration *of, enum baseline_state state)
{
    size_t count = 0;
    for (size_t i = 0; i < of->rank_count; i++)
        count += of->ranks[i].state == state;
    return count;
}

static void print_risen(const struct baseline_configuration *of, double limit, FILE *stream)
{
    size_t lines = 0, hidden = 0;
    for (size_t i = 0; i < of->stage_count; i++) {
        if (!baseline_rose(&of->stages[i].peaks, limit))
            continue;
        if (lines++ >= MOST_LINES) {
            hidden++;
            continue;
        }
        fprintf(stream, "    stage %" PRId64 ": ", of->stages[i].stage);
        print_peaks(&of->stages[i].peaks, stream);
        fputc('\n', stream);
    }
    if (hidden > 0)
        fprintf(stream, "    and %zu more stages\n", hidden);
    const struct baseline_rank *most = NULL;
    for (size_t i = 0; i < of->rank_count; i++)
        if (of->ranks[i].state == BASELINE_COMPARED && baseline_rose(&of->ranks[i].peaks, limit) &&
            (!most || baseline_change(&of->ranks[i].peaks) > baseline_change(&most->peaks)))
            most = &of->ranks[i];
    if (!most)
        return;
    fputs("    ranks ", stream);
    print_ranks(of, BASELINE_COMPARED, limit, stream);
    fprintf(stream, "; most rank %" PRId64 ": ", most->rank);
    print_peaks(&most->peaks, stream);
    fputc('\n', stream);
}

static void print_left(const struct baseline_configuration *of, FILE *stream)
{
    static const struct {
        enum baseline_state state;
        const char *why;
    } reasons[] = {{BASELINE_MISSING, "have no peak now"},
                   {BASELINE_UNFINISHED, "did not end well, so that their peaks may be of a part"},
                   {BASELINE_MEASURES, "measure something else than the baseline's"},
                   {BASELINE_NEW, "are not in the baseline"}};
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        if (count_in(of, reasons[i].state) == 0)
            continue;
        fputs("    not compared: ranks ", stream);
        print_ranks(of, reasons[i].state, 0, stream);
        fprintf(stream, " %s\n", reasons[i].why);
    }
}

static void print_one(const struct baseline_configuration *of, double limit, FILE *stream)
{
    char names[256];
    fprintf(stream, "  %s: ", of->text);
    if (of->state == BASELINE_NEW) {
        fputs("not in the baseline\n", stream);
        return;
    }
    if (of->state == BASELINE_MISSING) {
        fputs("in the baseline alone\n", stream);
        return;
    }
    if (isnan(of->peaks.now_mb)) {
        fputs("no rank could be compared\n", stream);
    } else {
        size_t risen = baseline_ranks_risen(of, limit);
        print_peaks(&of->peaks, stream);
        if (baseline_rose(&of->peaks, limit))
            fputs(", rose", stream);
        else if (risen > 0)
            fprintf(stream, ", and %zu ranks rose", risen);
        fputc('\n', stream);
    }
    if (of->not_known)
        fprintf(stream, "    only one side knows %s\n",
                dimension_set_text(names, sizeof names, of->not_known));
    if (of->sampled != of->was_sampled)
        fprintf(stream,
                "    peaks are %s now, and were %s: between two samples there may be more\n",
                trace_peak_word(of->sampled), trace_peak_word(of->was_sampled));
    print_risen(of, limit, stream);
    print_left(of, stream);
}

void baseline_print(const struct baseline *baseline, double limit, FILE *stream)
{
    fputs("\npeaks against the baseline\n", stream);
    for (size_t i = 0; i < baseline->count; i++)
        print_one(&baseline->list[i], limit, stream);
    fprintf(stream,
            "%zu of %zu configurations rose by over %g%%; %zu could not be compared in full\n",
            baseline_risen(baseline, limit), baseline->count, limit * 100,
            baseline_incomplete(baseline));
}

/* ---- for programs ---- */

static const char *state_word(enum baseline_state state)
{
    static const char *const words[] = {[BASELINE_COMPARED] = "compared",
                                        [BASELINE_NEW] = "new",
                                        [BASELINE_MISSING] = "missing",
                                        [BASELINE_UNFINISHED] = "unfinished",
                                        [BASELINE_MEASURES] = "other measure"};
    return words[state];
}

static void put_peaks(struct json_writer *json, const struct baseline_peaks *peaks)
{
    json_put_number(json, "before_MB", peaks->before_mb);
    json_put_number(json, "now_MB", peaks->now_mb);
    json_put_number(json, "change_percent", baseline_change(peaks) * 100);
}

static void put_stages(struct json_writer *json, const struct baseline_configuration *of,
                       double limit)
{
    json_array_begin(json, "stages");
    for (size_t i = 0; i < of->stage_count; i++) {
        json_object_begin(json, NULL);
        json_put_count(json, "stage", of->stages[i].stage);
        put_peaks(json, &of->stages[i].peaks);
        json_put_bool(json, "rose", baseline_rose(&of->stages[i].peaks, limit));
        json_end(json);
    }
    json_end(json);
}

static void put_ranks(struct json_writer *json, const struct baseline_configuration *of,
                      double limit)
{
    json_array_begin(json, "ranks");
    for (size_t i = 0; i < of->rank_count; i++) {
        const struct baseline_rank *rank = &of->ranks[i];
        json_object_begin(json, NULL);
        json_put_count(json, "rank", rank->rank);
        json_put_count(json, "stage", rank->stage);
        json_put_text(json, "state", state_word(rank->state));
        put_peaks(json, &rank->peaks);
        json_put_bool(json, "rose",
                      rank->state == BASELINE_COMPARED && baseline_rose(&rank->peaks, limit));
        json_end(json);
    }
    json_end(json);
}

static void put_configuration(struct json_writer *json, const struct baseline_configuration *of,
                              double limit)
{
    struct configuration known = *of->configuration;
    char names[256];
    configuration_forget(&known, DIMENSION_STAMP); /* of one file, not of the configuration */
    json_object_begin(json, NULL);
    json_put_text(json, "configuration", of->text);
    configuration_write_json(&known, json);
    json_put_text(json, "state", state_word(of->state));
    json_put_bool(json, "rose", configuration_rose(of, limit));
    json_put_bool(json, "complete", !is_incomplete(of));
    put_peaks(json, &of->peaks);
    if (of->state == BASELINE_COMPARED) {
        json_put_text(json, "peak_measures", trace_measure_word(of->measure));
        json_put_text(json, "peak_of", trace_peak_word(of->sampled));
        json_put_text(json, "baseline_peak_of", trace_peak_word(of->was_sampled));
    }
    if (of->not_known)
        json_put_text(json, "known_to_one_side",
                      dimension_set_text(names, sizeof names, of->not_known));
    put_stages(json, of, limit);
    put_ranks(json, of, limit);
    json_end(json);
}

bool baseline_write_json(const struct baseline *baseline, const char *path, double limit,
                         const char *output, struct fault *fault)
{
    struct output_file file;
    if (!output_file_open(&file, output, fault))
        return false;
    struct json_writer json = json_writer_begin(file.stream);
    json_object_begin(&json, NULL);
    json_put_text(&json, "baseline", path);
    json_put_number(&json, "limit_percent", limit * 100);
    json_put_bool(&json, "rose", baseline_risen(baseline, limit) > 0);
    json_put_bool(&json, "complete", baseline_incomplete(baseline) == 0);
    json_array_begin(&json, "configurations");
    for (size_t i = 0; i < baseline->count; i++)
        put_configuration(&json, &baseline->list[i], limit);
    json_end(&json);
    json_end(&json);
    return output_file_commit(&file, fault);
}
