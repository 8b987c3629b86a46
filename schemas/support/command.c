#include "schemas/support/command.h"

#include "schemas/support/clock.h"
#include "schemas/support/standard_output.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

/* Files would get the numbers of closed standard streams, and what is printed would end up in them.
 * What is opened instead cannot be written to, or read from. */
static void hold_standard_streams(void)
{
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++) {
        int access = stream == STDIN_FILENO ? O_WRONLY : O_RDONLY;
        if (fcntl(stream, F_GETFD) < 0 && open("/dev/null", access | O_CLOEXEC) != stream)
            err(EXIT_FAILED, "/dev/null");
    }
}

static void on_file_size(int signal)
{
    (void)signal; /* write() says EFBIG */
}

/* A handler, and not SIG_IGN, which the commands that are run would inherit. */
static void survive_file_size(void)
{
    struct sigaction before;
    const struct sigaction action = {.sa_handler = on_file_size, .sa_flags = SA_RESTART};
    if (sigaction(SIGXFSZ, NULL, &before) == 0 && before.sa_handler == SIG_DFL)
        sigaction(SIGXFSZ, &action, NULL);
}

/* The libraries that draw crash where they cannot open their fonts. */
static void check_file_limit(void)
{
    enum { FILES_WANTED = 16 };
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < FILES_WANTED)
        errx(EXIT_FAILED, "no more than %ju files can be open at once: raise it, by ulimit -n %d",
             (uintmax_t)limit.rlim_cur, FILES_WANTED);
}

void command_setup(const char *name)
{
    program_invocation_short_name = (char *)name; /* glibc never writes to it */
    hold_standard_streams();
    survive_file_size();
    check_file_limit();
    standard_output_setup();
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
