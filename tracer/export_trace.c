/* export_trace: recordings and JSON traces to json, csv, ndjson or Chrome trace events. Also the
 * recovery tool: it writes the JSON of what a dead job left, and says how each rank ended. */
#include "schemas/support/json_writer.h"
#include "schemas/support/options.h"
#include "schemas/support/output_file.h"
#include "schemas/support/standard_output.h"
#include "schemas/trace/trace_words.h"
#include "schemas/trace_folder/trace_folder.h"
#include "tracer/export/formats.h"

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct options {
    const char *output; /* NULL: beside each input */
    char *memory_dir;
    const struct export_format *format;
    bool quiet;
    const char *json;
    struct json_writer *exported; /* NULL: --json is not given */
};

/* ---- the command line ---- */

static bool take_format(const struct option_row *row, void *target, const char *text,
                        struct fault *fault)
{
    const struct export_format *format = export_format_named(text);
    (void)row;
    if (!format)
        return fault_set(fault, "expected json, csv, ndjson or chrome, found '%s'", text);
    *(const struct export_format **)target = format;
    return true;
}

static const struct option_row OPTIONS[] = {
    {.name = "format",
     .letter = 'f',
     .kind = OPTION_TAKEN,
     .target = offsetof(struct options, format),
     .take = take_format,
     .argument = "json|csv|ndjson|chrome",
     .help =
         "what to write (default: json); ndjson is a table for pandas, polars and DuckDB; chrome "
         "opens in Perfetto and chrome://tracing, a folder's ranks of one configuration in one "
         "file"},
    {.name = "memory-dir",
     .kind = OPTION_TEXT,
     .target = offsetof(struct options, memory_dir),
     .argument = "DIR",
     .help = "folder of traces, as an argument is"},
    {.name = "output",
     .letter = 'o',
     .kind = OPTION_TEXT,
     .target = offsetof(struct options, output),
     .argument = "DIR",
     .help = "writes into DIR (default: beside each input)"},
    OPTION_JSON_ROW(offsetof(struct options, json), "write what became of each input"),
    OPTION_QUIET_ROW(offsetof(struct options, quiet)),
    {0},
};

static const struct option_command COMMAND = {
    .arguments = "FILE|DIR...",
    .about =
        "Exports recordings (.gmtrace) and JSON traces, files or whole folders, of dead and of "
        "running jobs.",
    .notes = "Example, recovering what a killed job left:\n"
             "  export_trace crashed/\n"
             "  export_trace --format ndjson traces/ --output table\n"
             "  duckdb -c \"select rank, max(peak_allocated_MB) from 'table/*.ndjson' group by "
             "rank\"\n\n"
             "Says for each how it ended. Exit status: 0 done, 1 a file could not be exported, 2 "
             "wrong usage.\n",
};

/* ---- a file ---- */

static void warn_of_ending(const struct trace_file *file, const struct trace *trace)
{
    int64_t last = trace->count ? trace->iterations[trace->count - 1].number : 0;
    printf("%s: ", NAME(file->path));
    switch (trace->ending) {
    case TRACE_ENDED_CLEAN:
        printf("ended cleanly");
        break;
    case TRACE_ENDED_KILLED:
        printf("killed");
        if (!isnan(trace->last_time_s))
            printf("; the last record is at t = %.3f s", trace->last_time_s);
        break;
    case TRACE_ENDED_NOT_YET:
        printf("still running");
        break;
    case TRACE_ENDED_NOT_SAID:
        printf("how it ended is not said");
        break;
    }
    if (trace->count)
        printf(", iteration %" PRId64, last);
    if (trace->lost_records)
        printf("; %" PRIu64 " records found no room", trace->lost_records);
    putchar('\n');
}

/* A file in the folder that was asked for, else in that of the input: the format's beginning,
 * `stem` and the format's end. NULL when out of memory. */
static char *output_path(const struct options *options, const struct trace_file *file,
                         const char *stem, int length)
{
    const struct export_format *format = options->format;
    int folder = (int)(file->base - file->path);
    char *path = NULL;
    int written = options->output ? asprintf(&path, "%s/%s%.*s%s", options->output, format->prefix,
                                             length, stem, format->extension)
                                  : asprintf(&path, "%.*s%s%.*s%s", folder, file->path,
                                             format->prefix, length, stem, format->extension);
    return written < 0 ? NULL : path;
}

/* How it ended, where that is known, and what was written of it. */
static void put_exported(const struct options *options, const struct trace_file *file,
                         const struct trace *trace, const char *path)
{
    struct json_writer *json = options->exported;
    bool said = trace->ending != TRACE_ENDED_NOT_SAID;
    if (!json)
        return;
    json_object_begin(json, NULL);
    json_put_text(json, "input", file->path);
    json_put_text(json, "output", path);
    json_put_count(json, "rank", file->name.rank);
    json_put_text(json, "ended", said ? trace_ending_word(trace->ending) : NULL);
    json_put_number(json, "last_time_s", trace->last_time_s);
    json_put_count(json, "iterations", (int64_t)trace->count);
    json_put_count(json, "lost_records", (int64_t)trace->lost_records);
    json_end(json);
}

static bool read_one(const struct options *options, const struct trace_file *file,
                     struct trace *trace, bool *has_any, struct fault *fault)
{
    if (!trace_read(file, TRACE_FULL, trace, fault))
        return false;
    if (!options->quiet)
        warn_of_ending(file, trace);
    /* A JSON trace has no place but an iteration to say how the run ended. */
    *has_any = trace->count > 0 || trace->ending == TRACE_ENDED_CLEAN;
    if (!*has_any) {
        warnx("%s: nothing was recorded before that; not exported", file->path);
        put_exported(options, file, trace, NULL);
    }
    return true;
}

static bool export_one(const struct options *options, const struct trace_file *file,
                       struct trace *trace, struct fault *fault)
{
    bool has_any;
    if (!read_one(options, file, trace, &has_any, fault))
        return false;
    if (!has_any)
        return true;
    const char *stem = file->base + strlen(TRACE_NAME_PREFIX), *dot = strrchr(file->base, '.');
    char *path = output_path(options, file, stem, (int)(dot - stem));
    if (!path)
        return fault_set(fault, "%s: out of memory", file->path);
    /* A JSON trace that would be written over itself is there already. */
    bool done = strcmp(path, file->path) == 0 ||
                export_write(options->format, path, &file->name, trace, fault);
    if (done && !options->quiet && strcmp(path, file->path) != 0)
        printf("wrote %s\n", NAME(path));
    if (done)
        put_exported(options, file, trace, path);
    free(path);
    return done;
}

/* ---- several ranks in one file ---- */

static bool same_configuration(const struct trace_file *a, const struct trace_file *b)
{
    return configuration_compare(&a->name.configuration, &b->name.configuration) == 0;
}

/* Puts those of the files that are of the first one's configuration, and marks them as done;
 * returns how many could not be read. */
static size_t put_ranks(const struct options *options, const struct trace_folder *folder,
                        size_t first, bool *done, const char *path, FILE *stream, size_t *put)
{
    struct trace trace = {0};
    size_t failed = 0;
    for (size_t i = first; i < folder->count; i++) {
        const struct trace_file *file = &folder->files[i];
        struct fault fault = {0};
        bool has_any;
        if (done[i] || !same_configuration(&folder->files[first], file))
            continue;
        done[i] = true;
        if (!read_one(options, file, &trace, &has_any, &fault)) {
            warnx("%s; left out", fault.text);
            failed++;
        } else if (has_any) {
            options->format->put(stream, &file->name, &trace, (*put)++);
            put_exported(options, file, &trace, path);
        }
    }
    trace_free(&trace);
    return failed;
}

/* One file of all ranks of a configuration. Returns how many could not be exported. */
static size_t export_joined(const struct options *options, const struct trace_folder *folder,
                            size_t first, bool *done)
{
    char tags[CONFIGURATION_TEXT];
    struct output_file file;
    struct fault fault = {.text = "out of memory"};
    size_t put = 0;
    struct configuration configuration = folder->files[first].name.configuration;
    configuration_forget(&configuration, DIMENSION_STAMP); /* of the first rank alone */
    configuration_tags(tags, sizeof tags, &configuration);
    const char *stem = *tags ? tags : "all_ranks";
    char *path = output_path(options, &folder->files[first], stem, (int)strlen(stem));
    if (!path || !export_open(options->format, path, &file, &fault)) {
        warnx("%s", fault.text);
        free(path);
        for (size_t i = first; i < folder->count; i++)
            done[i] = done[i] || same_configuration(&folder->files[first], &folder->files[i]);
        return 1;
    }
    size_t failed = put_ranks(options, folder, first, done, path, file.stream, &put);
    bool written = false;
    if (put == 0)
        output_file_abandon(&file);
    else
        written = export_commit(options->format, &file, &fault);
    if (put > 0 && !written) {
        warnx("%s", fault.text);
        failed++;
    } else if (written && !options->quiet) {
        printf("wrote %s, of %zu ranks\n", NAME(path), put);
    }
    free(path);
    return failed;
}

static bool has_other_ranks(const struct trace_folder *folder, size_t first)
{
    for (size_t i = first + 1; i < folder->count; i++)
        if (same_configuration(&folder->files[first], &folder->files[i]))
            return true;
    return false;
}

/* ---- all of them ---- */

/* Returns how many could not be exported. */
static size_t export_files(const struct options *options, const struct trace_folder *folder)
{
    bool *done = calloc(folder->count + 1, sizeof *done);
    struct trace trace = {0};
    size_t failed = 0;
    if (!done) {
        warnx("out of memory");
        return 1;
    }
    for (size_t i = 0; i < folder->count; i++) {
        struct fault fault = {0};
        if (done[i])
            continue;
        if (options->format->joins_ranks && has_other_ranks(folder, i)) {
            failed += export_joined(options, folder, i, done);
        } else if (!export_one(options, &folder->files[i], &trace, &fault)) {
            warnx("%s; left out", fault.text);
            failed++;
        }
    }
    trace_free(&trace);
    free(done);
    return failed;
}

/* Exports what a path names; returns how many could not be. */
static size_t export_folder(const struct options *options, const char *path)
{
    struct trace_folder folder;
    struct fault fault = {.text = "out of memory"};
    char *meant = trace_folder_meant(path);
    bool listed = meant && trace_folder_list(meant, NULL, &folder, &fault);
    free(meant);
    if (!listed) {
        warnx("%s", fault.text);
        return 1;
    }
    size_t failed = 0;
    if (folder.count == 0) {
        warnx("%s: no memory_trace_rank*.gmtrace or .json there", NAME(folder.path));
        failed = 1;
    }
    failed += export_files(options, &folder);
    trace_folder_free(&folder);
    return failed;
}

static size_t export_file(const struct options *options, char *path)
{
    const char *slash = strrchr(path, '/');
    struct trace_file file = {.path = path, .base = slash ? slash + 1 : path};
    struct trace trace = {0};
    struct fault fault = {0};
    bool done =
        trace_name_parse(file.base, &file.name, NULL)
            ? export_one(options, &file, &trace, &fault)
            : fault_set(&fault, "%s: expected a name like memory_trace_rank0.gmtrace", path);
    if (!done)
        warnx("%s; left out", fault.text);
    trace_free(&trace);
    return !done;
}

/* False where what was exported cannot be written. */
static bool export_all(struct options *options, char **inputs, size_t count, size_t *failed,
                       struct fault *fault)
{
    struct output_file file;
    struct json_writer json;
    if (options->json && !output_file_open(&file, options->json, fault))
        return false;
    if (options->json) {
        json = json_writer_begin(file.stream);
        options->exported = &json;
        json_object_begin(&json, NULL);
        json_array_begin(&json, "traces");
    }
    for (size_t i = 0; i < count; i++) {
        struct stat status;
        bool folder = stat(inputs[i], &status) == 0 && S_ISDIR(status.st_mode);
        *failed += folder ? export_folder(options, inputs[i]) : export_file(options, inputs[i]);
    }
    options->exported = NULL;
    if (!options->json)
        return true;
    json_end(&json);
    json_put_count(&json, "failed", (int64_t)*failed);
    json_end(&json);
    return output_file_commit(&file, fault);
}

int main(int argc, char **argv)
{
    command_setup("export_trace");
    struct options options = {.format = export_format_named("json")};
    size_t count;
    const struct option_table tables[] = {{OPTIONS, &options}, {0}};
    char **inputs = options_parse(&COMMAND, tables, argc, argv, &count);
    if (options.memory_dir && !options_folder(inputs, options.memory_dir)) {
        inputs = &options.memory_dir;
        count = 1;
    }
    if (count == 0)
        options_error("expected a trace file or a folder of them");
    struct fault fault = {0};
    if (options.output && !make_folders(options.output, &fault))
        errx(EXIT_FAILED, "%s", fault.text);
    options.quiet = options.quiet || options_print_alone(options.json);
    size_t failed = 0;
    if (!export_all(&options, inputs, count, &failed, &fault))
        errx(EXIT_FAILED, "%s", fault.text);
    if (failed)
        errx(EXIT_FAILED, "%zu could not be exported", failed);
    return EXIT_DONE;
}
