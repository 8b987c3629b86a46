/* export_trace: recordings and JSON traces to json, csv or Chrome trace events. Also the recovery
 * tool: it writes the JSON of what a dead job left, and says how each rank ended. */
#include "schemas/support/command.h"
#include "schemas/support/output_file.h"
#include "schemas/support/standard_output.h"
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
    const struct export_format *format;
    bool quiet;
    char **inputs;
    int input_count;
};

/* ---- the command line ---- */

static const struct argp_option OPTIONS[] = {
    {"format", 'f', "json|csv|chrome", 0,
     "what to write (default: json); chrome opens in Perfetto and chrome://tracing", 0},
    {"output", 'o', "DIR", 0, "where to write (default: beside each input)", 0},
    {"quiet", 'q', NULL, 0, "print only warnings and errors", 0},
    {0},
};

static const char DOCUMENTATION[] =
    "Exports recordings (.gmtrace) and JSON traces, files or whole folders, of dead and of running "
    "jobs."
    "\v"
    "Example, recovering what a killed job left:\n"
    "  export_trace crashed/\n\n"
    "Says for each how it ended. Exit status: 0 done, 1 a file could not be exported, 2 wrong "
    "usage.";

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case 'f':
        options->format = export_format_named(argument);
        if (!options->format)
            argp_error(state, "--format: expected json, csv or chrome, found '%s'", argument);
        return 0;
    case 'o':
        options->output = argument;
        return 0;
    case 'q':
        options->quiet = true;
        return 0;
    case ARGP_KEY_ARGS:
        options->inputs = state->argv + state->next;
        options->input_count = state->argc - state->next;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "expected a trace file or a folder of them");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- a file ---- */

static void tell_ending(const struct trace_file *file, const struct trace *trace)
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
    int written = options->output
                      ? asprintf(&path, "%s/%s%.*s%s", options->output, format->prefix, length,
                                 stem, format->extension)
                      : asprintf(&path, "%.*s%s%.*s%s", folder, file->path, format->prefix, length,
                                 stem, format->extension);
    return written < 0 ? NULL : path;
}

static bool export_one(const struct options *options, const struct trace_file *file,
                       struct trace *trace, struct fault *fault)
{
    if (!trace_read(file, TRACE_FULL, trace, fault))
        return false;
    if (!options->quiet)
        tell_ending(file, trace);
    if (trace->count == 0 && trace->ending != TRACE_ENDED_CLEAN) {
        /* A JSON trace has no place but an iteration to say how the run ended. */
        warnx("%s: nothing was recorded before that; not exported", file->path);
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

int main(int argc, char **argv)
{
    command_setup("export_trace");
    struct options options = {.format = export_format_named("json")};
    const struct argp argp = {
        .options = OPTIONS, .parser = parse, .args_doc = "FILE|DIR...", .doc = DOCUMENTATION};
    argp_parse(&argp, argc, argv, 0, NULL, &options);
    struct fault fault = {0};
    if (options.output && !make_folders(options.output, &fault))
        errx(EXIT_FAILED, "%s", fault.text);
    size_t failed = 0;
    for (int i = 0; i < options.input_count; i++) {
        struct stat status;
        bool folder = stat(options.inputs[i], &status) == 0 && S_ISDIR(status.st_mode);
        failed += folder ? export_folder(&options, options.inputs[i])
                         : export_file(&options, options.inputs[i]);
    }
    if (failed)
        errx(EXIT_FAILED, "%zu could not be exported", failed);
    return EXIT_DONE;
}
