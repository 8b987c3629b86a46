/* One line of what stock Megatron-LM prints. log_forms.md has the forms and their versions. */
#ifndef SWEEP_IMPORT_LOG_LINE_H
#define SWEEP_IMPORT_LOG_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum import_kind {
    IMPORT_NOTHING,
    IMPORT_ARGUMENTS_BEGIN,
    IMPORT_ARGUMENTS_END,
    IMPORT_ARGUMENT, /* only within the block */
    IMPORT_MEMORY,
    IMPORT_THEORY,
    IMPORT_ITERATION,
    IMPORT_FINISHED, /* training is done */
    IMPORT_FAILURE,  /* an exception, or a rank that ended with an error */
};

struct import_line {
    enum import_kind kind;
    char key[64], value[64]; /* of an argument */
    int64_t rank, iteration; /* of a memory report, of an iteration */
    double allocated_mb, max_allocated_mb, reserved_mb, device_mb; /* NAN: not said */
    double theory_mb;                                              /* the total */
    double step_ms, tflops;
};

/* What a memory report begins with, behind a launcher's prefix. */
#define IMPORT_RANK "[Rank "

/* Ranks that write at once into one file may glue their lines together: where the text holds a
 * memory report that begins behind its start, the place where that begins; else NULL. */
const char *import_line_glued(const char *text);

/* Takes a line without its end; `in_arguments`: the block has begun and not ended. Launchers'
 * prefixes and colours are passed over. */
void import_line_read(const char *text, bool in_arguments, struct import_line *line);

#endif
