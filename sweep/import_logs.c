/* import_logs: traces, a sweep's logs and a table of step times from what training programs left:
 * logs, TensorBoard's event files, tables of nvidia-smi's. So that yesterday's runs give today's
 * heatmap. */
#include "schemas/configuration/configuration_json.h"
#include "schemas/support/array.h"
#include "schemas/support/options.h"
#include "schemas/support/output_file.h"
#include "schemas/support/shell_words.h"
#include "schemas/support/standard_output.h"
#include "schemas/support/text.h"
#include "sweep/import/import_file.h"

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct import {
    const char *output, *json;
    struct configuration given; /* by --tags */
    int64_t rank;               /* by --rank; below 0: not given */
    bool quiet;
    size_t log_count;
    char **logs; /* paths; folders are taken apart */
    size_t run_count, skipped, corrupt, traces;
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
    {.name = "rank",
     .kind = OPTION_INTEGER,
     .target = offsetof(struct import, rank),
     .least = 0,
     .most = 1 << 30,
     .argument = "N",
     .help =
         "whose figures those are of which a file does not tell the rank; the first rank of the "
         "machine whose GPUs (nvidia-smi) or local ranks (torchtitan) a file tells"},
    OPTION_JSON_ROW(offsetof(struct import, json), "write what was imported"),
    OPTION_QUIET_ROW(offsetof(struct import, quiet)),
    {0},
};

static const struct option_command COMMAND = {
    .arguments = "LOG...",
    .about = "Makes traces and a sweep's logs from what training programs left. A LOG may be a "
             "folder of such files, which are told apart by their content: logs of Megatron-LM, "
             "Megatron-Bridge, NeMo, torchtitan and DeepSpeed, TensorBoard's event files, recorded "
             "values of Megatron-LM's tests, tables of nvidia-smi's.",
    .notes = "Example:\n"
             "  import_logs old_runs/ --output imported\n"
             "  visualize_heatmap --memory-dir imported/memory_traces --log-dir imported\n"
             "  visualize_heatmap --log-dir imported --metric tflops\n\n"
             "  nvidia-smi --query-gpu=timestamp,index,name,memory.total,memory.used --format=csv "
             "-l 1 >gpus.csv\n"
             "  import_logs gpus.csv --tags wd=8,tp=2,pp=4 --rank 0 --output imported\n\n"
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

/* Our own files beside a sweep's runs are no logs, nor are the flags of Megatron-LM's tests, which
 * are read with their recorded values. */
static bool is_none(const char *name)
{
    static const char *const ours[] = {SWEEP_LOG_SUCCESSFUL,   SWEEP_LOG_FAILED,
                                       SWEEP_LOG_COMBINATIONS, SWEEP_LOG_SUMMARY,
                                       METRICS_FILE,           "model_config.yaml"};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (strcmp(ours[i], name) == 0)
            return true;
    return strcmp(name, "memory_traces") == 0;
}

/* Of JSON files there may be any number: traces, results, settings. */
static bool is_wanted(const char *name, const char *path)
{
    return !text_ends_with(name, ".json") || import_form_of(path) == IMPORT_FORM_GOLDEN;
}

/* Folders a few levels deep, as sweeps have them: one a configuration, one a node in it. */
enum { DEEPEST = 4 };

static bool add_folder(struct import *import, const char *folder, int depth, struct fault *fault);

/* NOLINTNEXTLINE(misc-no-recursion): DEEPEST bounds it */
static bool add_entry(struct import *import, const char *folder, const char *name, int depth,
                      struct fault *fault)
{
    char *path = NULL;
    struct stat status;
    bool well = true;
    if (is_none(name))
        return true;
    if (asprintf(&path, "%s/%s", folder, name) < 0)
        return fault_set_errno(fault, ENOMEM, "%s", folder);
    bool there = stat(path, &status) == 0;
    if (there && S_ISDIR(status.st_mode) && depth < DEEPEST)
        well = add_folder(import, path, depth + 1, fault);
    else if (there && S_ISREG(status.st_mode) && is_wanted(name, path))
        well = add_log(import, path) || fault_set_errno(fault, ENOMEM, "%s", path);
    free(path);
    return well;
}

/* NOLINTNEXTLINE(misc-no-recursion): DEEPEST bounds it */
static bool add_folder(struct import *import, const char *folder, int depth, struct fault *fault)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_visible, by_name);
    if (count < 0)
        return fault_set_errno(fault, errno, "%s: cannot be read", folder);
    bool well = true;
    for (int i = 0; i < count; i++) {
        well = well && add_entry(import, folder, entries[i]->d_name, depth, fault);
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

/* Takes the run over, which is empty afterwards. False where it cannot stand beside the others: the
 * fault says why. */
static bool keep_run(struct import *import, struct import_run *run, const char *path,
                     struct fault *fault)
{
    for (size_t i = 0; i < import->run_count; i++)
        if (import_run_same(&import->runs[i], run))
            return import_run_may_join(&import->runs[i], run, path, fault) &&
                   (import_run_join(&import->runs[i], run) ||
                    fault_set_errno(fault, ENOMEM, "%s", path));
    struct import_run *place = ARRAY_ADD(import->runs, import->run_count);
    if (!place)
        return fault_set_errno(fault, ENOMEM, "%s", path);
    *place = *run;
    import_run_begin(run);
    return true;
}

static void warn_of_figures(struct import_run *run, const char *path)
{
    size_t impossible = import_run_drop_impossible(run);
    if (impossible > 0)
        warnx("%s: %zu memory reports of ranks that a world of %lld does not have; left out",
              NAME(path), impossible,
              (long long)configuration_number(&run->configuration, DIMENSION_WORLD_SIZE));
    if (run->of_pipeline && configuration_number(&run->configuration, DIMENSION_PP) > 1)
        warnx("%s: Megatron-Bridge from 0.5 on writes the most of all pipeline stages there, not "
              "the last rank's memory",
              NAME(path));
}

static bool place_run(const struct import *import, struct import_run *run, const char *path,
                      struct fault *fault)
{
    return (import_run_place(run, &import->given, path) ||
            fault_set(fault,
                      "%s: tells no tensor and pipeline parallel sizes (no arguments block); give "
                      "them by --tags",
                      path)) &&
           import_run_find_ranks(run, import->rank, path, fault);
}

/* False when out of memory. A file that cannot be read is named and left out. */
static bool read_log(struct import *import, const char *path, struct fault *fault)
{
    struct import_run run;
    struct fault why = {0};
    bool corrupt;
    import_run_begin(&run);
    bool read = import_file_read(&run, path, &corrupt, &why);
    if (read && *why.text) {
        warnx("%s", why.text);
        import->corrupt += corrupt;
    }
    if (read)
        read = place_run(import, &run, path, &why);
    if (read) {
        warn_of_figures(&run, path);
        why = (struct fault){0};
        read = keep_run(import, &run, path, &why);
    }
    import_run_free(&run);
    if (read)
        return true;
    if (why.error == ENOMEM) {
        *fault = why;
        return false;
    }
    warnx("%s; left out", why.text);
    import->skipped++;
    return true;
}

static bool read_logs(struct import *import, struct fault *fault)
{
    struct progress progress;
    bool well = true;
    progress_start(&progress, "reading logs", import->log_count, import->quiet);
    for (size_t i = 0; i < import->log_count && well; i++) {
        well = read_log(import, import->logs[i], fault);
        progress_update(&progress, i + 1);
    }
    progress_end(&progress);
    return well;
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
    if (written && import->traces == 0)
        rmdir(traces); /* no traces are expected of it then; one with files of others stays */
    return written && write_log(import, SWEEP_LOG_COMBINATIONS, any, false, fault) &&
           write_log(import, SWEEP_LOG_SUCCESSFUL, succeeded, true, fault) &&
           write_log(import, SWEEP_LOG_FAILED, failed, true, fault) && write_metrics(import, fault);
}

static bool write_json(const struct import *import, struct fault *fault)
{
    struct output_file file;
    if (!output_file_open(&file, import->json, fault))
        return false;
    struct json_writer json = json_writer_begin(file.stream);
    json_object_begin(&json, NULL);
    json_put_text(&json, "output", import->output);
    json_put_count(&json, "logs", (int64_t)(import->log_count - import->skipped));
    json_put_count(&json, "left_out", (int64_t)import->skipped);
    json_put_count(&json, "traces", (int64_t)import->traces);
    json_array_begin(&json, "configurations");
    for (size_t i = 0; i < import->run_count; i++) {
        struct sweep_entry entry = import_run_entry(&import->runs[i], (int64_t)i + 1);
        json_object_begin(&json, NULL);
        json_put_count(&json, "number", entry.number);
        configuration_write_json(&entry.configuration, &json);
        json_put_text(&json, "outcome", sweep_outcome_text(entry.outcome));
        json_end(&json);
    }
    json_end(&json);
    json_end(&json);
    return output_file_commit(&file, fault);
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
    size_t without_peaks = 0;
    for (size_t i = 0; i < import->run_count; i++)
        without_peaks += import_run_has_no_peak(&import->runs[i]);
    if (without_peaks > 0)
        printf("%zu configurations have no peak: their files say what the allocator reserved "
               "(torchtitan, NeMo), not what tensors occupied\n",
               without_peaks);
    next_command_begin("the heatmap", "visualize_heatmap");
    next_command_add("--log-dir", import->output);
    next_command_add("--memory-dir", import->traces > 0 ? import->output : NULL);
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
    struct import import = {.rank = -1};
    size_t count;
    const struct option_table tables[] = {{OPTIONS, &import}, {0}};
    char **arguments = options_parse(&COMMAND, tables, argc, argv, &count);
    if (count == 0)
        options_error("give a log, or a folder of logs");
    if (!import.output)
        options_error("--output is missing");
    import.quiet = import.quiet || options_print_alone(import.json);
    struct fault fault = {0};
    bool done = find_logs(&import, arguments, &fault) && read_logs(&import, &fault);
    if (done && import.run_count == 0)
        done = fault_set(&fault, "none of the logs tells of a configuration");
    done = done && write_all(&import, &fault) && (!import.json || write_json(&import, &fault));
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
    return done && import.skipped == 0 && import.corrupt == 0 ? EXIT_DONE : EXIT_FAILED;
}
