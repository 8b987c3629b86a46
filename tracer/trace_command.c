/* trace_command: runs a command with a library before CUDA's that traces every rank process. */
#include "schemas/support/options.h"
#include "schemas/support/output_file.h"
#include "tracer/preload/command/megatron_flags.h"
#include "tracer/preload/settings.h"

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_CANNOT_RUN = 126, EXIT_NOT_FOUND = 127 }; /* as of env and nohup */

struct options {
    const char *output, *tags;
    double interval_ms; /* 0: not given */
    bool quiet;         /* as it is without it: warnings and errors are all that it prints */
    char **command;
};

/* ---- the command line ---- */

static const struct option_row OPTIONS[] = {
    {.name = "output",
     .letter = 'o',
     .kind = OPTION_TEXT,
     .target = offsetof(struct options, output),
     .argument = "DIR",
     .help = "writes the traces into DIR",
     .tells_default = true},
    {.name = "interval",
     .letter = 'i',
     .kind = OPTION_NUMBER,
     .target = offsetof(struct options, interval_ms),
     .least = 1,
     .most = 3600000,
     .argument = "MS",
     .help = "between samples while nothing is allocated or freed (default 1000); every allocation "
             "and free is recorded anyway"},
    {.name = "tags",
     .letter = 't',
     .kind = OPTION_TEXT,
     .target = offsetof(struct options, tags),
     .argument = "TAGS",
     .help = "of the traces' names, as l96_mbs1; overrides what the command's flags say"},
    OPTION_QUIET_ROW(offsetof(struct options, quiet)),
    {0},
};

static const struct option_command COMMAND = {
    .arguments = "COMMAND...",
    .about = "Runs COMMAND, and records the GPU memory of each of its rank processes, to the byte, "
             "without a change to it.",
    .notes = "Example:\n"
             "  trace_command --output traces -- torchrun --nproc-per-node 8 pretrain_gpt.py \\\n"
             "      --tensor-model-parallel-size 2 --num-layers 32 ...\n\n"
             "The command's output and exit status are its own; 126: it cannot be run, 127: it is "
             "not found, 1: the trace cannot be set up, 2: wrong usage.\n",
    .runs_command = true,
};

/* ---- the library ---- */

/* GMT_PRELOAD, else ../lib beside this program: so it is built, and so it is installed. */
static char *find_library(struct fault *fault)
{
    const char *given = getenv("GMT_PRELOAD");
    char program[4096], *path = NULL;
    ssize_t length = given ? 0 : readlink("/proc/self/exe", program, sizeof program - 1);
    program[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(program, '/');
    if (slash)
        *slash = '\0';
    if ((given ? asprintf(&path, "%s", given)
               : asprintf(&path, "%s/../lib/" PRELOAD_LIBRARY, program)) < 0) {
        fault_set(fault, "out of memory");
        return NULL;
    }
    char *found = realpath(path, NULL);
    if (!found)
        fault_set_errno(fault, errno,
                        "%s: the library that records is not there (GMT_PRELOAD=FILE "
                        "names it)",
                        path);
    free(path);
    if (found && strpbrk(found, " :\t\n")) {
        fault_set(fault, "%s: the loader takes no path with a space or a colon", found);
        free(found);
        return NULL;
    }
    return found;
}

/* ---- the environment ---- */

static bool set(const char *name, const char *value, struct fault *fault)
{
    return setenv(name, value, 1) == 0 || fault_set_errno(fault, errno, "%s", name);
}

static bool set_number(const char *name, int64_t value, struct fault *fault)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, value);
    return set(name, text, fault);
}

/* Behind the libraries that others have asked for. */
static bool set_preload(const char *library, struct fault *fault)
{
    const char *others = getenv("LD_PRELOAD");
    char *both = NULL;
    if (!others || !*others)
        return set("LD_PRELOAD", library, fault);
    bool made = asprintf(&both, "%s:%s", others, library) >= 0 && set("LD_PRELOAD", both, fault);
    free(both);
    return made;
}

static bool set_folder(const char *output, struct fault *fault)
{
    if (!make_folders(output, fault))
        return false;
    char *path = realpath(output, NULL); /* the command may change its folder */
    bool done = path ? set("GMT_DIR", path, fault)
                     : fault_set_errno(fault, errno, "%s: cannot be used", output);
    free(path);
    return done;
}

static bool set_interval(double interval_ms, struct fault *fault)
{
    char text[32];
    if (interval_ms <= 0)
        return true;
    snprintf(text, sizeof text, "%.17g", interval_ms);
    return set("GMT_INTERVAL_MS", text, fault);
}

static bool prepare(const struct options *options, struct fault *fault)
{
    struct launch_name name;
    if (!launch_name_find(options->command, options->tags, &name))
        return fault_set(fault, "--tags: expected letters and values as l96_mbs1, found '%s'",
                         options->tags ? options->tags : "");
    char *library = find_library(fault);
    bool done = library && set_folder(options->output, fault) &&
                set_interval(options->interval_ms, fault) &&
                set_number(PRELOAD_PROCESS, getpid(), fault) &&
                set_number(PRELOAD_TP, name.tp, fault) && set_number(PRELOAD_PP, name.pp, fault) &&
                set(PRELOAD_TAGS, name.tags, fault) && set_preload(library, fault);
    free(library);
    return done;
}

int main(int argc, char **argv)
{
    command_setup("trace_command");
    struct options options = {.output = "memory_traces"};
    size_t count;
    const struct option_table tables[] = {{OPTIONS, &options}, {0}};
    options.command = options_parse(&COMMAND, tables, argc, argv, &count);
    if (count == 0)
        options_error("expected a command after --");
    struct fault fault = {0};
    if (!prepare(&options, &fault))
        errx(EXIT_FAILED, "%s", fault.text);
    execvp(options.command[0], options.command);
    int error = errno;
    warn("%s", options.command[0]);
    return error == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN;
}
