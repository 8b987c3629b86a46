#include "sweep/run/summary.h"

#include "schemas/configuration/configuration_json.h"
#include "schemas/support/memory_text.h"
#include "schemas/support/output_file.h"
#include "schemas/support/shell_words.h"
#include "schemas/support/text.h"
#include "sweep/run/job.h"
#include "sweep/run/sweep_progress.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct summary_counts summary_count(const struct session *session)
{
    struct summary_counts counts = {.total = session->count};
    for (size_t i = 0; i < session->count; i++) {
        switch (session->items[i].entry.outcome) {
        case SWEEP_SUCCESS:
            counts.success++;
            break;
        case SWEEP_OOM:
            counts.oom++;
            break;
        case SWEEP_FAILED:
            counts.failed++;
            break;
        case SWEEP_SKIPPED:
            counts.skipped++;
            break;
        case SWEEP_PLANNED:
            counts.not_run++;
            break;
        }
    }
    return counts;
}

/* Of those that were run; NAN where none was. */
static double success_rate(const struct summary_counts *counts)
{
    size_t run = counts->success + counts->oom + counts->failed;
    return run > 0 ? (double)counts->success / (double)run : NAN;
}

/* What is known of a configuration: the log's outcome and, where it is there, the run's result. */
static bool read_result(const struct session *session, size_t index, struct result *result)
{
    const struct sweep_entry *entry = &session->items[index].entry;
    char *folder = job_folder(session->journal.folder, entry), *path = NULL;
    result_begin(result);
    result->attempts = -1;
    bool room = folder != NULL;
    if (folder && entry->outcome != SWEEP_PLANNED) {
        struct fault why = {0}; /* else the log's line is what counts */
        room = asprintf(&path, "%s/" JOB_RESULT, folder) >= 0;
        if (room && !result_read(path, result, &why))
            room = why.error != ENOMEM;
    }
    result->outcome = entry->outcome;
    result->status = entry->status;
    result->signal = entry->signal;
    memcpy(result->cause, entry->cause, sizeof result->cause);
    free(path);
    free(folder);
    return room;
}

static char *command_text(const struct session *session)
{
    struct growing_text text;
    if (!growing_text_begin(&text))
        return NULL;
    for (char **word = session->options->command; *word; word++) {
        if (word > session->options->command)
            fputc(' ', text.stream);
        shell_words_write(text.stream, *word);
    }
    return growing_text_end(&text);
}

/* ---- for people ---- */

static void print_size(FILE *stream, const char *words, double mb)
{
    char text[MEMORY_TEXT];
    if (!isnan(mb))
        fprintf(stream, ", %s %s", words, memory_text(mb, text));
}

static void print_line(FILE *stream, const struct session *session, size_t index,
                       const struct result *result)
{
    const struct sweep_entry *entry = &session->items[index].entry;
    char line[CONFIGURATION_TEXT + 256], time_text[SWEEP_PROGRESS_TIME_TEXT];
    sweep_log_format_line(line, sizeof line, entry);
    fputs(line, stream);
    if (!isnan(result->seconds)) {
        sweep_progress_time(result->seconds, time_text);
        fprintf(stream, ", %s", time_text);
    }
    print_size(stream, "tried to allocate", result->tried_mb);
    print_size(stream, "in use", result->in_use_mb);
    print_size(stream, "of", result->capacity_mb);
    if (result->memory[0])
        fprintf(stream, ", %s memory", result->memory);
    if (result->attempts > 1)
        fprintf(stream, ", attempt %" PRId64, result->attempts);
    fputc('\n', stream);
}

static bool write_text(const struct session *session, const char *command,
                       const struct result *results, double total_s, struct fault *fault)
{
    const struct run_options *options = session->options;
    struct summary_counts counts = summary_count(session);
    struct output_file file;
    char *path = journal_path(&session->journal, SWEEP_LOG_SUMMARY),
         time_text[SWEEP_PROGRESS_TIME_TEXT];
    bool written = path && output_file_open(&file, path, fault);
    free(path);
    if (!written)
        return false;
    FILE *stream = file.stream;
    fprintf(stream, "Command: %s\n", command);
    fprintf(stream, "World size: %" PRId64 "\n", options->rules.world_size);
    fprintf(stream, "Launcher: %s, jobs at once: %u\n",
            options->launcher == LAUNCHER_SLURM ? "slurm" : "local", options->jobs);
    fprintf(stream,
            "Configurations: %zu (%zu success, %zu OOM, %zu failed, %zu skipped, %zu not run)\n",
            counts.total, counts.success, counts.oom, counts.failed, counts.skipped,
            counts.not_run);
    if (!isnan(success_rate(&counts)))
        fprintf(stream, "Success rate: %.1f%%\n", 100 * success_rate(&counts));
    sweep_progress_time(total_s, time_text);
    fprintf(stream, "Time of all runs together: %s\n\n", time_text);
    for (size_t i = 0; i < session->count; i++)
        print_line(stream, session, i, &results[i]);
    return output_file_commit(&file, fault);
}

/* ---- for programs ---- */

static void put_settings(struct json_writer *json, const struct session *session,
                         const char *command)
{
    const struct run_options *options = session->options;
    json_object_begin(json, "settings");
    json_put_text(json, "command", command);
    json_put_count(json, "world_size", options->rules.world_size);
    configuration_write_json(&options->rules.given, json);
    json_put_text(json, "micro_batches", options->rules.micro_batches);
    json_put_text(json, "global_batch_size", options->rules.global_batch_size);
    json_put_text(json, "launcher", options->launcher == LAUNCHER_SLURM ? "slurm" : "local");
    if (options->jobs > 0)
        json_put_count(json, "jobs", options->jobs);
    json_put_count(json, "retries", options->retries);
    json_put_number(json, "timeout_s", options->timeout_s > 0 ? options->timeout_s : NAN);
    json_end(json);
}

static void put_counts(struct json_writer *json, const struct summary_counts *counts)
{
    json_object_begin(json, "counts");
    json_put_count(json, "total", (int64_t)counts->total);
    json_put_count(json, "success", (int64_t)counts->success);
    json_put_count(json, "oom", (int64_t)counts->oom);
    json_put_count(json, "failed", (int64_t)counts->failed);
    json_put_count(json, "skipped", (int64_t)counts->skipped);
    json_put_count(json, "not_run", (int64_t)counts->not_run);
    json_end(json);
}

static void put_configuration(struct json_writer *json, const struct sweep_entry *entry,
                              const struct result *result)
{
    char folder[CONFIGURATION_TEXT];
    json_object_begin(json, NULL);
    result_write_json(result, json);
    json_put_count(json, "number", entry->number);
    configuration_write_json(&entry->configuration, json);
    json_put_text(json, "folder",
                  configuration_folder(folder, sizeof folder, &entry->configuration));
    json_end(json);
}

static bool write_json(const struct session *session, const char *command,
                       const struct result *results, double total_s, const char *path,
                       struct fault *fault)
{
    struct summary_counts counts = summary_count(session);
    struct output_file file = {0};
    if (!path)
        return fault_set_errno(fault, ENOMEM, SUMMARY_JSON);
    if (!output_file_open(&file, path, fault))
        return false;
    struct json_writer json = json_writer_begin(file.stream);
    json_object_begin(&json, NULL);
    put_settings(&json, session, command);
    put_counts(&json, &counts);
    json_put_number(&json, "success_rate", success_rate(&counts));
    json_put_number(&json, "seconds", total_s);
    json_array_begin(&json, "configurations");
    for (size_t i = 0; i < session->count; i++)
        put_configuration(&json, &session->items[i].entry, &results[i]);
    json_end(&json);
    json_end(&json);
    return output_file_commit(&file, fault);
}

bool summary_write(const struct session *session, struct fault *fault)
{
    struct result *results = calloc(session->count + 1, sizeof *results);
    char *command = command_text(session), *json = journal_path(&session->journal, SUMMARY_JSON);
    const char *wanted = session->options->json;
    double total_s = 0;
    bool written = results && command;
    if (!written)
        fault_set_errno(fault, ENOMEM, "%s", session->journal.folder);
    for (size_t i = 0; written && i < session->count; i++) {
        if (!read_result(session, i, &results[i]))
            written = fault_set_errno(fault, ENOMEM, "%s", session->journal.folder);
        total_s += isnan(results[i].seconds) ? 0 : results[i].seconds;
    }
    written = written && write_text(session, command, results, total_s, fault) &&
              write_json(session, command, results, total_s, json, fault) &&
              (!wanted || write_json(session, command, results, total_s, wanted, fault));
    free(json);
    free(command);
    free(results);
    return written;
}
