/* What every command does alike: exit codes, --version, numbers on the command line, progress.
 * For mains only; nothing here belongs into the tracer library. Options: options.h.
 */
#ifndef SCHEMAS_SUPPORT_COMMAND_H
#define SCHEMAS_SUPPORT_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

enum exit_code {
    EXIT_DONE = 0,   /* all that was asked for is there */
    EXIT_FAILED = 1, /* it is not; stderr says why */
    EXIT_USAGE = 2,  /* the command line made no sense */
};

/* Call first in main: messages carry the command's name without its folder. They go through warnx()
 * and errx() of <err.h>, and what is printed through stdout (standard_output.h). A standard stream
 * that is closed stays so for the commands that are run, but no file that is opened takes its
 * number. A file past the limit of `ulimit -f` is an error of writing, and no signal that ends the
 * command. */
void command_setup(const char *name);

/* A line of progress on stderr, redrawn in place: only on a terminal, only once a second has
 * passed, wiped at the end. Not thread-safe: call it from one thread. */
struct progress {
    const char *label; /* "reading traces" */
    size_t total;      /* pieces in all */
    double started_s;
    double shown_s;
    bool shown;
    bool quiet;
};
void progress_start(struct progress *progress, const char *label, size_t total, bool quiet);
void progress_update(struct progress *progress, size_t done);
void progress_end(struct progress *progress);

#endif
