/* job RANKS PP CONTROL: so many processes that record into GMT_DIR, for the tests beside it.
 *
 * Rank R has 1000 x (R + 1) MB allocated, or what CONTROL/R says, and a tenth more reserved. Its
 * process id is in CONTROL/R.pid. It iterates every 50 ms, and ends well at SIGTERM. */
#include "tracer/gmtrace.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t told_to_end;

static void end(int signal)
{
    (void)signal;
    told_to_end = 1;
}

struct rank {
    int number;
    char control[512];
};

static int figures(void *context, uint64_t *allocated, uint64_t *reserved)
{
    const struct rank *rank = context;
    char text[32] = "";
    FILE *control = fopen(rank->control, "r");
    if (control) {
        if (!fgets(text, sizeof text, control))
            text[0] = '\0';
        fclose(control);
    }
    uint64_t mb = text[0] ? strtoull(text, NULL, 10) : 1000 * ((uint64_t)rank->number + 1);
    *allocated = mb << 20;
    *reserved = *allocated + *allocated / 10;
    return 0;
}

static void put_pid(const struct rank *rank)
{
    char path[600], temporary[600];
    snprintf(path, sizeof path, "%s.pid", rank->control);
    snprintf(temporary, sizeof temporary, "%s.tmp", rank->control);
    FILE *file = fopen(temporary, "w");
    if (!file)
        exit(3);
    fprintf(file, "%ld\n", (long)getpid());
    fclose(file);
    rename(temporary, path);
}

static int train(int number, int ranks, int pp, const char *control)
{
    struct rank rank = {.number = number};
    gmt_options options = gmt_default_options();
    gmt_tracer *tracer = NULL;
    snprintf(rank.control, sizeof rank.control, "%s/%d", control, number);
    options.rank = number;
    options.world_size = ranks;
    options.tp = 1;
    options.pp = pp;
    if (gmt_start(&options, &tracer) != GMT_OK || gmt_set_source(tracer, figures, &rank) != GMT_OK)
        return 3;
    for (int i = 0; !told_to_end; i++) {
        gmt_next_iteration(tracer, i);
        gmt_log_static(tracer, i, (uint64_t)(number + 1) << 28);
        if (i == 1)
            put_pid(&rank);
        usleep(50000);
    }
    return gmt_stop(tracer) == GMT_OK ? 0 : 3;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    int ranks = atoi(argv[1]);
    const struct sigaction action = {.sa_handler = end};
    sigaction(SIGTERM, &action, NULL);
    for (int i = 0; i < ranks; i++)
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            return train(i, ranks, atoi(argv[2]), argv[3]);
        }
    while (!told_to_end)
        pause();
    sigaction(SIGTERM, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    kill(0, SIGTERM);
    while (wait(NULL) > 0)
        ;
    return 0;
}
