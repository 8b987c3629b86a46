/* One line of what training programs print: Megatron-LM and Megatron-Bridge, NeMo, torchtitan,
 * DeepSpeed. log_forms.md has the forms and their releases. */
#ifndef SWEEP_IMPORT_LOG_LINE_H
#define SWEEP_IMPORT_LOG_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum import_kind {
    IMPORT_NOTHING,
    IMPORT_BLOCK,    /* a block of arguments begins or ends: `block` */
    IMPORT_ARGUMENT, /* of Megatron's: only within such a block */
    IMPORT_SIZES,    /* sizes of other frameworks: `value` has them as --tags does */
    IMPORT_MEMORY,
    IMPORT_STEP,   /* DeepSpeed: what follows came behind this one */
    IMPORT_DEVICE, /* the GPU: its name as `value`, its memory */
    IMPORT_THEORY,
    IMPORT_ITERATION,
    IMPORT_FINISHED, /* training is done */
    IMPORT_FAILURE,  /* an exception, or a rank that ended with an error */
};

/* In which a line stands: elsewhere an argument's line is somebody's prose. */
enum import_block {
    IMPORT_BLOCK_NONE,
    IMPORT_BLOCK_MEGATRON, /* "  name ... value" */
    IMPORT_BLOCK_BRIDGE,   /* "  name: value" */
};

struct import_line {
    enum import_kind kind;
    enum import_block block;
    char key[64], value[128];
    int64_t rank;      /* of a memory report; below 0: not told */
    int64_t iteration; /* of a memory report, of an iteration; below 0: not told */
    bool is_local;     /* the rank is that on its machine, and each step is told once */
    bool tells_step;   /* the iteration is one that IMPORT_STEP tells, too */
    double allocated_mb, max_allocated_mb, reserved_mb, device_mb; /* NAN: not said */
    double capacity_mb;
    double theory_mb; /* the total */
    double step_ms, tflops;
};

/* What a memory report of Megatron's begins with, behind a launcher's prefix. */
#define IMPORT_RANK "[Rank "

/* Ranks that write at once into one file may glue their lines together: where the text holds a
 * memory report that begins behind its start, the place where that begins; else NULL. */
const char *import_line_glued(const char *text);

/* Takes a line without its end. Launchers' prefixes and colours are passed over. */
void import_line_read(const char *text, enum import_block block, struct import_line *line);

#endif
