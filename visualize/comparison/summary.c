#include "visualize/comparison/summary.h"

#include "schemas/configuration/configuration_json.h"
#include "schemas/support/csv.h"
#include "schemas/support/memory_text.h"
#include "schemas/support/output_file.h"
#include "schemas/support/output_json.h"
#include "schemas/support/units.h"
#include "schemas/trace/trace_words.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>

struct comparison_row comparison_row_of(const struct comparison_pair *pair)
{
    struct comparison_row row = {.rank = pair->rank, .errors = pair->errors};
    for (int i = 0; i < COMPARISON_SIDES; i++) {
        const struct comparison_side *side = &pair->sides[i];
        row.present[i] = side->present;
        row.peak_mb[i] = side->peak_mb;
        row.static_mb[i] = side->static_mb;
        row.samples[i] = side->count + side->left_out;
        row.peak_measure[i] = isnan(side->peak_mb) ? TRACE_MEASURE_NOT_SAID : side->peak_measure;
        row.curve_measure[i] = side->count ? side->curve_measure : TRACE_MEASURE_NOT_SAID;
        row.ending[i] = side->ending;
    }
    bool by_real = pair->sides[COMPARISON_REAL].present;
    row.coordinates = pair->sides[by_real ? COMPARISON_REAL : COMPARISON_SIMULATED].coordinates;
    double real = pair->sides[COMPARISON_REAL].theory_mb;
    row.theory_mb = isnan(real) ? pair->sides[COMPARISON_SIMULATED].theory_mb : real;
    return row;
}

struct comparison_overall comparison_overall_of(const struct comparison_row *rows, size_t count)
{
    struct comparison_overall overall = {
        .worst_rank = -1, .most_percent = NAN, .most_curve_mb = NAN};
    double percents = 0, curves = 0;
    size_t percent_count = 0, curve_count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct comparison_row *row = &rows[i];
        overall.pairs += row->present[COMPARISON_REAL] && row->present[COMPARISON_SIMULATED];
        for (int side = 0; side < COMPARISON_SIDES; side++)
            overall.only[side] += row->present[side] && !row->present[!side];
        double percent = fabs(row->errors.peak_percent);
        if (!isnan(percent)) {
            percents += percent;
            percent_count++;
            if (!(percent <= overall.most_percent)) {
                overall.most_percent = percent;
                overall.worst_rank = row->rank;
            }
        }
        if (!isnan(row->errors.curve_mean_mb)) {
            curves += row->errors.curve_mean_mb;
            curve_count++;
            overall.most_curve_mb = fmax(overall.most_curve_mb, row->errors.curve_most_mb);
        }
    }
    overall.mean_percent = percent_count ? percents / (double)percent_count : NAN;
    overall.mean_curve_mb = curve_count ? curves / (double)curve_count : NAN;
    return overall;
}

void comparison_percent_text(char text[COMPARISON_PERCENT_SIZE], double percent, bool in_figure)
{
    double rounded = round(percent * 100) / 100;
    if (rounded == 0)
        snprintf(text, COMPARISON_PERCENT_SIZE, "0.00%%");
    else if (rounded < 0 && in_figure)
        snprintf(text, COMPARISON_PERCENT_SIZE, "\xE2\x88\x92%.2f%%", -rounded);
    else
        snprintf(text, COMPARISON_PERCENT_SIZE, "%+.2f%%", rounded);
}

/* ---- the terminal ---- */

static void print_mb(FILE *stream, int width, double mb)
{
    if (isnan(mb))
        fprintf(stream, " %*s", width, "-");
    else
        fprintf(stream, " %*.2f", width, mb);
}

static void print_row(FILE *stream, const struct comparison_row *row)
{
    fprintf(stream, "%6" PRId64, row->rank);
    print_mb(stream, 11, row->peak_mb[COMPARISON_REAL]);
    print_mb(stream, 11, row->peak_mb[COMPARISON_SIMULATED]);
    char percent[COMPARISON_PERCENT_SIZE] = "-";
    if (!isnan(row->errors.peak_percent))
        comparison_percent_text(percent, row->errors.peak_percent, false);
    if (isnan(row->errors.peak_mb))
        fprintf(stream, " %10s", "-");
    else
        fprintf(stream, " %+10.2f", row->errors.peak_mb);
    fprintf(stream, " %8s", percent);
    print_mb(stream, 10, row->errors.static_mb);
    print_mb(stream, 10, row->errors.curve_mean_mb);
    print_mb(stream, 10, row->errors.curve_most_mb);
    fprintf(stream, " %7" PRIu64 " %7" PRIu64 "\n", row->samples[COMPARISON_REAL],
            row->samples[COMPARISON_SIMULATED]);
}

static void print_configuration(FILE *stream, const struct agreement *agreement)
{
    char text[CONFIGURATION_TEXT];
    configuration_text(text, sizeof text, &agreement->both, agreement_to_print(agreement));
    fprintf(stream, "configuration: %s\n", *text ? text : "the traces' names do not say");
    for (int side = 0; side < COMPARISON_SIDES; side++) {
        if (agreement->not_known[side])
            fprintf(stream, "not known by the %s traces: %s\n", COMPARISON_SIDE_NAMES[side],
                    dimension_set_text(text, sizeof text, agreement->not_known[side]));
        if (agreement->by_where[side])
            fprintf(stream, "not in the names of the %s traces, taken as --where has it: %s\n",
                    COMPARISON_SIDE_NAMES[side],
                    dimension_set_text(text, sizeof text, agreement->by_where[side]));
    }
}

static bool differ(const enum trace_measure measures[COMPARISON_SIDES])
{
    return measures[0] && measures[1] && measures[0] != measures[1];
}

static void warn_of_endings(comparison_warn_fn warn, const struct comparison_row *rows,
                            size_t count, int side)
{
    size_t killed = 0, running = 0;
    for (size_t i = 0; i < count; i++) {
        killed += rows[i].present[side] && rows[i].ending[side] == TRACE_ENDED_KILLED;
        running += rows[i].present[side] && rows[i].ending[side] == TRACE_ENDED_NOT_YET;
    }
    if (killed)
        warn("%s: %zu ranks did not end well: their last iteration is unfinished",
             COMPARISON_SIDE_NAMES[side], killed);
    if (running)
        warn("%s: %zu ranks had not ended: their last iteration is unfinished",
             COMPARISON_SIDE_NAMES[side], running);
}

void comparison_warn_of_measures(comparison_warn_fn warn, const struct comparison_row *rows,
                                 size_t count)
{
    const struct comparison_row *peaks = NULL, *curves = NULL;
    for (size_t i = 0; i < count; i++) {
        peaks = peaks || !differ(rows[i].peak_measure) ? peaks : &rows[i];
        curves = curves || !differ(rows[i].curve_measure) ? curves : &rows[i];
    }
    if (peaks)
        warn("peaks are not compared, as of rank %" PRId64 ": the real one is of %s, the simulated "
             "one of %s",
             peaks->rank, trace_measure_text(peaks->peak_measure[COMPARISON_REAL]),
             trace_measure_text(peaks->peak_measure[COMPARISON_SIMULATED]));
    if (curves)
        warn("curves are not compared, as of rank %" PRId64
             ": the real one is of %s, the simulated "
             "one of %s",
             curves->rank, trace_measure_text(curves->curve_measure[COMPARISON_REAL]),
             trace_measure_text(curves->curve_measure[COMPARISON_SIMULATED]));
    for (int side = 0; side < COMPARISON_SIDES; side++)
        warn_of_endings(warn, rows, count, side);
}

void comparison_print(FILE *stream, const struct agreement *agreement,
                      const struct comparison_row *rows, size_t count)
{
    print_configuration(stream, agreement);
    fprintf(stream, "%6s %11s %11s %10s %8s %10s %10s %10s %7s %7s\n", "", "real", "simulated",
            "peak", "peak", "static", "curve mean", "curve max", "real", "sim.");
    fprintf(stream, "%6s %11s %11s %10s %8s %10s %10s %10s %7s %7s\n", "rank", "peak, MB",
            "peak, MB", "diff., MB", "diff.", "diff., MB", "error, MB", "error, MB", "samples",
            "samples");
    for (size_t i = 0; i < count; i++)
        print_row(stream, &rows[i]);
    struct comparison_overall overall = comparison_overall_of(rows, count);
    if (overall.worst_rank >= 0)
        fprintf(stream,
                "over %zu rank%s: peaks differ by %.2f%% in the mean and by %.2f%% at most (rank "
                "%" PRId64 ")\n",
                overall.pairs, overall.pairs == 1 ? "" : "s", overall.mean_percent,
                overall.most_percent, overall.worst_rank);
    char mean[MEMORY_TEXT], most[MEMORY_TEXT];
    if (!isnan(overall.mean_curve_mb))
        fprintf(stream, "curves differ by %s in the mean and by %s at most\n",
                memory_text(overall.mean_curve_mb, mean), memory_text(overall.most_curve_mb, most));
}

/* ---- files ---- */

/* The columns of both files, in their order; one home for their names. */
struct column {
    const char *name;
    double value;
};
enum { COLUMNS = 10 };

static void columns_of(const struct comparison_row *row, struct column columns[COLUMNS])
{
    const struct comparison_errors *errors = &row->errors;
    const struct column filled[COLUMNS] = {
        {"real_peak_mb", row->peak_mb[COMPARISON_REAL]},
        {"simulated_peak_mb", row->peak_mb[COMPARISON_SIMULATED]},
        {"peak_difference_mb", errors->peak_mb},
        {"peak_difference_percent", errors->peak_percent},
        {"real_static_mb", row->static_mb[COMPARISON_REAL]},
        {"simulated_static_mb", row->static_mb[COMPARISON_SIMULATED]},
        {"static_difference_mb", errors->static_mb},
        {"theory_mb", row->theory_mb},
        {"curve_mean_error_mb", errors->curve_mean_mb},
        {"curve_max_error_mb", errors->curve_most_mb},
    };
    for (int i = 0; i < COLUMNS; i++)
        columns[i] = filled[i];
}

/* The configuration's columns, or what stands in them, each behind a comma. */
static void put_configuration(FILE *stream, const struct configuration *configuration, bool names)
{
    char text[DIMENSION_WORD_SIZE];
    for (size_t i = 0; i < DIMENSION_COUNT; i++) {
        struct dimension_value value = configuration_value(configuration, i);
        if (!(configuration->written & DIMENSION_BIT(i)))
            continue;
        putc(',', stream);
        csv_put_text(stream,
                     names ? DIMENSIONS[i].column : dimension_value_key_text(i, &value, text));
    }
    if (*configuration->tags) {
        putc(',', stream);
        csv_put_text(stream, names ? "tags" : configuration->tags);
    }
}

bool comparison_write_csv(const char *path, const struct agreement *agreement,
                          const struct comparison_row *rows, size_t count, struct fault *fault)
{
    struct output_file file;
    if (!output_file_open(&file, path, fault))
        return false;
    struct column columns[COLUMNS];
    columns_of(&(struct comparison_row){0}, columns);
    fputs("rank", file.stream);
    for (int i = 0; i < COLUMNS; i++)
        fprintf(file.stream, ",%s", columns[i].name);
    fputs(",real_samples,simulated_samples", file.stream);
    put_configuration(file.stream, &agreement->both, true);
    fputc('\n', file.stream);
    for (size_t row = 0; row < count; row++) {
        columns_of(&rows[row], columns);
        fprintf(file.stream, "%" PRId64, rows[row].rank);
        for (int i = 0; i < COLUMNS; i++)
            fprintf(file.stream, isnan(columns[i].value) ? "," : ",%.2f", columns[i].value);
        fprintf(file.stream, ",%" PRIu64 ",%" PRIu64, rows[row].samples[COMPARISON_REAL],
                rows[row].samples[COMPARISON_SIMULATED]);
        put_configuration(file.stream, &agreement->both, false);
        fputc('\n', file.stream);
    }
    return output_file_commit(&file, fault);
}

static void add_value(cJSON *object, const char *name, double value)
{
    if (isnan(value))
        cJSON_AddNullToObject(object, name);
    else
        cJSON_AddNumberToObject(object, name, round(value * 100) / 100);
}

static bool add_configuration(cJSON *root, const char *name,
                              const struct configuration *configuration)
{
    cJSON *object = cJSON_AddObjectToObject(root, name);
    return object && configuration_to_json(configuration, object);
}

/* A list of columns; "tags" stands for tags that the table of dimensions does not know. */
static bool add_dimensions(cJSON *object, const char *name, dimension_set which)
{
    cJSON *columns = cJSON_AddArrayToObject(object, name);
    for (size_t i = 0; columns && i <= DIMENSION_ROOM; i++)
        if ((which & DIMENSION_BIT(i)) &&
            !cJSON_AddItemToArray(
                columns, cJSON_CreateString(i < DIMENSION_COUNT ? DIMENSIONS[i].column : "tags")))
            return false;
    return columns != NULL;
}

/* Which configuration this is, and what each side's names say of it. */
static bool add_agreement(cJSON *root, const struct agreement *agreement)
{
    if (!add_configuration(root, "configuration", &agreement->both))
        return false;
    for (int side = 0; side < COMPARISON_SIDES; side++) {
        char name[64];
        snprintf(name, sizeof name, "%s_configuration", COMPARISON_SIDE_NAMES[side]);
        if (!add_configuration(root, name, &agreement->sides[side]))
            return false;
    }
    cJSON *not_known = cJSON_AddObjectToObject(root, "not_known");
    cJSON *by_where = cJSON_AddObjectToObject(root, "taken_from_where");
    for (int side = 0; side < COMPARISON_SIDES; side++)
        if (!add_dimensions(not_known, COMPARISON_SIDE_NAMES[side], agreement->not_known[side]) ||
            !add_dimensions(by_where, COMPARISON_SIDE_NAMES[side], agreement->by_where[side]))
            return false;
    return true;
}

static cJSON *json_of(const struct agreement *agreement, const struct comparison_row *rows,
                      size_t count)
{
    cJSON *root = cJSON_CreateObject();
    cJSON *ranks = cJSON_AddArrayToObject(root, "ranks");
    for (size_t row = 0; row < count; row++) {
        struct column columns[COLUMNS];
        columns_of(&rows[row], columns);
        cJSON *object = cJSON_CreateObject();
        cJSON_AddNumberToObject(object, "rank", (double)rows[row].rank);
        for (int i = 0; i < COLUMNS; i++)
            add_value(object, columns[i].name, columns[i].value);
        cJSON_AddNumberToObject(object, "real_samples", (double)rows[row].samples[COMPARISON_REAL]);
        cJSON_AddNumberToObject(object, "simulated_samples",
                                (double)rows[row].samples[COMPARISON_SIMULATED]);
        cJSON_AddItemToArray(ranks, object);
    }
    struct comparison_overall overall = comparison_overall_of(rows, count);
    cJSON *totals = cJSON_AddObjectToObject(root, "overall");
    cJSON_AddNumberToObject(totals, "pairs", (double)overall.pairs);
    add_value(totals, "mean_peak_difference_percent", overall.mean_percent);
    add_value(totals, "max_peak_difference_percent", overall.most_percent);
    add_value(totals, "mean_curve_error_mb", overall.mean_curve_mb);
    add_value(totals, "max_curve_error_mb", overall.most_curve_mb);
    if (overall.worst_rank >= 0)
        cJSON_AddNumberToObject(totals, "worst_rank", (double)overall.worst_rank);
    else
        cJSON_AddNullToObject(totals, "worst_rank");
    if (add_agreement(root, agreement))
        return root;
    cJSON_Delete(root);
    return NULL;
}

bool comparison_write_json(const char *path, const struct agreement *agreement,
                           const struct comparison_row *rows, size_t count, struct fault *fault)
{
    return output_json(path, json_of(agreement, rows, count), fault);
}
