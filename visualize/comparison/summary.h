/* The numbers of a comparison: what stays of every rank when its curves are gone. */
#ifndef VISUALIZE_COMPARISON_SUMMARY_H
#define VISUALIZE_COMPARISON_SUMMARY_H

#include "schemas/support/fault.h"
#include "visualize/comparison/agreement.h"
#include "visualize/comparison/pair.h"

#include <stdio.h>

/* One rank without its curves. */
struct comparison_row {
    int64_t rank;
    bool failed; /* neither side could be read or drawn; the fault was reported */
    bool present[COMPARISON_SIDES];
    struct coordinates coordinates; /* as the real trace has them, else the simulated one */
    double peak_mb[COMPARISON_SIDES], static_mb[COMPARISON_SIDES], theory_mb;
    uint64_t samples[COMPARISON_SIDES]; /* taken: with those that others stand for */
    enum trace_measure peak_measure[COMPARISON_SIDES], curve_measure[COMPARISON_SIDES];
    enum trace_ending ending[COMPARISON_SIDES];
    struct comparison_errors errors;
};

struct comparison_row comparison_row_of(const struct comparison_pair *pair);

/* Over all ranks that have both sides. */
struct comparison_overall {
    size_t pairs, only[COMPARISON_SIDES]; /* ranks on one side alone */
    double mean_percent, most_percent;    /* absolute error of the peaks; NAN without pairs */
    double mean_curve_mb, most_curve_mb;
    int64_t worst_rank; /* of the peaks; -1 without pairs */
};

struct comparison_overall comparison_overall_of(const struct comparison_row *rows, size_t count);

/* "+0.01%", "0.00%", or with a true minus sign for figures. */
enum { COMPARISON_PERCENT_SIZE = 32 };
void comparison_percent_text(char text[COMPARISON_PERCENT_SIZE], double percent, bool in_figure);

/* The table on the terminal, under a line that names the configuration and, where one side's names
 * leave dimensions out, a line that names those. */
void comparison_print(FILE *stream, const struct agreement *agreement,
                      const struct comparison_row *rows, size_t count);

/* Warns, by a function like warnx, of what is not compared because the sides measure different
 * things, and of runs that did not end. */
typedef void (*comparison_warn_fn)(const char *format, ...);
void comparison_warn_of_measures(comparison_warn_fn warn, const struct comparison_row *rows,
                                 size_t count);

/* memory_comparison.csv and .json; memory in MB with two decimals. The CSV's last columns are the
 * configuration's; in the JSON it stands under "configuration", with what each side's names say
 * under "real_configuration" and "simulated_configuration". */
bool comparison_write_csv(const char *path, const struct agreement *agreement,
                          const struct comparison_row *rows, size_t count, struct fault *fault);
bool comparison_write_json(const char *path, const struct agreement *agreement,
                           const struct comparison_row *rows, size_t count, struct fault *fault);

#endif
