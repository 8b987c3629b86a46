/* Why did a run fail? Read from its output while it flows by, in bounded memory.
 *
 * An exit status of 0 is a success whatever was printed. Else a message that reports running out of
 * memory (output_scan.c has the table) decides, wherever it stands in the output and whatever ended
 * the run: when one rank runs out of memory, the others print other errors, abort, or hang until
 * the time-out. The words alone do not count ("to avoid CUDA out of memory errors, ..."): a message
 * has the form in which the frameworks report it. A run that met such an error, survived it and
 * failed later for another reason is read as out of memory too. */
#ifndef SWEEP_OUTCOME_OUTPUT_SCAN_H
#define SWEEP_OUTCOME_OUTPUT_SCAN_H

#include <stdbool.h>
#include <stddef.h>

enum {
    OUTPUT_SCAN_LINE = 4096,    /* longer lines are looked at in pieces */
    OUTPUT_SCAN_OVERLAP = 1024, /* of neighbouring pieces, so that none cuts a message in two */
    OUTPUT_SCAN_MESSAGE = 512,
};

/* What the output told. Start with output_scan_begin. */
struct output_scan {
    bool oom;
    const char *memory;                /* whose ran out: "device" or "host" */
    char message[OUTPUT_SCAN_MESSAGE]; /* the line that said so, "" where there is none */
    /* The message's own figures, NAN where it has none. */
    double tried_mb, capacity_mb, in_use_mb, free_mb;
    int child_signal; /* of a process that a launcher (torchrun) reported as killed, or -1 */

    /* The piece of a line that has come so far. */
    size_t held;
    char line[OUTPUT_SCAN_LINE];
};

void output_scan_begin(struct output_scan *scan);
void output_scan_take(struct output_scan *scan, const char *bytes, size_t length);
void output_scan_end(struct output_scan *scan);

#endif
