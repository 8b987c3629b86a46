#include "schemas/support/command.h"

#include "schemas/support/clock.h"

#include <errno.h>
#include <float.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
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
    char *end;
    double value = strtod(text, &end);
    /* NAN fails every comparison; a range never includes infinity. */
    if (end != text && !*end && value >= least && value <= most && value <= DBL_MAX)
        return value;
    if (most >= DBL_MAX)
        argp_error(state, "%s: '%s' is not a number of at least %g", option, text, least);
    else
        argp_error(state, "%s: '%s' is not a number from %g to %g", option, text, least, most);
    return least;
}

long command_integer(struct argp_state *state, const char *option, const char *text, long least,
                     long most)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (end != text && !*end && errno == 0 && value >= least && value <= most)
        return value;
    if (most == LONG_MAX)
        argp_error(state, "%s: '%s' is not a whole number of at least %ld", option, text, least);
    else
        argp_error(state, "%s: '%s' is not a whole number from %ld to %ld", option, text, least,
                   most);
    return least;
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
