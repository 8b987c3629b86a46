#include "schemas/support/command.h"

#include "schemas/support/clock.h"
#include "schemas/support/number.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static void print_version(FILE *stream, struct argp_state *state)
{
    (void)state;
    fprintf(stream, "%s (gmtrace) %s\n", program_invocation_short_name, GMTRACE_VERSION);
}

void command_setup(const char *name)
{
    program_invocation_short_name = (char *)name; /* glibc never writes to it */
    argp_program_version_hook = print_version;
    argp_err_exit_status = EXIT_USAGE;
}

double command_number(struct argp_state *state, const char *option, const char *text, double least,
                      double most)
{
    struct fault fault;
    double number = least;
    if (!number_parse(text, least, most, &number, &fault))
        argp_error(state, "%s: %s", option, fault.text);
    return number;
}

long command_integer(struct argp_state *state, const char *option, const char *text, long least,
                     long most)
{
    struct fault fault;
    int64_t number = least;
    if (!integer_parse(text, least, most, &number, &fault))
        argp_error(state, "%s: %s", option, fault.text);
    return (long)number;
}

static const double FIRST_SHOWN_AFTER_S = 1.0, REDRAWN_EVERY_S = 0.1;

void progress_start(struct progress *progress, const char *label, size_t total, bool quiet)
{
    *progress = (struct progress){
        .label = label,
        .total = total,
        .started_s = clock_monotonic_s(),
        .quiet = quiet || !isatty(STDERR_FILENO),
    };
}

void progress_update(struct progress *progress, size_t done)
{
    if (progress->quiet)
        return;
    double now = clock_monotonic_s();
    if (now - progress->started_s < FIRST_SHOWN_AFTER_S ||
        (progress->shown && now - progress->shown_s < REDRAWN_EVERY_S))
        return;
    double percent = progress->total ? 100.0 * (double)done / (double)progress->total : 100.0;
    fprintf(stderr, "\r%s: %zu of %zu (%.0f%%)\033[K", progress->label, done, progress->total,
            percent);
    fflush(stderr);
    progress->shown = true;
    progress->shown_s = now;
}

void progress_end(struct progress *progress)
{
    if (progress->shown)
        fputs("\r\033[K", stderr);
    progress->shown = false;
}
