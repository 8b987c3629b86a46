/* import_logs: traces, a sweep's logs and a table of step times from what stock Megatron-LM
 * printed, so that yesterday's runs give today's heatmap. */
#include "schemas/support/array.h"
#include "schemas/support/options.h"
#include "schemas/support/output_file.h"
#include "schemas/support/shell_words.h"
#include "schemas/support/standard_output.h"
#include "sweep/import/imported_run.h"

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct import {
    const char *output;
    struct configuration given; /* by --tags */
    bool quiet;
    size_t log_count;
    char **logs; /* paths; folders are taken apart */
    size_t run_count, skipped, traces;
    struct import_run *runs;
};

static bool take_tags(const struct option_row *row, void *target, const char *text,
                      struct fault *fault)
{
    (void)row;
    return configuration_add_given(target, text, fault);
}

static const struct option_row OPTIONS[] = {
    {.name = "output",
     .letter = 'o',
     .kind = OPTION_TEXT,
     .target = offsetof(struct import, output),
     .argument = "DIR",
     .help = "writes into DIR, as a sweep does: logs, and traces in DIR/memory_traces"},
    {.name = "tags",
     .kind = OPTION_TAKEN,
     .target = offsetof(struct import, given),
     .take = take_tags,
     .argument = "K=V,...",
     .help = "sizes of logs that do not tell them: wd=8,tp=2,pp=4 (any dimension of "
             "schemas/configuration/configuration.md)"},
    OPTION_QUIET_ROW(offsetof(struct import, quiet)),
    {0},
};

static const struct option_command COMMAND = {
    .arguments = "LOG...",
    .about =
        "Makes traces and a sweep's logs from logs of Megatron-LM. A LOG may be a folder of them.",
    .notes = "Example:\n"
             "  import_logs old_runs/ --output imported\n"
             "  visualize_heatmap --memory-dir imported/memory_traces --log-dir imported\n"
             "  visualize_heatmap --log-dir imported --metric tflops\n\n"
             "Exit status: 0 done, 1 failed (also when a log told nothing), 2 wrong usage.\n",
};

/* ---- which logs ---- */

static bool add_log(struct import *import, const char *path)
{
    char *copy = strdup(path), **place = copy ? ARRAY_ADD(import->logs, import->log_count) : NULL;
    if (!place) {
        free(copy);
        return false;
    }
    *place = copy;
    return true;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strverscmp((*a)->d_name, (*b)->d_name);
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Our own files beside a sweep's runs are no logs of Megatron's. */
static bool is_ours(const char *name)
{
    static const char *const ours[] = {SWEEP_LOG_SUCCESSFUL, SWEEP_LOG_FAILED,
                                       SWEEP_LOG_COMBINATIONS, SWEEP_LOG_SUMMARY, METRICS_FILE};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (strcmp(ours[i], name) == 0)
            return true;
    size_t length = strlen(name);
    return (length > 5 && strcmp(name + length - 5, ".json") == 0) ||
           strcmp(name, "memory_traces") == 0;
}

/* Folders a few levels deep, as sweeps have them: one a configuration, one a node in it. */
enum { DEEPEST = 4 };

/* NOLINTNEXTLINE(misc-no-recursion): DEEPEST bounds it */
static bool add_folder(struct import *import, const char *folder, int depth, struct fault *fault)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_visible, by_name);
    if (count < 0)
        return fault_set_errno(fault, errno, "%s: cannot be read", folder);
    bool well = true;
    for (int i = 0; i < count; i++) {
        char *path = NULL;
        struct stat status;
        if (well && !is_ours(entries[i]->d_name) &&
            asprintf(&path, "%s/%s", folder, entries[i]->d_name) >= 0 && stat(path, &status) == 0) {
            if (S_ISDIR(status.st_mode) && depth < DEEPEST)
                well = add_folder(import, path, depth + 1, fault);
            else if (S_ISREG(status.st_mode))
                well = add_log(import, path) ? true : fault_set(fault, "out of memory");
        }
        free(path);
        free(entries[i]);
    }
    free(entries);
    return well;
}

static bool find_logs(struct import *import, char *const *arguments, struct fault *fault)
{
    for (; *arguments; arguments++) {
        struct stat status;
        bool folder = stat(*arguments, &status) == 0 && S_ISDIR(status.st_mode);
        if (folder ? !add_folder(import, *arguments, 0, fault) : !add_log(import, *arguments))
            return fault->text[0] ? false : fault_set(fault, "out of memory");
    }
    return import->log_count > 0 || fault_set(fault, "there are no logs");
}

/* ---- reading ---- */

static bool keep_run(struct import *import, struct import_run *run)
{
    for (size_t i = 0; i < import->run_count; i++)
        if (import_run_same(&import->runs[i], run))
            return import_run_join(&import->runs[i], run);
    struct import_run *place = ARRAY_ADD(import->runs, import->run_count);
    if (place)
        *place = *run;
    return place != NULL;
}

static bool read_logs(struct import *import, struct fault *fault)
{
    struct progress progress;
    progress_start(&progress, "reading logs", import->log_count, import->quiet);
    for (size_t i = 0; i < import->log_count; i++) {
        struct import_run run;
        struct fault why = {0};
        import_run_begin(&run);
        bool read = import_run_read(&run, import->logs[i], &why);
        bool placed = read && import_run_place(&run, &import->given, import->logs[i]);
        size_t impossible = placed ? import_run_drop_impossible(&run) : 0;
        if (impossible > 0)
            warnx("%s: %zu memory reports of ranks that a world of %lld does not have; left out",
                  NAME(import->logs[i]), impossible,
                  (long long)configuration_number(&run.configuration, DIMENSION_WORLD_SIZE));
        if (read && !placed)
            fault_set(&why,
                      "%s: tells no tensor and pipeline parallel sizes (no arguments block); give "
                      "them by --tags",
                      import->logs[i]);
        if (!read || !placed) {
            warnx("%s; left out", why.text);
            import->skipped++;
            import_run_free(&run);
        } else if (!keep_run(import, &run)) {
            import_run_free(&run);
            return fault_set(fault, "out of memory");
        }
        progress_update(&progress, i + 1);
    }
    progress_end(&progress);
    return true;
}

/* ---- writing ---- */

/* What a log's line says: what lines always said, and in what these runs differ. */
static dimension_set words_of_lines(const struct import *import)
{
    dimension_set words = 0;
    for (size_t i = 0; i < DIMENSION_COUNT; i++)
        if (DIMENSIONS[i].in_older_logs)
            words |= DIMENSION_BIT(i);
    for (size_t i = 1; i < import->run_count; i++)
        words |= configuration_differences(&import->runs[0].configuration,
                                           &import->runs[i].configuration);
    return words;
}

static bool write_log(const struct import *import, const char *name,
                      bool (*wanted)(enum sweep_outcome), bool with_outcome, struct fault *fault)
{
    char path[4200];
    struct output_file file;
    dimension_set words = words_of_lines(import);
    snprintf(path, sizeof path, "%.4000s/%s", import->output, name);
    if (!output_file_open(&file, path, fault))
        return false;
    for (size_t i = 0; i < import->run_count; i++) {
        char line[CONFIGURATION_TEXT + 256];
        struct sweep_entry entry = import_run_entry(&import->runs[i], (int64_t)i + 1);
        if (!wanted(entry.outcome))
            continue;
        if (!with_outcome)
            entry.outcome = SWEEP_PLANNED;
        configuration_keep(&entry.configuration, words);
        sweep_log_format_line(line, sizeof line, &entry);
        fprintf(file.stream, "%s\n", line);
    }
    return output_file_commit(&file, fault);
}

static bool any(enum sweep_outcome outcome)
{
    (void)outcome;
    return true;
}

static bool succeeded(enum sweep_outcome outcome)
{
    return outcome == SWEEP_SUCCESS;
}

static bool failed(enum sweep_outcome outcome)
{
    return outcome == SWEEP_OOM || outcome == SWEEP_FAILED;
}

static bool write_metrics(const struct import *import, struct fault *fault)
{
    char path[4200];
    struct metrics metrics = {.rows = calloc(import->run_count + 1, sizeof *metrics.rows)};
    if (!metrics.rows)
        return fault_set(fault, "out of memory");
    for (size_t i = 0; i < import->run_count; i++)
        if (!import_run_metrics(&import->runs[i], &metrics.rows[metrics.count++])) {
            metrics_free(&metrics);
            return fault_set(fault, "out of memory");
        }
    snprintf(path, sizeof path, "%.4000s/" METRICS_FILE, import->output);
    bool written = metrics_write(path, &metrics, fault);
    metrics_free(&metrics);
    return written;
}

static bool write_all(struct import *import, struct fault *fault)
{
    char traces[4200];
    snprintf(traces, sizeof traces, "%.4000s/memory_traces", import->output);
    bool written = make_folders(traces, fault);
    for (size_t i = 0; i < import->run_count && written; i++)
        written = import_run_write(&import->runs[i], traces, &import->traces, fault);
    return written && write_log(import, SWEEP_LOG_COMBINATIONS, any, false, fault) &&
           write_log(import, SWEEP_LOG_SUCCESSFUL, succeeded, true, fault) &&
           write_log(import, SWEEP_LOG_FAILED, failed, true, fault) && write_metrics(import, fault);
}

static const struct configuration *configuration_at(const void *context, size_t index)
{
    return &((const struct import *)context)->runs[index].configuration;
}

static void print_imported(const struct import *import)
{
    size_t counts[SWEEP_SKIPPED + 1] = {0};
    for (size_t i = 0; i < import->run_count; i++)
        counts[import_run_entry(&import->runs[i], 1).outcome]++;
    printf("%zu logs, %zu configurations: %zu success, %zu OOM, %zu failed, %zu without an "
           "outcome; %zu traces\n",
           import->log_count - import->skipped, import->run_count, counts[SWEEP_SUCCESS],
           counts[SWEEP_OOM], counts[SWEEP_FAILED], counts[SWEEP_PLANNED], import->traces);
    fputs("the heatmap: visualize_heatmap --log-dir ", stdout);
    shell_words_show(stdout, import->output);
    if (import->traces > 0) {
        fputs(" --memory-dir ", stdout);
        shell_words_show(stdout, import->output);
    }
    char options[256];
    puts(dimension_set_figure_options(
        options, sizeof options,
        configuration_known_differences(import->run_count, configuration_at, import) &
            ~CONFIGURATION_USUAL,
        true));
}

int main(int argc, char **argv)
{
    command_setup("import_logs");
    struct import import = {0};
    size_t count;
    const struct option_table tables[] = {{OPTIONS, &import}, {0}};
    char **arguments = options_parse(&COMMAND, tables, argc, argv, &count);
    if (count == 0)
        options_error("give a log, or a folder of logs");
    if (!import.output)
        options_error("--output is missing");
    struct fault fault = {0};
    bool done = find_logs(&import, arguments, &fault) && read_logs(&import, &fault);
    if (done && import.run_count == 0)
        done = fault_set(&fault, "none of the logs tells of a configuration");
    done = done && write_all(&import, &fault);
    if (!done)
        warnx("%s", fault.text);
    else if (!import.quiet)
        print_imported(&import);
    for (size_t i = 0; i < import.run_count; i++)
        import_run_free(&import.runs[i]);
    for (size_t i = 0; i < import.log_count; i++)
        free(import.logs[i]);
    free(import.runs);
    free(import.logs);
    return done && import.skipped == 0 ? EXIT_DONE : EXIT_FAILED;
}
