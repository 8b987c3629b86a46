/* export_trace: recordings and JSON traces to json, csv or Chrome trace events. Also the recovery
 * tool: it writes the JSON of what a dead job left, and says how each rank ended. */
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
        return fault_set(fault, "expected json, csv or chrome, found '%s'", text);
    *(const struct export_format **)target = format;
    return true;
}

static const struct option_row OPTIONS[] = {
    {.name = "format",
     .letter = 'f',
     .kind = OPTION_TAKEN,
     .target = offsetof(struct options, format),
     .take = take_format,
     .argument = "json|csv|chrome",
     .help = "what to write (default: json); chrome opens in Perfetto and chrome://tracing"},
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
             "  export_trace crashed/\n\n"
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

/* The output's name: the input's, with the format's beginning and end, in the folder that was asked
 * for. NULL when out of memory. */
static char *output_path(const struct options *options, const struct trace_file *file)
{
    const struct export_format *format = options->format;
    const char *stem = file->base + strlen(TRACE_NAME_PREFIX), *dot = strrchr(file->base, '.');
    int length = (int)(dot - stem), folder = (int)(file->base - file->path);
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

static bool export_one(const struct options *options, const struct trace_file *file,
                       struct trace *trace, struct fault *fault)
{
    if (!trace_read(file, TRACE_FULL, trace, fault))
        return false;
    if (!options->quiet)
        warn_of_ending(file, trace);
    if (trace->count == 0 && trace->ending != TRACE_ENDED_CLEAN) {
        /* A JSON trace has no place but an iteration to say how the run ended. */
        warnx("%s: nothing was recorded before that; not exported", file->path);
        put_exported(options, file, trace, NULL);
        return true;
    }
    char *path = output_path(options, file);
    if (!path)
        return fault_set(fault, "%s: out of memory", file->path);
    /* A JSON trace that would be written over itself is there already. */
    bool done = strcmp(path, file->path) == 0 ||
                options->format->write(path, file->name.rank, trace, fault);
    if (done && !options->quiet && strcmp(path, file->path) != 0)
        printf("wrote %s\n", NAME(path));
    if (done)
        put_exported(options, file, trace, path);
    free(path);
    return done;
}

/* ---- all of them ---- */

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
    struct trace trace = {0};
    for (size_t i = 0; i < folder.count; i++)
        if (!export_one(options, &folder.files[i], &trace, &fault)) {
            warnx("%s; left out", fault.text);
            failed++;
        }
    trace_free(&trace);
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
