/* What every command does alike: exit codes, --version, numbers on the command line, progress.
 * For mains only; nothing here belongs into the tracer library. Options are parsed by argp.
 */
#ifndef SCHEMAS_SUPPORT_COMMAND_H
#define SCHEMAS_SUPPORT_COMMAND_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>

enum exit_code {
    EXIT_DONE = 0,   /* all that was asked for is there */
    EXIT_FAILED = 1, /* it is not; stderr says why */
    EXIT_USAGE = 2,  /* the command line made no sense */
};

/* Call first in main: argp's exit code and --version, and messages that carry the command's name
 * without its folder. Messages go through warnx() and errx() of <err.h>, and what is printed
 * through stdout (standard_output.h). A standard stream that is closed stays so for the commands
 * that are run, but no file that is opened takes its number. A file past the limit of `ulimit -f`
 * is an error of writing, and no signal that ends the command. */
void command_setup(const char *name);

/* argp_parse; where it is out of memory, it ends the command. */
void command_parse(const struct argp *argp, int argc, char **argv, unsigned flags, void *input);

/* A number from the command line; ends the command with a usage error that names the option, the
 * text and the range (both ends included) when it is not one. */
double command_number(struct argp_state *state, const char *option, const char *text, double least,
                      double most);
long command_integer(struct argp_state *state, const char *option, const char *text, long least,
                     long most);

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
